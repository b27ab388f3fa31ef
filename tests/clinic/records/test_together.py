"""Two people were taken for one, and apart again: neither is told of the other, and each goes without a trace there."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.models import Clearance, Course, Merge, Patient
from clinic.records import due, exporting
from clinic.records.erasing import erase
from clinic.records.models import CHANGES, Erasure, Reading
from clinic.records.removal import What, remove_due
from clinic.records.together import Past, ever_together, first_given_to
from clinic.retention import DAY, YEAR
from tests.booking.admin.pages import cells
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type
from tests.booking.test_merging import apart, make_course, merge
from tests.clinic.records.test_erasing import NAMES, found, made

pytestmark = pytest.mark.django_db

ALL = {"name", "email", "phone", "contact_by", "standing", "insurance", "needs"}
OF_ZELDA = ("Zelda", "Quixote", "zelda@quixote.test", "555-7777", "An interpreter", "A letter of hers")
OF_ANA = ("Ana Diaz", "ana@example.test", "555-0123", "Help with hearing", "A letter of Ana’s")


@pytest.fixture
def sam() -> User:
    user = make_staff()
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_patient", "view_appointment", "view_reading"])
    )
    return user


@pytest.fixture
def ana() -> Patient:
    return make_appointment(needs=["hearing"], insurance="yes").patient


@pytest.fixture
def zelda(ana: Patient) -> Patient:
    details: dict[str, Any] = {
        "needs": ["interpreter"],
        "insurance": "no",
        "contact_by": "phone",
        "standing": "returning",
    }
    return made(starts_at=later(START, hours=2), **details).patient


def exported(patient: Patient) -> dict[str, Any]:
    return exporting.gather(Patient.objects.get(pk=patient.pk), now=NOW)


def said(patient: Patient) -> str:
    """All of it, for programs and for people."""
    told = exported(patient)
    return json.dumps(told, ensure_ascii=False) + render_to_string("records/summary.html", exporting._for_people(told))


def log(row: Any, message: str, by: User) -> None:
    kind = ContentType.objects.get_for_model(row)
    LogEntry.objects.create(
        user=by, content_type=kind, object_id=str(row.pk), object_repr=str(row), action_flag=CHANGE,
        change_message=message,
    )  # fmt: skip


def keep(patient: Patient, because: str, by: User) -> None:
    actions.keep_record(patient=patient, because=because, by=actions.staff(by), now=NOW)


def kept(model: type[Any], **which: Any) -> list[tuple[str, int]]:
    rows = CHANGES[model]._default_manager.filter(**which).order_by("pgh_id")
    return list(rows.values_list("pgh_label", "patient"))


def cancel_all(patient: Patient, by: User) -> None:
    for visit in patient.appointments.exclude(status="cancelled"):
        actions.cancel(appointment=visit, by=actions.staff(by), now=NOW)


# --- Handed over
@pytest.mark.parametrize("chosen", [set(), {"needs"}, ALL])
def test_neither_is_told_of_the_other(ana: Patient, zelda: Patient, sam: User, chosen: set[str]) -> None:
    keep(zelda, "A letter of hers", sam)
    actions.stop_keeping(patient=zelda)
    hers = zelda.appointments.get()
    merge(ana, zelda, sam, chosen=chosen)
    log(ana, "Done for Zelda Quixote.", sam)
    log(hers, "Done for Ana Diaz.", sam)
    keep(ana, "A letter of Ana’s", sam)
    actions.stop_keeping(patient=ana)
    apart(ana, sam)

    for patient, others in ((ana, OF_ZELDA), (zelda, OF_ANA)):
        told = said(patient)
        assert [word for word in others if word in told] == []
    assert "A letter of hers" in said(zelda), "what was hers before is"


def test_what_is_their_own_is_told_as_ever(ana: Patient, zelda: Patient, sam: User) -> None:
    Patient.objects.filter(pk=ana.pk).update(voicemail_ok=True)
    log(ana, "Before.", sam)
    merge(ana, zelda, sam, chosen=ALL)
    log(ana, "Meanwhile.", sam)
    apart(ana, sam)
    Patient.objects.filter(pk=ana.pk).update(name="Ana Diaz-Roth")
    log(ana, "After.", sam)

    told = exported(ana)

    of_record = [line for line in told["changes"] if line["what"].startswith("Patient")]
    fields = [[(one["field"], one["before"], one["after"]) for one in line["fields"]] for line in of_record]
    assert fields[0] == [("Name", "Ana Diaz", "Ana Diaz-Roth")]
    assert [("A voicemail may be left", "no", "yes")] in fields
    assert of_record[-1]["what"] == "Patient entered"
    assert [row["what"] for row in told["staff_actions"]] == ["Before.", "After."]


def test_of_a_merge_that_was_taken_apart_only_that_it_was(ana: Patient, zelda: Patient, sam: User) -> None:
    same = make_appointment(starts_at=later(START, hours=4), name="Ana M. Diaz").patient
    merge(ana, same, sam)
    made = merge(ana, zelda, sam)
    apart(ana, sam)

    whole, mistaken = exported(ana)["tables"]["booking.Merge"]

    assert set(mistaken) == {"id", "stays", "went", "by", "at"}
    assert (mistaken["id"], mistaken["went"], mistaken["by"]) == (made.pk, zelda.pk, "Sam Lee")
    assert whole["records"] == []
    assert "before" in whole, "of two records of one person it is all told"
    assert [row["merge"] for row in exported(zelda)["tables"]["booking.TakenApart"]] == [made.pk]


def test_it_says_what_is_left_out(ana: Patient, zelda: Patient, sam: User) -> None:
    assert "by mistake" not in said(ana)
    merge(ana, zelda, sam)
    assert not exported(ana)["was_mixed"], "nobody has said that it is a mistake"
    apart(ana, sam)

    assert exported(ana)["was_mixed"]
    assert exported(zelda)["was_mixed"]
    assert "put together with somebody else’s by mistake" in said(ana)
    explained = exporting.keys()
    assert "was_mixed: Whether this record was once put together" in explained


def test_clearances_and_courses_are_told_to_whom_they_were_given(ana: Patient, zelda: Patient, sam: User) -> None:
    kind = make_visit_type("m", name="Monitored", open_to="cleared")
    clearance = actions.clear_for(patient=zelda, visit_type=kind, by=actions.staff(sam), now=NOW)
    course = make_course(zelda, sam)
    merge(ana, zelda, sam)
    actions.withdraw_clearance(patient=ana, visit_type=kind)
    apart(ana, sam)

    def lines(patient: Patient) -> list[str]:
        wanted = ("Clearance", "Course")
        return sorted(line["what"] for line in exported(patient)["changes"] if line["what"].startswith(wanted))

    assert lines(ana) == []
    changed = ["Clearance changed", "Clearance entered", "Clearance removed"]
    assert lines(zelda) == [*changed, "Course changed", "Course changed", "Course entered"]
    assert first_given_to(Clearance, [zelda.pk]) == [clearance.pk]
    assert first_given_to(Course, [ana.pk, zelda.pk]) == [course.pk]


def test_through_a_chain_and_for_the_parts(ana: Patient, zelda: Patient, sam: User) -> None:
    """What Zelda's part was kept for reached a third record with Ana's, and its own parts."""
    third, part, hers = (
        make_appointment(starts_at=later(START, hours=hours), email=f"{hours}@test.test", name=f"No. {hours}").patient
        for hours in (4, 5, 6)
    )
    keep(hers, "A letter of hers", sam)
    merge(zelda, hers, sam)
    merge(third, part, sam)
    merge(ana, zelda, sam, chosen=ALL)
    merge(third, ana, sam, chosen=ALL)
    for stays in (third, ana):
        apart(stays, sam)

    assert ever_together([part.pk]) == {one.pk for one in (ana, zelda, third, part, hers)}
    for patient, own in ((third, {"No. 4", "No. 5"}), (ana, {"Ana Diaz"}), (zelda, {"Zelda Quixote", "No. 6"})):
        told = said(patient)
        names = {"No. 4", "No. 5", "No. 6", "Ana Diaz", "Zelda Quixote"}
        assert {name for name in names if name in told} == own
        assert ("A letter of hers" in told) == (patient == zelda)


def test_of_most_it_is_asked_once(ana: Patient) -> None:
    with CaptureQueriesContext(connection) as captured:
        past = Past.of([ana.pk])

    assert (past.others, past.foreign_rows(), len(captured)) == (frozenset(), [], 1)


# --- Erased and removed
def test_erased_her_clearances_and_courses_leave_nothing(ana: Patient, zelda: Patient, sam: User) -> None:
    kind = make_visit_type("m", name="Monitored", open_to="cleared")
    actions.clear_for(patient=zelda, visit_type=kind, by=actions.staff(sam), now=NOW)
    make_course(zelda, sam)
    keep(zelda, "A letter of hers", sam)
    merge(ana, zelda, sam)
    actions.stop_keeping(patient=ana)
    keep(ana, "Something about Zelda Quixote", sam)
    actions.stop_keeping(patient=ana)
    apart(ana, sam)
    cancel_all(zelda, sam)

    erase(patient=Patient.objects.get(pk=zelda.pk), reason=Erasure.Reason.ASKED, by=sam, now=NOW)

    assert kept(Clearance) == kept(Course) == []
    assert found(*NAMES, "A letter of hers") == []
    assert CHANGES[Patient]._default_manager.filter(pgh_obj=ana.pk, name="Ana Diaz").exists()


def test_of_the_others_own_history_the_rest_stays(ana: Patient, zelda: Patient, sam: User) -> None:
    """What both may say, like whether insurance is used, was said by Ana herself, also with a part of her own."""
    merge(ana, zelda, sam)
    apart(ana, sam)
    merge(ana, make_appointment(starts_at=later(START, hours=4), name="Ana M. Diaz").patient, sam)
    for insurance in ("no", "yes"):
        Patient.objects.filter(pk=ana.pk).update(insurance=insurance)
    of_ana = CHANGES[Patient]._default_manager.filter(pgh_obj=ana.pk)
    before = list(of_ana.values_list("pgh_id", flat=True))
    cancel_all(zelda, sam)

    erase(patient=Patient.objects.get(pk=zelda.pk), reason=Erasure.Reason.ASKED, by=sam, now=NOW)

    assert list(of_ana.values_list("pgh_id", flat=True)) == before


def test_a_name_within_the_others_own_takes_no_line_of_theirs_along(ana: Patient, zelda: Patient, sam: User) -> None:
    Patient.objects.filter(pk=zelda.pk).update(name="Ana Dia", email="a@example.test")
    zelda.refresh_from_db()
    log(ana, "Corrected before.", sam)
    merge(ana, zelda, sam)
    apart(ana, sam)
    log(ana, "Corrected since.", sam)

    assert "Corrected since." in said(ana)
    cancel_all(zelda, sam)
    erase(patient=zelda, reason="asked", by=sam, now=NOW)
    assert LogEntry.objects.filter(object_id=str(ana.pk)).count() == 2


def test_what_stood_there_for_a_while_is_not_erased_with_the_other(ana: Patient, zelda: Patient, sam: User) -> None:
    kind = make_visit_type("m", name="Monitored", open_to="cleared")
    actions.clear_for(patient=zelda, visit_type=kind, by=actions.staff(sam), now=NOW)
    course = make_course(zelda, sam)
    merge(ana, zelda, sam)
    apart(ana, sam)
    cancel_all(ana, sam)
    before = kept(Clearance), kept(Course, pgh_obj=course.pk)

    erase(patient=Patient.objects.get(pk=ana.pk), reason=Erasure.Reason.ASKED, by=sam, now=NOW)

    assert (kept(Clearance), kept(Course, pgh_obj=course.pk)) == before
    assert before[0] == [("insert", zelda.pk), ("update", ana.pk), ("update", zelda.pk)]
    assert found("ana@example.test") == []


def test_the_daily_removal_forgets_them_elsewhere_too(ana: Patient, zelda: Patient, sam: User) -> None:
    merge(ana, zelda, sam, chosen=ALL)
    log(ana, "Done for Zelda Quixote.", sam)
    apart(ana, sam)
    visit = ana.appointments.get()
    actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)

    removed = remove_due(now=START + YEAR + 2 * DAY)

    assert removed[What.PATIENTS] == 1
    assert Patient.objects.get() == ana
    assert found(*NAMES) == []
    assert not Merge.objects.exists()
    assert CHANGES[Patient]._default_manager.filter(pgh_obj=ana.pk, name="Ana Diaz").exists()


def test_the_removal_asks_no_more_for_more_patients(sam: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            remove_due(now=START + YEAR + 2 * DAY)
        return len(captured)

    make_appointment()
    before = queries()
    for hours in range(4):
        make_appointment(starts_at=later(START, hours=hours), email=f"{hours}@test.test")

    assert queries() == before
    assert not Patient.objects.exists()


# --- Who has read it
@pytest.fixture
def reader(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def listed(desk: Client, question: str) -> list[str]:
    return [row[3] for row in cells(desk.get(f"/admin/records/reading/?page__exact=record&{question}"))]


def test_what_was_read_of_a_visit_while_it_stood_elsewhere_is_told_of_its_patient(
    ana: Patient, zelda: Patient, sam: User, reader: Client
) -> None:
    hers = zelda.appointments.get()
    merge(ana, zelda, sam)
    reader.get(f"/admin/booking/appointment/{hers.pk}/change/")
    apart(ana, sam)
    assert list(Reading.objects.values_list("patients", "visits")) == [([ana.pk], [hers.pk])]

    assert [row["page"] for row in exported(zelda)["readings"]] == ["record"]
    assert exported(ana)["readings"] == []
    for question in (f"patient={zelda.pk}", "q=quixote", f"q={hers.reference}"):
        assert listed(reader, question) == ["Ana Diaz"], question


def test_what_was_read_of_both_is_told_to_both(ana: Patient, zelda: Patient, sam: User) -> None:
    mine, hers = ana.appointments.get(), zelda.appointments.get()
    merge(ana, zelda, sam)
    apart(ana, sam)
    for patients, visits in (
        ([ana.pk], [mine.pk, hers.pk]),  # her record while they were one
        ([ana.pk, zelda.pk], [hers.pk]),  # a list afterwards
        ([ana.pk], []),
    ):
        Reading.objects.create(at=NOW, user=sam, page="list", route="x", patients=patients, visits=visits)

    assert [len(exported(patient)["readings"]) for patient in (ana, zelda)] == [3, 2]


def test_readings_of_a_visit_are_kept_as_long_as_its_record(ana: Patient, zelda: Patient, sam: User) -> None:
    hers = zelda.appointments.get()
    Reading.objects.create(at=NOW, user=sam, page="record", route="x", patients=[ana.pk], visits=[hers.pk])
    assert due.readings(NOW + 7 * YEAR).count() == 1

    keep(zelda, "A letter", sam)

    assert due.readings(NOW + 7 * YEAR).count() == 0
