import smtplib
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models.functions import Now

from booking import actions, outbox
from booking.models import Appointment, Heartbeat, Kind, Message
from booking.tasks import deliver_messages
from clinic.models import Practice
from tests.booking.factories import NOW, make_appointment, make_staff

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
    assert appointment.messages.get(kind=Kind.RECEIVED).reason == "appointment is confirmed"


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
    assert (message.state, message.reason) == (State.FAILED, "the worker stopped at every try")


def test_a_server_that_is_away_for_a_day_ends_in_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = make_appointment()
    message = appointment.messages.order_by("pk")[0]
    appointment.messages.update(created_at=Now() - outbox.GIVE_UP_AFTER - timedelta(hours=1))

    deliver(ConnectionRefusedError(), monkeypatch)

    message.refresh_from_db()
    assert message.state == State.FAILED


def test_a_failed_message_goes_again_when_staff_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    appointment = make_appointment()
    message = appointment.messages.get(kind=Kind.RECEIVED)
    Message.objects.filter(pk=message.pk).update(state=State.FAILED, reason="SMTPDataError 554", attempts=8)

    assert message.requeue(now=NOW) is True
    assert message.requeue(now=NOW) is False
    deliver_messages()

    assert states(appointment)[Kind.RECEIVED] == State.SENT


def test_the_wait_doubles_and_has_an_end() -> None:
    for attempts, seconds in [(1, 30), (2, 60), (3, 120), (50, 900)]:
        wait = outbox._wait(attempts).total_seconds()
        assert seconds * 0.5 <= wait <= seconds * 1.5


def test_health_names_the_oldest_due_message_and_the_heartbeat() -> None:
    assert outbox.health(now=NOW) == outbox.Health(None, None, 0)
    make_appointment()
    outbox.beat(now=NOW)

    later = NOW + timedelta(minutes=5)

    health = outbox.health(now=later)
    assert health.heartbeat_age == timedelta(minutes=5)
