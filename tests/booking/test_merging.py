"""Two records of one person become one and two again: what moves, what is chosen, who may open what, and races."""

import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from booking import actions, links
from booking.actions import ChangedMeanwhile, Shown, merging
from booking.actions.taking_apart import newest_merge
from booking.models import Appointment, Clearance, Course, CourseTemplate, Kind, Merge, Patient, TakenApart
from clinic.records.models import CHANGES
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def sam() -> User:
    return make_staff()


@pytest.fixture
def ana() -> Patient:
    return make_appointment().patient


@pytest.fixture
def other(ana: Patient) -> Patient:
    """The same person, as she wrote herself another time, with another address."""
    visit = make_appointment(starts_at=later(START, hours=2), name="Anna Diaz", email="anna@other.test")
    return visit.patient


def merge(stays: Patient, other: Patient, by: User, *, chosen: set[str] | None = None) -> Merge:
    fresh = [Patient.objects.get(pk=one.pk) for one in (stays, other)]
    was = (Shown.of(fresh[0]), Shown.of(fresh[1]))
    return actions.merge_records(
        stays=fresh[0], other=fresh[1], was=was, chosen=chosen or set(), by=actions.staff(by), now=LATER
    )


def apart(patient: Patient, by: User) -> TakenApart:
    stays = Patient.objects.get(pk=patient.pk)
    newest = newest_merge(stays)
    assert newest
    return actions.take_apart(merge=newest, was=Shown.of(stays), by=actions.staff(by), now=LATER)


def state() -> dict[str, Any]:
    """All of both, but for the history, which only grows, and closed links, which stay closed."""
    visits = Appointment.objects.order_by("pk").values("pk", "patient", "course", "status")
    return {
        "patients": list(Patient.objects.order_by("pk").values()),
        "visits": list(visits),
        "courses": list(Course.objects.order_by("pk").values("pk", "patient")),
        "clearances": sorted(Clearance.objects.values_list("patient", "visit_type", "by", "at")),
    }


def verbs(visit: Appointment) -> list[str]:
    return list(visit.events.order_by("pk").values_list("verb", flat=True))


def make_course(patient: Patient, by: User) -> Course:
    kind = make_visit_type("session", name="Session")
    template = CourseTemplate.objects.create(name="Series", visit_type=kind)
    starts = [later(START, days=7), later(START, days=9)]
    return actions.place_course(
        patient=patient,
        template=template,
        starts=starts,
        review_start=None,
        submission_id=uuid4(),
        by=actions.staff(by),
        now=NOW,
    )


def test_what_hangs_on_the_other_moves(ana: Patient, other: Patient, sam: User) -> None:
    course = make_course(other, sam)
    moved = list(other.appointments.order_by("pk"))

    merge(ana, other, sam)

    assert {visit.patient for visit in Appointment.objects.all()} == {ana}
    assert Course.objects.get(pk=course.pk).patient == ana
    assert [verbs(visit)[-1] for visit in moved] == ["revoke", "revoke", "revoke"]
    assert all("merge" in verbs(visit) for visit in moved)
    assert Patient.objects.get(pk=other.pk).merged_into == ana
    assert list(Patient.objects.standing()) == [ana]


def test_chosen_values_stay_and_the_rest_is_as_it_was(ana: Patient, other: Patient, sam: User) -> None:
    Patient.objects.filter(pk=other.pk).update(needs=["hearing"], phone="+13105550199", voicemail_ok=True)

    merge(ana, other, sam, chosen={"name", "needs"})

    now = Patient.objects.get(pk=ana.pk)
    assert (now.name, now.needs, now.email) == ("Anna Diaz", ["hearing"], "ana@example.test")
    assert (str(now.phone), now.voicemail_ok) == ("+13105550123", False)
    assert Patient.objects.get(pk=other.pk).name == "Anna Diaz", "the part keeps what it held"


def test_links_that_went_to_the_address_that_stays_stay_open(ana: Patient, other: Patient, sam: User) -> None:
    mine, theirs = ana.appointments.get(), other.appointments.get()
    old, open_one = links.token_for(theirs), links.token_for(mine)

    merge(ana, other, sam)

    assert isinstance(links.read(old), links.LinkReplaced)
    assert links.read(open_one) == mine
    assert [row.appointment for row in theirs.messages.filter(kind=Kind.FRESH_LINK)] == [theirs]
    assert not mine.messages.filter(kind=Kind.FRESH_LINK).exists()
    assert Appointment.objects.get(pk=theirs.pk).patient.email == "ana@example.test"


def test_where_the_others_address_stays_the_own_links_close(ana: Patient, other: Patient, sam: User) -> None:
    mine, theirs = ana.appointments.get(), other.appointments.get()

    merge(ana, other, sam, chosen={"email"})

    assert Appointment.objects.get(pk=mine.pk).link_version == 2
    assert Appointment.objects.get(pk=theirs.pk).link_version == 1
    assert mine.messages.filter(kind=Kind.FRESH_LINK).count() == 1
    assert Patient.objects.get(pk=ana.pk).email == "anna@other.test"


def test_with_one_address_no_link_closes_and_nothing_is_mailed(ana: Patient, sam: User) -> None:
    second = make_appointment(starts_at=later(START, hours=2), name="Ana María Diaz")

    merge(ana, second.patient, sam)

    assert set(Appointment.objects.values_list("link_version", flat=True)) == {1}
    assert verbs(second) == ["request", "merge"]
    assert not second.messages.filter(kind=Kind.FRESH_LINK).exists()


@pytest.mark.parametrize("earlier", ["mine", "theirs"])
def test_of_two_clearances_the_earlier_stays(ana: Patient, other: Patient, sam: User, earlier: str) -> None:
    kinds = [make_visit_type(slug, open_to="cleared") for slug in ("a", "b", "c")]
    first, second = (ana, other) if earlier == "mine" else (other, ana)
    Clearance.objects.create(patient=first, visit_type=kinds[0], by=sam, at=NOW)
    Clearance.objects.create(patient=second, visit_type=kinds[0], by=sam, at=LATER)
    Clearance.objects.create(patient=other, visit_type=kinds[1], by=sam, at=NOW)
    before = state()

    merge(ana, other, sam)

    assert set(ana.clearances.values_list("visit_type", "at")) == {(kinds[0].pk, NOW), (kinds[1].pk, NOW)}
    apart(ana, sam)
    assert state()["clearances"] == before["clearances"]


def test_a_clearance_withdrawn_meanwhile_comes_back_to_nobody(ana: Patient, other: Patient, sam: User) -> None:
    kind = make_visit_type("a", open_to="cleared")
    for patient in (ana, other):
        Clearance.objects.create(patient=patient, visit_type=kind, by=sam, at=NOW)
    merge(ana, other, sam)
    actions.withdraw_clearance(patient=ana, visit_type=kind)

    apart(ana, sam)

    assert not Clearance.objects.exists()


@pytest.mark.parametrize("own", [None, NOW - timedelta(days=2), NOW + timedelta(days=2)])
def test_a_clearance_finds_its_way_back_through_a_chain(
    ana: Patient, other: Patient, sam: User, own: datetime | None
) -> None:
    """Dropped for a third record's earlier one, it is the same again for what was put together before."""
    third = make_appointment(starts_at=later(START, hours=4), name="A. Diaz").patient
    kind = make_visit_type("a", open_to="cleared")
    for patient, at in ((other, NOW), (third, NOW - timedelta(days=3)), (ana, own)):
        if at:
            Clearance.objects.create(patient=patient, visit_type=kind, by=sam, at=at)
    before = list(Clearance.objects.order_by("pk").values())

    for stays, went in ((ana, other), (third, ana)):
        merge(stays, went, sam)
    assert Clearance.objects.count() == 1
    for stays in (third, ana):
        apart(stays, sam)

    assert list(Clearance.objects.order_by("pk").values()) == before


def test_a_clearance_dropped_before_its_number_was_kept_comes_back_too(
    ana: Patient, other: Patient, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop = merging._drop_later

    def without_number(*patients: Patient) -> list[dict[str, Any]]:
        return [{name: value for name, value in row.items() if name != "pk"} for row in drop(*patients)]

    monkeypatch.setattr(merging, "_drop_later", without_number)
    kind = make_visit_type("a", open_to="cleared")
    for patient in (ana, other):
        Clearance.objects.create(patient=patient, visit_type=kind, by=sam, at=NOW)
    merge(ana, other, sam)

    apart(ana, sam)

    assert set(Clearance.objects.values_list("patient", flat=True)) == {ana.pk, other.pk}


@pytest.mark.parametrize("kept", ["mine", "theirs"])
def test_kept_if_either_was_and_again_what_it_was(ana: Patient, other: Patient, sam: User, kept: str) -> None:
    keeper = ana if kept == "mine" else other
    actions.keep_record(patient=keeper, because="A letter", by=actions.staff(sam), now=NOW)
    before = state()

    merge(ana, other, sam)
    assert [row.kept_because for row in Patient.objects.all()] == ["A letter", "A letter"]
    apart(ana, sam)

    assert state() == before


def test_ended_or_begun_meanwhile_it_is_for_both(ana: Patient, other: Patient, sam: User) -> None:
    actions.keep_record(patient=other, because="A letter", by=actions.staff(sam), now=NOW)
    merge(ana, other, sam)
    assert actions.stop_keeping(patient=ana)
    actions.keep_record(patient=ana, because="A subpoena", by=actions.staff(sam), now=LATER)

    apart(ana, sam)

    assert [row.kept_because for row in Patient.objects.all()] == ["A subpoena", "A subpoena"]


def test_taken_apart_both_are_as_they_were(ana: Patient, other: Patient, sam: User) -> None:
    make_course(other, sam)
    Patient.objects.filter(pk=other.pk).update(needs=["hearing"], created_at=NOW - timedelta(days=3))
    before = state()

    merge(ana, other, sam, chosen={"name", "email", "needs"})
    assert Patient.objects.get(pk=ana.pk).created_at == NOW - timedelta(days=3)
    done = apart(ana, sam)

    assert state() == before
    assert done.by == sam
    visit = other.appointments.order_by("pk")[0]
    assert "apart" in verbs(visit)


def test_what_was_booked_and_changed_since_stays_where_it_was_done(ana: Patient, other: Patient, sam: User) -> None:
    merge(ana, other, sam, chosen={"name"})
    kind = ana.appointments.all()[0].visit_type
    since = actions.book_visit(
        patient=ana,
        visit_type=kind,
        starts_at=later(START, days=1),
        submission_id=uuid4(),
        by=actions.staff(sam),
        now=LATER,
    ).appointment
    Patient.objects.filter(pk=ana.pk).update(name="Ana Maria Diaz")

    apart(ana, sam)

    assert Appointment.objects.get(pk=since.pk).patient == ana
    assert Patient.objects.get(pk=ana.pk).name == "Ana Maria Diaz"
    assert other.appointments.count() == 1


def test_taken_apart_links_that_went_to_the_others_address_close(ana: Patient, other: Patient, sam: User) -> None:
    """It may have been a mistake: then the links lead to somebody else's visits."""
    merge(ana, other, sam)
    theirs = other.merges_into_others.get().visits[0]
    fresh = links.token_for(Appointment.objects.get(pk=theirs))

    apart(ana, sam)

    assert isinstance(links.read(fresh), links.LinkReplaced)
    visit = Appointment.objects.get(pk=theirs)
    assert visit.patient.email == "anna@other.test"
    assert visit.messages.filter(kind=Kind.FRESH_LINK).count() == 2
    assert ana.appointments.get().link_version == 1


def test_a_chain_comes_apart_link_by_link(ana: Patient, other: Patient, sam: User) -> None:
    third = make_appointment(starts_at=later(START, hours=4), name="A. Diaz").patient
    before = state()
    merge(other, ana, sam)
    merge(third, other, sam)
    assert [row.merged_into_id for row in Patient.objects.order_by("pk")] == [third.pk, third.pk, None]
    assert third.appointments.count() == 3

    first = Merge.objects.earliest("pk")
    with pytest.raises(ChangedMeanwhile):
        actions.take_apart(merge=first, was=Shown.of(other), by=actions.staff(sam), now=LATER)
    apart(third, sam)
    assert [row.merged_into_id for row in Patient.objects.order_by("pk")] == [other.pk, None, None]
    apart(other, sam)

    assert state() == before


def test_what_was_put_together_last_comes_apart_first(ana: Patient, other: Patient, sam: User) -> None:
    third = make_appointment(starts_at=later(START, hours=4), name="A. Diaz").patient
    first = merge(ana, other, sam, chosen={"name"})
    merge(ana, third, sam, chosen={"name"})

    with pytest.raises(ChangedMeanwhile):
        actions.take_apart(merge=first, was=Shown.of(Patient.objects.get(pk=ana.pk)), by=actions.staff(sam), now=LATER)
    apart(ana, sam)
    apart(ana, sam)

    assert Patient.objects.get(pk=ana.pk).name == "Ana Diaz"
    assert newest_merge(ana) is None


def test_neither_with_itself_nor_a_part_nor_by_anybody_but_staff(ana: Patient, other: Patient, sam: User) -> None:
    was = (Shown.of(ana), Shown.of(other))
    together: dict[str, Any] = {"was": was, "chosen": set(), "now": NOW}
    with pytest.raises(ValueError, match="no part of itself"):
        actions.merge_records(stays=ana, other=ana, by=actions.staff(sam), **together)
    with pytest.raises(ValueError, match="only staff"):
        actions.merge_records(stays=ana, other=other, by=actions.PATIENT, **together)
    merge(ana, other, sam)
    with pytest.raises(ChangedMeanwhile):
        merge(ana, other, sam)
    with pytest.raises(ChangedMeanwhile):
        merge(other, ana, sam)
    assert Merge.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        Patient.objects.filter(pk=ana.pk).update(merged_into=ana)


@pytest.mark.parametrize("change", ["contact", "visit", "clearance"])
def test_what_has_changed_since_it_was_shown_is_not_put_together(
    ana: Patient, other: Patient, sam: User, change: str
) -> None:
    ana, other = Patient.objects.order_by("pk")
    was = (Shown.of(ana), Shown.of(other))
    match change:
        case "contact":
            Patient.objects.filter(pk=other.pk).update(phone="+13105550188")
        case "visit":
            actions.cancel(appointment=ana.appointments.get(), by=actions.PATIENT, now=NOW)
        case _:
            kind = make_visit_type("a", open_to="cleared")
            actions.clear_for(patient=other, visit_type=kind, by=actions.staff(sam), now=NOW)
    with pytest.raises(ChangedMeanwhile):
        actions.merge_records(stays=ana, other=other, was=was, chosen=set(), by=actions.staff(sam), now=NOW)
    assert not Merge.objects.exists()


def test_what_is_done_to_a_part_is_done_to_the_whole(ana: Patient, other: Patient, sam: User) -> None:
    """Somebody had its page open while it was put together."""
    merge(ana, other, sam)
    kind = make_visit_type("a", open_to="cleared")
    booked = actions.book_visit(
        patient=other,
        visit_type=ana.appointments.all()[0].visit_type,
        starts_at=later(START, days=1),
        submission_id=uuid4(),
        by=actions.staff(sam),
        now=LATER,
    )
    cleared = actions.clear_for(patient=other, visit_type=kind, by=actions.staff(sam), now=LATER)
    kept = actions.keep_record(patient=other, because="A letter", by=actions.staff(sam), now=LATER)

    assert (booked.appointment.patient, cleared.patient, kept) == (ana, ana, ana)
    assert all(row.is_kept for row in Patient.objects.all())
    contact = actions.Contact.of(other)
    with pytest.raises(ChangedMeanwhile):
        actions.correct_contact(patient=other, was=contact, contact=contact, by=actions.staff(sam), now=LATER)


def test_the_database_keeps_it_and_lets_nobody_rewrite_it(ana: Patient, other: Patient, sam: User) -> None:
    merge(ana, other, sam)
    apart(ana, sam)

    changes = CHANGES[Patient]._default_manager.filter(pgh_obj=other.pk).order_by("pgh_id")
    assert list(changes.values_list("merged_into", flat=True))[-2:] == [ana.pk, None]
    with connection.cursor() as cursor:
        for statement in (
            "UPDATE booking_merge SET before = '{}'",
            "DELETE FROM booking_takenapart",
            "DELETE FROM booking_merge",
            "UPDATE booking_appointmentevent SET verb = 'confirm'",
            "DELETE FROM booking_appointmentevent",
        ):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(statement)


# --- At once --------------------------------------------------------------------------------------------------------
def at_once(*jobs: Any) -> list[object]:
    """What each came to: its result or its exception."""
    outcomes: list[object] = [None] * len(jobs)
    ready = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        ready.wait()
        try:
            outcomes[number] = jobs[number]()
        except Exception as error:  # what it is, the test says
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def names(outcomes: list[object]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_put_them_together_at_once_in_both_directions() -> None:
    ana, sam = make_appointment().patient, make_staff()
    other = make_appointment(starts_at=later(START, hours=2), email="anna@other.test").patient
    ana, other = Patient.objects.order_by("pk")
    was = (Shown.of(ana), Shown.of(other))

    def one_way() -> object:
        return actions.merge_records(stays=ana, other=other, was=was, chosen=set(), by=actions.staff(sam), now=LATER)

    def other_way() -> object:
        return actions.merge_records(
            stays=other, other=ana, was=was[::-1], chosen=set(), by=actions.staff(sam), now=LATER
        )

    assert names(at_once(one_way, other_way, one_way)) == ["ChangedMeanwhile", "ChangedMeanwhile", "Merge"]
    assert Patient.objects.standing().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_take_them_apart_at_once() -> None:
    ana, sam = make_appointment().patient, make_staff()
    other = make_appointment(starts_at=later(START, hours=2), email="anna@other.test").patient
    merge(ana, other, sam)

    assert names(at_once(*[lambda: apart(ana, sam)] * 2)) in (
        ["ChangedMeanwhile", "TakenApart"],
        ["AssertionError", "TakenApart"],  # the second looked only after the first was done
    )
    assert TakenApart.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_visit_booked_meanwhile_is_never_left_on_the_part() -> None:
    make_clinician("Dr. Two")
    ana, sam = make_appointment().patient, make_staff()
    other = make_appointment(starts_at=later(START, hours=2), email="anna@other.test").patient
    kind = ana.appointments.get().visit_type

    def book() -> object:
        return actions.book_visit(
            patient=other,
            visit_type=kind,
            starts_at=later(START, days=1),
            submission_id=uuid4(),
            by=actions.staff(sam),
            now=LATER,
        )

    outcomes = at_once(lambda: merge(ana, other, sam), book)

    assert names(outcomes) in (["Merge", "Requested"], ["ChangedMeanwhile", "Requested"])
    standing = set(Patient.objects.standing())
    assert all(visit.patient in standing for visit in Appointment.objects.all())
