"""Staff book a visit for somebody on the phone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from booking import actions
from booking.models import Appointment, Message, Patient
from booking.transactions import SlotTaken
from tests.booking.factories import (
    NOW,
    START,
    make_appointment,
    make_clinician,
    make_details,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(hours=2)  # a patient's notice would forbid it


@pytest.fixture
def sam() -> User:
    return make_staff()


def test_somebody_new_is_booked_and_told_at_once(sam: User) -> None:
    make_clinician()
    booked = actions.book_visit(
        patient=make_details(),
        visit_type=make_visit_type(),
        starts_at=SOON,
        submission_id=uuid4(),
        by=actions.staff(sam),
        now=NOW,
    )
    visit = booked.appointment
    assert (visit.status, visit.starts_at, visit.agreed_at, visit.patient.name) == ("confirmed", SOON, NOW, "Ana Diaz")
    assert visit.holds.count() == 1
    assert [(event.verb, event.user) for event in visit.events.all()] == [("book", sam)]
    assert [message.kind for message in visit.messages.all()] == ["confirmed"]


def test_the_same_page_sent_twice_books_once_and_other_answers_are_told_apart(sam: User) -> None:
    known = make_appointment().patient
    page, kind = uuid4(), known.appointments.get().visit_type

    def press(**changes: object) -> actions.Requested:
        values = {"patient": known, "visit_type": kind, "starts_at": SOON, "submission_id": page, **changes}
        return actions.book_visit(**values, by=actions.staff(sam), now=NOW)  # type: ignore[arg-type]

    first, second = press(), press()
    other = [press(starts_at=START), press(patient=make_details(name="Ben"))]
    assert [first.created, second.created, second.same] == [True, False, True]
    assert [(one.created, one.same) for one in other] == [(False, False)] * 2
    assert first.appointment == second.appointment == other[0].appointment
    assert Patient.objects.count() == 1
    assert Appointment.objects.count() == 2


def test_across_a_visit_of_the_patient_only_where_it_was_shown(sam: User) -> None:
    visit = make_appointment()
    make_clinician("Dr. Other")
    at = START + timedelta(minutes=30)

    def book(across: list[int]) -> actions.Requested:
        return actions.book_visit(
            patient=visit.patient,
            visit_type=visit.visit_type,
            starts_at=at,
            submission_id=uuid4(),
            across=across,
            by=actions.staff(sam),
            now=NOW,
        )

    with pytest.raises(actions.PatientElsewhere) as refused:
        book([])
    assert refused.value.visits == [visit]
    assert Appointment.objects.count() == 1
    assert book([visit.pk]).created


def test_nobody_gets_past_what_is_held(sam: User) -> None:
    visit = make_appointment()
    with pytest.raises(SlotTaken):
        actions.book_visit(
            patient=make_details(name="Ben"),
            visit_type=visit.visit_type,
            starts_at=START,
            submission_id=uuid4(),
            by=actions.staff(sam),
            now=NOW,
        )
    assert Patient.objects.count() == 1
    assert Message.objects.filter(kind="confirmed").count() == 0


@pytest.mark.parametrize("by", [actions.PATIENT, actions.SYSTEM])
def test_only_staff(by: actions.By) -> None:
    make_clinician()
    with pytest.raises(ValueError, match="only staff"):
        actions.book_visit(
            patient=make_details(),
            visit_type=make_visit_type(),
            starts_at=START,
            submission_id=uuid4(),
            by=by,
            now=NOW,
        )
