import smtplib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from booking import actions, messages, outbox
from booking.models import Appointment, Heartbeat, Kind, Message, Reason, VisitType
from booking.tasks import deliver_messages
from clinic.models import Practice
from tests.booking.factories import NOW, START, later, make_appointment, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail_to_memory")]

State = Message.State


def states(appointment: Appointment) -> dict[str, str]:
    return dict(appointment.messages.values_list("kind", "state"))


def deliver(error: Exception | None, monkeypatch: pytest.MonkeyPatch) -> outbox.Outcome:
    """One delivery; the server answers with `error`."""
    if error:

        def refuse(*args: Any) -> int:
            raise error

        monkeypatch.setattr("django.core.mail.message.EmailMessage.send", refuse)
    return outbox.deliver_next(practice=Practice.load())


def test_what_is_due_is_sent_once() -> None:
    appointment = make_appointment()

    deliver_messages()
    deliver_messages()

    assert [message.to for message in mail.outbox] == [["ana@example.test"], ["desk@example.test"]]
    assert states(appointment) == {Kind.RECEIVED: State.SENT, Kind.STAFF_NEW_REQUEST: State.SENT}
    assert Heartbeat.objects.count() == 1


def test_the_message_id_stands_in_the_row() -> None:
    appointment = make_appointment()
    row = appointment.messages.get(kind=Kind.RECEIVED)

    deliver_messages()

    assert mail.outbox[0].extra_headers["Message-ID"] == f"<{row.message_id}@example.test>"


def test_what_no_longer_holds_is_not_sent() -> None:
    appointment = make_appointment()
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)

    deliver_messages()

    assert states(appointment) == {
        Kind.RECEIVED: State.SUPPRESSED,
        Kind.STAFF_NEW_REQUEST: State.SUPPRESSED,
        Kind.CONFIRMED: State.SENT,
    }
    assert appointment.messages.get(kind=Kind.RECEIVED).reason == Reason.IS_CONFIRMED


def test_the_same_news_is_written_once() -> None:
    appointment = make_appointment()

    outbox.write(appointment, Kind.RECEIVED, now=NOW)

    assert appointment.messages.count() == 2


def test_a_claimed_row_is_nobody_elses_until_the_lease_runs_out() -> None:
    make_appointment()
    first = Message.objects.claim_one(timedelta(minutes=2))
    second = Message.objects.claim_one(timedelta(minutes=2))
    assert first is not None
    assert second is not None
    assert first.pk != second.pk
    assert Message.objects.claim_one(timedelta(minutes=2)) is None

    Message.objects.filter(pk=first.pk).update(lease_until=Now() - timedelta(seconds=1))
    third = Message.objects.claim_one(timedelta(minutes=2))

    assert third is not None
    assert (third.pk, third.attempts) == (first.pk, 2)
    assert first.settle(State.SENT, sent_at=NOW) is False
    assert third.settle(State.SENT, sent_at=NOW) is True


@pytest.mark.parametrize(
    ("error", "outcome", "state", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"a@b": (550, b"no")}), "DONE", State.FAILED, "SMTPRecipientsRefused 550"),
        (smtplib.SMTPDataError(554, b"no"), "DONE", State.FAILED, "SMTPDataError 554"),
        (smtplib.SMTPRecipientsRefused({"a@b": (450, b"wait")}), "DONE", State.QUEUED, "SMTPRecipientsRefused 450"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "SERVER_DOWN", State.QUEUED, "SMTPAuthenticationError 535"),
        (smtplib.SMTPSenderRefused(530, b"no", "x"), "SERVER_DOWN", State.QUEUED, "SMTPSenderRefused 530"),
        (smtplib.SMTPServerDisconnected("gone"), "SERVER_DOWN", State.QUEUED, "SMTPServerDisconnected"),
        (ConnectionRefusedError(), "SERVER_DOWN", State.QUEUED, "ConnectionRefusedError"),
        (TimeoutError(), "SERVER_DOWN", State.QUEUED, "TimeoutError"),
        (UnicodeEncodeError("utf-8", "x", 0, 1, "no"), "DONE", State.QUEUED, "UnicodeEncodeError"),
    ],
)
def test_every_kind_of_refusal_leads_to_its_state(
    error: Exception, outcome: str, state: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    appointment = make_appointment()

    result = deliver(error, monkeypatch)

    message = appointment.messages.order_by("pk")[0]
    assert result is outbox.Outcome[outcome]
    assert (message.state, message.reason, message.lease_token) == (state, reason, None)
    if state == State.QUEUED:
        assert Message.objects.due().filter(pk=message.pk).exists() is False


def test_an_outage_does_not_use_up_the_tries_of_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = make_appointment()
    for _ in range(outbox.MAX_ATTEMPTS + 1):
        appointment.messages.update(due_at=Now())
        deliver(ConnectionRefusedError(), monkeypatch)

    assert set(appointment.messages.values_list("state", flat=True)) == {State.QUEUED}
    assert max(appointment.messages.values_list("attempts", flat=True)) == 0


def test_a_message_that_keeps_failing_ends_in_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = make_appointment()
    message = appointment.messages.order_by("pk")[0]
    Message.objects.filter(pk=message.pk).update(attempts=outbox.MAX_ATTEMPTS - 1)

    deliver(ValueError("can't be made"), monkeypatch)

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, "ValueError")


def test_a_message_that_stops_every_worker_ends_in_failed() -> None:
    """Nothing is settled by a process that dies, so only the count of tries tells."""
    appointment = make_appointment()
    appointment.messages.update(attempts=outbox.MAX_ATTEMPTS)

    outbox.deliver_next(practice=Practice.load())

    message = appointment.messages.order_by("pk")[0]
    assert (message.state, message.reason) == (State.FAILED, Reason.STOPPED)


def test_a_server_that_is_away_for_a_day_ends_in_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = make_appointment()
    message = appointment.messages.order_by("pk")[0]
    appointment.messages.update(ready_at=Now() - outbox.GIVE_UP_AFTER - timedelta(hours=1))

    deliver(ConnectionRefusedError(), monkeypatch)

    message.refresh_from_db()
    assert message.state == State.FAILED


def test_the_wait_doubles_and_has_an_end() -> None:
    for attempts, seconds in [(1, 30), (2, 60), (3, 120), (50, 900)]:
        wait = outbox._wait(attempts).total_seconds()
        assert seconds * 0.5 <= wait <= seconds * 1.5


def test_health_names_the_oldest_due_message_and_the_heartbeat() -> None:
    assert outbox.health(now=NOW) == outbox.Health(None, None, 0)
    make_appointment()
    outbox.beat(now=NOW)
    long_ago, later_on = timezone.now() - timedelta(minutes=20), timezone.now() + timedelta(minutes=20)
    # Put off after a try; not yet to go, as by night or within the grace.
    Message.objects.filter(kind=Kind.RECEIVED).update(ready_at=long_ago, due_at=later_on, reason="TimeoutError")
    Message.objects.filter(kind=Kind.STAFF_NEW_REQUEST).update(ready_at=later_on, due_at=later_on)

    health = outbox.health(now=NOW + timedelta(minutes=5))

    assert health.heartbeat_age == timedelta(minutes=5)
    assert outbox.health(now=long_ago).oldest_due_age == timedelta()


# --- A change of mind within the grace ------------------------------------------------------------------------


@pytest.fixture
def grace(settings: Any) -> timedelta:
    """Messages wait three minutes; `time_passes` lets them go."""
    settings.MESSAGE_GRACE = timedelta(minutes=3)
    return timedelta(minutes=3)


def time_passes() -> None:
    Message.objects.filter(state=State.QUEUED).update(due_at=Now(), ready_at=Now())
    deliver_messages()


def to_ana() -> list[str]:
    return [str(message.subject) for message in mail.outbox if message.to == ["ana@example.test"]]


def calendar_methods() -> list[str]:
    parts = [part for message in mail.outbox for part in message.message().walk()]
    return [str(part.get_param("method")) for part in parts if part.get_content_type() == "text/calendar"]


@pytest.fixture
def known(grace: timedelta) -> Appointment:
    """A visit whose time the patient has been told, and the calendar has."""
    appointment = make_appointment()
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)
    time_passes()
    mail.outbox.clear()
    appointment.refresh_from_db()
    assert (appointment.told_starts_at, appointment.in_calendar) == (START, True)
    return appointment


def move(appointment: Appointment, hours: int) -> None:
    actions.reschedule(appointment=appointment, starts_at=later(START, hours=hours), by=actions.PATIENT, now=NOW)


def test_what_somebody_waits_for_goes_at_once_and_the_rest_later(grace: timedelta) -> None:
    appointment = make_appointment()
    actions.send_fresh_link(appointment=appointment, by=actions.PATIENT, now=NOW)
    deliver_messages()
    assert to_ana() == ["We have your request", "Your new link"]

    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)
    deliver_messages()
    assert len(to_ana()) == 2
    assert outbox.health(now=timezone.now()).oldest_due_age is None

    time_passes()
    assert len(to_ana()) == 3


def test_confirmed_and_called_off_is_one_message(grace: timedelta) -> None:
    appointment = make_appointment()
    deliver_messages()
    mail.outbox.clear()
    sam = actions.staff(make_staff())
    actions.confirm(appointment=appointment, by=sam, now=NOW)
    actions.cancel(appointment=appointment, by=sam, now=NOW)
    time_passes()

    assert to_ana() == ["Cancelled: your appointment on Wednesday, December 2"]
    assert calendar_methods() == []
    assert appointment.messages.get(kind=Kind.CONFIRMED).reason == Reason.IS_CANCELLED


def test_what_a_calendar_has_is_taken_out(known: Appointment) -> None:
    actions.cancel(appointment=known, by=actions.PATIENT, now=NOW)
    time_passes()

    assert to_ana() == ["Cancelled: your appointment on Wednesday, December 2"]
    assert calendar_methods() == ["CANCEL"]


def test_moved_twice_is_one_message_with_the_last_time(known: Appointment) -> None:
    move(known, 2)
    move(known, 4)
    time_passes()

    assert to_ana() == ["Your appointment has changed"]
    body = mail.outbox[0].body
    assert "When: Wednesday, December 2, 2026, 2:00 PM – 3:00 PM Pacific time" in body
    assert "This replaces Wednesday, December 2, 10:00 AM Pacific time." in body
    assert "12:00" not in body
    known.refresh_from_db()
    assert known.told_starts_at == later(START, hours=4)


def test_moved_and_moved_back_is_no_message(known: Appointment) -> None:
    move(known, 2)
    move(known, 0)
    time_passes()

    assert mail.outbox == []
    changes = known.messages.filter(kind=Kind.CHANGED).order_by("version")
    assert [(row.state, row.reason) for row in changes] == [
        (State.SUPPRESSED, Reason.NEWER),
        (State.SUPPRESSED, Reason.KNOWN),
    ]


def test_moved_told_and_moved_back_is_two_messages(known: Appointment) -> None:
    move(known, 2)
    time_passes()
    move(known, 0)
    time_passes()

    assert to_ana() == ["Your appointment has changed"] * 2
    assert "When: Wednesday, December 2, 2026, 10:00 AM" in mail.outbox[1].body
    assert "This replaces Wednesday, December 2, 12:00 PM" in mail.outbox[1].body


def test_moved_back_while_the_news_may_be_on_its_way_is_told(known: Appointment) -> None:
    """The worker died after it had begun to send: nobody knows whether the patient has read the other time."""
    move(known, 2)
    Message.objects.filter(state=State.QUEUED).update(due_at=Now())
    died = Message.objects.claim_one(timedelta(minutes=2))
    assert died is not None
    assert outbox._note_on_its_way(died, messages.build(died, practice=Practice.load(), now=NOW)) is True
    move(known, 0)
    time_passes()

    assert to_ana() == ["Your appointment has changed"]
    assert "When: Wednesday, December 2, 2026, 10:00 AM" in mail.outbox[0].body


def test_moved_at_the_last_moment_is_looked_at_anew(known: Appointment) -> None:
    """Between the look at the visit and the sending."""
    move(known, 2)
    Message.objects.filter(state=State.QUEUED).update(due_at=Now())
    claimed = Message.objects.claim_one(timedelta(minutes=2))
    assert claimed is not None
    letter = messages.build(claimed, practice=Practice.load(), now=NOW)
    move(known, 4)

    assert outbox._note_on_its_way(claimed, letter) is False
    known.refresh_from_db()
    assert known.told_starts_at == START


def test_taken_back_before_received_has_gone(grace: timedelta) -> None:
    appointment = make_appointment()
    actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)
    time_passes()

    assert to_ana() == ["Cancelled: your appointment on Wednesday, December 2"]
    assert appointment.messages.get(kind=Kind.RECEIVED).reason == Reason.IS_CANCELLED


def test_taken_back_right_after_received(grace: timedelta) -> None:
    appointment = make_appointment()
    deliver_messages()
    actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)
    time_passes()

    assert to_ana() == ["We have your request", "Cancelled: your appointment on Wednesday, December 2"]
    assert calendar_methods() == []


def test_a_plain_message_tells_no_time(grace: timedelta) -> None:
    appointment = make_appointment(plain_messages=True)
    deliver_messages()

    appointment.refresh_from_db()
    assert to_ana() == ["A message from Dr. Bacchus’s office"]
    assert (appointment.told_starts_at, appointment.in_calendar) == (None, False)


# --- By day only ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.REMINDER, Kind.RIDE_UNCONFIRMED])
def test_a_reminder_that_was_stuck_waits_for_the_morning(kind: Kind, known: Appointment) -> None:
    VisitType.objects.update(needs_ride=True)
    outbox.write(known, kind, now=NOW)

    with time_machine.travel(NOW + timedelta(hours=12), tick=False):  # 8 PM at the clinic
        deliver_messages()
        waiting = known.messages.get(kind=kind)
        assert (waiting.state, waiting.attempts, mail.outbox) == (State.QUEUED, 0, [])
        assert Message.objects.overdue().count() == 0
    with time_machine.travel(NOW + timedelta(days=1), tick=False):  # 8 AM
        time_passes()
    assert len(to_ana()) == 1


def test_a_reminder_for_an_early_visit_is_not_sent_at_night(known: Appointment) -> None:
    Appointment.objects.update(starts_at=NOW + timedelta(hours=24))  # 8 AM: there is no hour left
    outbox.write(known, Kind.REMINDER, now=NOW)

    with time_machine.travel(NOW + timedelta(hours=20), tick=False):
        deliver_messages()

    assert known.messages.get(kind=Kind.REMINDER).reason == Reason.BEGUN


# --- Once more ------------------------------------------------------------------------------------------------


def send_again(message: Message) -> bool:
    with transaction.atomic():
        return outbox.send_again(message, now=NOW)


@pytest.mark.parametrize("state", [State.FAILED, State.SUPPRESSED])
def test_what_never_went_goes_when_staff_ask(state: str) -> None:
    appointment = make_appointment()
    message = appointment.messages.get(kind=Kind.RECEIVED)
    Message.objects.filter(pk=message.pk).update(state=state, reason=Reason.TOO_MANY, attempts=8)

    assert send_again(message) is True
    assert send_again(message) is False
    deliver_messages()

    message.refresh_from_db()
    assert (message.state, message.created_at, message.reason) == (State.SENT, NOW, "")
    assert to_ana() == ["We have your request"]


def test_what_has_gone_goes_again_as_a_copy(known: Appointment) -> None:
    """A new Message-ID, or the second would be taken for the first; and what was sent stays on record."""
    sent = known.messages.get(kind=Kind.CONFIRMED)

    assert send_again(sent) is True
    assert send_again(sent) is False  # the copy is waiting
    deliver_messages()
    assert send_again(sent) is True
    deliver_messages()

    assert to_ana() == ["Your appointment on Wednesday, December 2"] * 2
    rows = known.messages.filter(kind=Kind.CONFIRMED).order_by("pk")
    assert [(row.occasion, row.state) for row in rows] == [("", State.SENT), ("~2", State.SENT), ("~3", State.SENT)]
    assert len({row.message_id for row in rows}) == 3


def test_a_change_goes_again_although_the_patient_knows(known: Appointment) -> None:
    move(known, 2)
    time_passes()

    assert send_again(known.messages.get(kind=Kind.CHANGED)) is True
    deliver_messages()

    assert len(to_ana()) == 2
