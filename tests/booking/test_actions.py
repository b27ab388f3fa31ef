from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking import actions
from booking.models import (
    MOVES,
    Appointment,
    AppointmentEvent,
    Hold,
    Kind,
    Message,
    Patient,
    Reason,
    Resource,
    Status,
    Verb,
    VisitType,
)
from booking.models.states import AFTER_START
from booking.slots import Span
from booking.transactions import SlotTaken
from tests.booking.factories import (
    NOW,
    START,
    later,
    make_appointment,
    make_chair,
    make_clinician,
    make_details,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db

VERBS: dict[Verb, Callable[..., Appointment]] = {
    Verb.CONFIRM: actions.confirm,
    Verb.DECLINE: actions.decline,
    Verb.CANCEL: actions.cancel,
    Verb.COMPLETE: actions.complete,
    Verb.MISS: actions.miss,
}


@pytest.fixture
def sam() -> User:
    return make_staff()


def kinds_of(appointment: Appointment) -> list[str]:
    return list(appointment.messages.order_by("pk").values_list("kind", flat=True))


def test_a_request_stores_everything_at_once() -> None:
    appointment = make_appointment()

    assert appointment.status == Status.REQUESTED
    assert appointment.ends_at == START + timedelta(hours=1)
    assert appointment.patient.name == "Ana Diaz"
    assert kinds_of(appointment) == [Kind.RECEIVED, Kind.STAFF_NEW_REQUEST]
    event = appointment.events.get()
    assert (event.verb, event.from_status, event.to_status, event.by) == ("request", "", "requested", "patient")
    assert appointment.holds.get().period == DateTimeTZRange(START, START + timedelta(hours=1))


def test_a_taken_time_is_refused_and_nothing_is_stored() -> None:
    make_appointment()

    with pytest.raises(SlotTaken):
        make_appointment(starts_at=START + timedelta(minutes=30), name="Bob Ray")

    assert Appointment.objects.count() == 1
    assert Patient.objects.count() == 1
    assert Message.objects.count() == 2


@pytest.mark.parametrize("delta", [timedelta(minutes=7), timedelta(hours=-12), timedelta(days=-7), timedelta(days=200)])
def test_a_time_that_was_never_offered_is_refused(delta: timedelta) -> None:
    make_clinician()

    with pytest.raises(SlotTaken):
        make_appointment(starts_at=START + delta)


def test_a_kind_that_is_only_for_cleared_patients_needs_its_chair() -> None:
    chair = make_chair()
    clinician = make_clinician()
    visit = make_visit_type("monitored", length_minutes=150, clinician_minutes=30, needs_chair=True)

    appointment = make_appointment(visit)

    held = {hold.resource_id: hold.period for hold in appointment.holds.all()}
    assert held == {
        clinician.pk: DateTimeTZRange(START, START + timedelta(minutes=30)),
        chair.pk: DateTimeTZRange(START, START + timedelta(minutes=165)),
    }


def test_the_same_form_twice_is_one_request() -> None:
    submission_id = uuid4()

    first = make_appointment(submission_id=submission_id)
    again = make_appointment(submission_id=submission_id)

    assert again == first
    assert Appointment.objects.count() == 1
    assert Message.objects.count() == 2


def test_the_same_form_with_other_answers_is_told_apart() -> None:
    first = make_appointment(submission_id=uuid4())

    outcome = actions.request_appointment(
        visit_type=first.visit_type,
        starts_at=START,
        details=make_details(phone="+13105550999"),
        submission_id=first.submission_id,
        network="192.0.2.1",
        now=NOW,
    )

    assert (outcome.appointment, outcome.created, outcome.same) == (first, False, False)


def test_what_a_visitor_types_never_alters_an_earlier_patient() -> None:
    first = make_appointment(name="Ana Diaz")

    second = make_appointment(starts_at=START + timedelta(hours=2), name="Someone Else")

    assert second.patient_id != first.patient_id
    first.patient.refresh_from_db()
    assert first.patient.name == "Ana Diaz"


def ask_from(network: str | None, hours: int) -> None:
    actions.request_appointment(
        visit_type=VisitType.objects.get(),
        starts_at=START + timedelta(hours=hours),
        details=make_details(),
        submission_id=uuid4(),
        network=network,
        now=NOW,
    )


def test_too_many_requests_from_one_network_are_refused(settings: Any) -> None:
    settings.BOOKING_LIMIT_PER_NETWORK = 1
    make_clinician()
    make_visit_type()
    ask_from("198.51.100.7", 0)

    with pytest.raises(actions.TooManyRequests):
        ask_from("198.51.100.7", 1)

    assert Appointment.objects.count() == 1
    ask_from("198.51.100.8", 1)
    ask_from(None, 2)
    ask_from(None, 3)


def test_an_address_gets_a_few_messages_a_day_and_nobody_learns_of_it(settings: Any) -> None:
    """Its owner may never have asked. Another spelling of the same mailbox is the same."""
    settings.UNSEEN_MAIL_PER_ADDRESS = 2
    spellings = ["ana@example.test", "Ana+1@Example.test", "ana+x@example.test"]
    asked = [make_appointment(starts_at=START + timedelta(hours=n), email=mail) for n, mail in enumerate(spellings)]

    states = [one.messages.get(kind=Kind.RECEIVED).state for one in asked]

    assert states == [Message.State.QUEUED, Message.State.QUEUED, Message.State.SUPPRESSED]
    assert asked[2].messages.get(kind=Kind.RECEIVED).reason == Reason.TOO_MANY
    assert asked[2].messages.get(kind=Kind.STAFF_NEW_REQUEST).state == Message.State.QUEUED


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", Status)
def test_every_verb_in_every_state(verb: Verb, status: Status, sam: User) -> None:
    appointment = make_appointment()
    Appointment.objects.filter(pk=appointment.pk).update(status=status)
    before = AppointmentEvent.objects.count(), Message.objects.count()
    now = START if verb in AFTER_START else NOW

    if status in MOVES[verb][0]:
        moved = VERBS[verb](appointment=appointment, by=actions.staff(sam), now=now)
        last = appointment.events.latest("pk")
        assert moved.status == MOVES[verb][1]
        assert moved.version == appointment.version + (verb not in AFTER_START)  # what is told is a new version
        assert (last.verb, last.from_status, last.to_status, last.user) == (verb, status, moved.status, sam)
    else:
        with pytest.raises(actions.NotAllowed):
            VERBS[verb](appointment=appointment, by=actions.staff(sam), now=now)
        assert (AppointmentEvent.objects.count(), Message.objects.count()) == before
        appointment.refresh_from_db()
        assert appointment.status == status


@pytest.mark.parametrize(
    ("verb", "status", "now"),
    [
        (Verb.CONFIRM, Status.REQUESTED, START),
        (Verb.COMPLETE, Status.CONFIRMED, START - timedelta(seconds=1)),
        (Verb.MISS, Status.CONFIRMED, START - timedelta(seconds=1)),
    ],
)
def test_what_makes_no_sense_at_that_time_is_refused(verb: Verb, status: Status, now: datetime, sam: User) -> None:
    appointment = make_appointment()
    Appointment.objects.filter(pk=appointment.pk).update(status=status)

    with pytest.raises(actions.NotAllowed):
        VERBS[verb](appointment=appointment, by=actions.staff(sam), now=now)


def test_confirming_keeps_the_time_and_tells_the_patient(sam: User) -> None:
    appointment = make_appointment()

    actions.confirm(appointment=appointment, by=actions.staff(sam), now=NOW)

    assert appointment.holds.count() == 1
    assert kinds_of(appointment)[2:] == [Kind.CONFIRMED]


@pytest.mark.parametrize("verb", [Verb.DECLINE, Verb.CANCEL])
def test_what_will_not_take_place_frees_its_time(verb: Verb, sam: User) -> None:
    appointment = make_appointment()

    VERBS[verb](appointment=appointment, by=actions.staff(sam), now=NOW)

    assert Hold.objects.count() == 0
    assert make_appointment(name="Bob Ray").starts_at == appointment.starts_at


def test_a_patient_who_cancels_is_told_and_so_are_staff() -> None:
    appointment = make_appointment()

    actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)

    assert kinds_of(appointment)[2:] == [Kind.CANCELLED_BY_PATIENT, Kind.STAFF_CANCELLED]


@pytest.mark.parametrize("by_staff", [False, True])
def test_a_visit_that_has_begun_is_cancelled_by_nobody(sam: User, by_staff: bool) -> None:
    appointment = make_appointment()

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=appointment, by=actions.staff(sam) if by_staff else actions.PATIENT, now=START)

    actions.cancel(appointment=appointment, by=actions.staff(sam), now=START - timedelta(minutes=1))
    assert kinds_of(appointment)[2:] == [Kind.CANCELLED_BY_PRACTICE]


def test_a_patient_cancels_the_time_they_were_shown(sam: User) -> None:
    appointment = make_appointment()
    stale = Appointment.objects.get(pk=appointment.pk)
    actions.reschedule(appointment=appointment, starts_at=later(START, days=7), by=actions.staff(sam), now=NOW)

    with pytest.raises(actions.NotAllowed):
        actions.cancel(appointment=stale, by=actions.PATIENT, now=NOW, for_start=START)

    actions.cancel(appointment=stale, by=actions.PATIENT, now=NOW, for_start=later(START, days=7))
    assert Kind.STAFF_CANCELLED not in kinds_of(appointment)  # by the time it has, a week later, not the one it had


def test_who_comes_second_learns_what_happened_and_by_whom(sam: User) -> None:
    kim = make_staff("kim")
    appointment = make_appointment()
    actions.decline(appointment=appointment, by=actions.staff(sam), now=NOW)

    with pytest.raises(actions.NotAllowed) as refused:
        actions.confirm(appointment=appointment, by=actions.staff(kim), now=NOW)

    assert refused.value.last is not None
    assert (refused.value.last.verb, refused.value.last.user) == (Verb.DECLINE, sam)


def test_the_calendar_sequence_rises_once_the_visit_stands_in_a_calendar(sam: User) -> None:
    appointment = make_appointment()

    confirmed = actions.confirm(appointment=appointment, by=actions.staff(sam), now=NOW)
    cancelled = actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)

    assert (confirmed.sequence, cancelled.sequence) == (0, 1)


def test_blocked_time_is_not_offered_and_does_not_cover_a_visit() -> None:
    clinician = make_clinician()
    span = Span(START, START + timedelta(hours=1))
    actions.block_time(resource=clinician, span=span, reason="Meeting")

    with pytest.raises(SlotTaken):
        make_appointment()
    make_appointment(starts_at=START + timedelta(hours=1))
    with pytest.raises(SlotTaken):
        actions.block_time(
            resource=Resource.objects.get(),
            span=Span(START + timedelta(hours=1), START + timedelta(hours=3)),
            reason="x",
        )


def test_after_the_commit_a_worker_is_nudged(
    django_capture_on_commit_callbacks: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    nudged: list[bool] = []
    monkeypatch.setattr("booking.outbox.nudge", lambda: nudged.append(True))

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        make_appointment()

    assert nudged == [True]
