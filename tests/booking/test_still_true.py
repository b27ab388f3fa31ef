"""Between the writing of a message and its sending things happen: what is no longer true does not go, and what its
reader still needs to know does.
"""

from datetime import timedelta

import pytest
from django.core import mail
from django.db.models.functions import Now
from pytest_django import Settings

from booking import actions, messages, outbox, still_true
from booking.models import Appointment, Kind, Message, Offer, Reason, Status
from booking.tasks import deliver_messages
from clinic.models import Practice
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.test_messages import reach

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_to_memory")]


@pytest.mark.parametrize("status", Status)
def test_a_message_holds_only_while_its_state_does(status: Status) -> None:
    make_appointment()
    Appointment.objects.update(status=status)

    reason = still_true.no_longer_true(Message.objects.get(kind=Kind.RECEIVED), now=NOW)

    assert reason == (None if status == Status.REQUESTED else Reason(f"is_{status}"))


@pytest.mark.parametrize("kind", Kind)
def test_no_message_holds_once_everything_is_over(kind: Kind) -> None:
    """But a fresh link always leads to what is true, and what was called off stays so."""
    message = reach(kind)
    Offer.objects.update(state=Offer.State.EXPIRED, ended_at=NOW)
    over = Appointment.objects.exclude(status=Status.CANCELLED)
    over.update(status=Status.COMPLETED)
    message = Message.objects.get(pk=message.pk)

    still = {
        Kind.COURSE_CANCELLED,
        Kind.FRESH_LINK,
        Kind.CANCELLED_BY_PATIENT,
        Kind.CANCELLED_BY_PRACTICE,
        Kind.STAFF_CANCELLED,
    }
    assert (still_true.no_longer_true(message, now=NOW) is None) == (kind in still)


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.RIDE_UNCONFIRMED])
def test_a_reminder_holds_until_the_visit_begins(kind: Kind) -> None:
    message = reach(kind)

    assert still_true.no_longer_true(message, now=START - timedelta(seconds=1)) is None
    assert still_true.no_longer_true(message, now=START) == Reason.BEGUN


def test_nobody_is_asked_about_a_ride_that_is_sure() -> None:
    message = reach(Kind.RIDE_UNCONFIRMED)
    actions.tell_ride(appointment=message.appointment, ride=actions.Ride("Bo"), sure=True, by=actions.PATIENT, now=NOW)

    assert still_true.no_longer_true(Message.objects.get(pk=message.pk), now=NOW) == Reason.RIDE_SURE


def test_a_reminder_gives_way_to_the_next_one() -> None:
    message = reach(Kind.REMINDER)
    Message.objects.filter(pk=message.pk).update(occasion="3d")
    outbox.write(message.appointment, Kind.REMINDER, now=NOW, occasion="1d")
    earlier, newer = Message.objects.filter(kind=Kind.REMINDER).order_by("pk")

    assert still_true.no_longer_true(earlier, now=NOW) == Reason.NEARER
    assert still_true.no_longer_true(newer, now=NOW) is None


def test_an_offer_holds_until_it_runs_out() -> None:
    message = reach(Kind.EARLIER_OFFERED)
    until = Offer.objects.get().expires_at

    assert still_true.no_longer_true(message, now=until - timedelta(seconds=1)) is None
    assert still_true.no_longer_true(message, now=until) == Reason.OFFER_OVER


def test_a_change_to_what_the_patient_knows_is_no_news() -> None:
    message = reach(Kind.CHANGED)
    Appointment.objects.update(told_starts_at=message.appointment.starts_at, in_calendar=True)

    assert still_true.no_longer_true(Message.objects.get(pk=message.pk), now=NOW) == Reason.KNOWN


def test_a_course_holds_while_any_visit_of_it_is_open() -> None:
    message = reach(Kind.COURSE_PLACED)
    sam = actions.staff(make_staff("kim"))
    visits = list(Appointment.objects.filter(course__isnull=False).order_by("starts_at"))
    for visit in visits[:-1]:
        actions.cancel(appointment=visit, by=sam, now=NOW)
    assert still_true.no_longer_true(Message.objects.get(pk=message.pk), now=NOW) is None

    actions.cancel(appointment=visits[-1], by=sam, now=NOW)

    assert still_true.no_longer_true(Message.objects.get(pk=message.pk), now=NOW) == Reason.COURSE_OVER


# --- Nobody is left believing something else ------------------------------------------------------------------


@pytest.fixture
def grace(settings: Settings) -> None:
    settings.MESSAGE_GRACE = timedelta(minutes=3)


@pytest.fixture
def sam(grace: None) -> actions.By:
    return actions.staff(make_staff())


def time_passes() -> None:
    Message.objects.filter(state=Message.State.QUEUED).update(due_at=Now(), ready_at=Now())
    deliver_messages()


def move(visit: Appointment, hours: int, by: actions.By) -> None:
    actions.reschedule(appointment=visit, starts_at=later(START, hours=hours), by=by, now=NOW)


def to_ana() -> list[tuple[str, str]]:
    return [(str(one.subject), str(one.body)) for one in mail.outbox if one.to == ["ana@example.test"]]


def told_of_the_request() -> Appointment:
    visit = make_appointment()
    deliver_messages()
    mail.outbox.clear()
    return visit


def told_of_the_visit(sam: actions.By) -> Appointment:
    visit = make_appointment()
    actions.confirm(appointment=visit, by=sam, now=NOW)
    time_passes()
    mail.outbox.clear()
    return visit


def test_confirmed_then_moved_away_and_back_is_told_as_confirmed(sam: actions.By) -> None:
    visit = told_of_the_request()
    actions.confirm(appointment=visit, by=sam, now=NOW)
    move(visit, 2, sam)
    move(visit, 0, sam)
    time_passes()

    [(_, body)] = to_ana()
    assert "Your appointment is confirmed:" in body
    assert "When: Wednesday, December 2, 2026, 10:00 AM – 11:00 AM Pacific time" in body
    assert "The attached file puts it into your calendar." in body
    assert "12:00 PM" not in body
    visit.refresh_from_db()
    assert visit.in_calendar


def test_confirmed_and_moved_is_told_as_confirmed(sam: actions.By) -> None:
    visit = told_of_the_request()
    actions.confirm(appointment=visit, by=sam, now=NOW)
    move(visit, 2, sam)
    time_passes()

    [(subject, body)] = to_ana()
    assert subject == "Your appointment has changed"
    assert "Your appointment is confirmed, at a new time:" in body
    assert "This replaces Wednesday, December 2, 10:00 AM Pacific time." in body


def test_what_the_patient_moved_and_staff_moved_back_is_told(sam: actions.By) -> None:
    """They have been shown the other time."""
    visit = told_of_the_visit(sam)
    move(visit, 2, actions.PATIENT)
    move(visit, 0, sam)
    time_passes()

    [(_, body)] = to_ana()
    assert "When: Wednesday, December 2, 2026, 10:00 AM – 11:00 AM Pacific time" in body
    assert "This replaces Wednesday, December 2, 12:00 PM Pacific time." in body


def test_what_staff_moved_away_and_back_is_no_news(sam: actions.By) -> None:
    visit = told_of_the_visit(sam)
    move(visit, 2, sam)
    move(visit, 0, sam)
    time_passes()

    assert to_ana() == []
    assert visit.messages.filter(reason=Reason.KNOWN).count() == 1


def test_a_plain_message_makes_what_was_told_before_no_longer_known(sam: actions.By) -> None:
    visit = told_of_the_visit(sam)
    actions.choose_contact(
        appointment=visit, contact_by="email", voicemail_ok=False, plain_messages=True, by=actions.PATIENT, now=NOW
    )
    for hours in (2, 0):
        move(visit, hours, sam)
        time_passes()

    assert [subject for subject, _ in to_ana()] == ["A message from Dr. Bacchus’s office"] * 2


def test_staff_hear_of_a_request_that_was_moved_at_once(sam: actions.By) -> None:
    visit = make_appointment()
    move(visit, 2, actions.PATIENT)
    time_passes()

    assert visit.messages.get(kind=Kind.STAFF_NEW_REQUEST).state == Message.State.SENT


@pytest.mark.parametrize("change", [{"email": "new@example.test"}, {"plain_messages": True}])
def test_a_letter_is_made_anew_where_the_patient_is_reached_otherwise_by_now(
    sam: actions.By, change: dict[str, object]
) -> None:
    visit = told_of_the_visit(sam)
    move(visit, 2, sam)
    Message.objects.filter(state=Message.State.QUEUED).update(due_at=Now())
    claimed = Message.objects.claim_one(timedelta(minutes=2))
    assert claimed is not None
    letter = messages.build(claimed, practice=Practice.load(), now=NOW)

    type(visit.patient).objects.filter(pk=visit.patient_id).update(**change)

    assert outbox._note_on_its_way(claimed, letter) is False


def test_a_session_cancelled_before_its_course_was_told_needs_no_message(grace: None) -> None:
    sam = actions.staff(make_staff("kim"))
    course = reach(Kind.COURSE_PLACED).appointment.course
    assert course
    first, second, *_ = course.appointments.order_by("starts_at")
    actions.cancel(appointment=second, by=sam, now=NOW)
    time_passes()

    assert second.messages.get().reason == Reason.NEVER_TOLD
    assert first.messages.get(kind=Kind.COURSE_PLACED).state == Message.State.SENT
    actions.cancel(appointment=first, by=sam, now=NOW)
    time_passes()
    assert first.messages.get(kind=Kind.CANCELLED_BY_PRACTICE).state == Message.State.SENT
