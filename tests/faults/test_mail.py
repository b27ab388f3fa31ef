"""The worker and a mail server in every kind of trouble: nothing is lost, and nothing goes twice without need."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from booking import outbox, tasks
from booking.models import Appointment, Heartbeat, Kind, Message, Reason, VisitType
from clinic.celery import app
from tests.booking import factories
from tests.faults.asking import free_starts, ready
from tests.faults.mailbox import Mailbox, Mood, wait_until
from tests.faults.parts import Site

pytestmark = [pytest.mark.faults, pytest.mark.usefixtures("redis")]

PATIENT = "ana@example.test"


def request(number: int = 0, **details: Any) -> Appointment:
    """One request, with its two messages: to the patient, then to the office."""
    visit_type = ready() if number == 0 else VisitType.objects.get()
    start = free_starts(visit_type)[0]
    return factories.make_appointment(visit_type, starts_at=start, now=timezone.now(), **details)


def received() -> Message:
    return Message.objects.get(kind=Kind.RECEIVED)


def due_now() -> None:
    """Instead of waiting: what is to be tried later, and what another worker has claimed, is due."""
    Message.objects.filter(state="queued").update(due_at=Now() - timedelta(seconds=1))
    Message.objects.filter(state="sending").update(lease_until=Now() - timedelta(seconds=1))


def wait_for(state: str, reason: str = "", *, attempts: int = 1, seconds: float = 20) -> Message:
    def reached() -> bool:
        message = received()
        return (message.state, message.reason, message.attempts) == (state, reason, attempts)

    try:
        wait_until(reached, seconds, f"{state} {reason} after {attempts}")
    except AssertionError as error:
        now = received()
        raise AssertionError(f"{error}; it is {now.state} {now.reason} after {now.attempts}") from None
    return received()


def test_worker_delivers_and_beats(site: Site, mailbox: Mailbox) -> None:
    request()
    site.start_worker(mailbox.port)
    site.nudge()
    wait_until(lambda: len(mailbox.kept) == 2, 20, "both messages")
    assert {mail["To"] for mail in mailbox.kept} == {PATIENT, "desk@example.test"}
    assert str(wait_for("sent").message_id) in mailbox.to(PATIENT)[0]["Message-ID"]
    assert site.visitor().get("/queuez").status == 200


def test_worker_killed_in_mid_send_repeats_under_the_same_message_id(site: Site, mailbox: Mailbox) -> None:
    request()
    mailbox.mood = Mood.HOLD
    site.start_worker(mailbox.port)
    site.nudge()
    wait_until(lambda: len(mailbox.seen) == 1, 20, "the message came in whole")
    site.parts.kill("worker")
    assert received().state == "sending"

    mailbox.seen.clear()
    mailbox.kept.clear()
    mailbox.mood = Mood.ACCEPT
    site.start_worker(mailbox.port, name="second")
    site.nudge()
    wait_until(lambda: len(mailbox.to("desk@example.test")) == 1, 20, "the other message goes without delay")
    due_now()
    site.nudge()
    message = wait_for("sent", attempts=2)
    assert [mail["Message-ID"].partition("@")[0] for mail in mailbox.to(PATIENT)] == [f"<{message.message_id}"]


def test_worker_killed_while_it_connects_loses_nothing(site: Site, mailbox: Mailbox) -> None:
    """Dead before the mail server has seen anything: one message arrives, once."""
    request()
    Message.objects.exclude(kind=Kind.RECEIVED).delete()
    Message.objects.claim_one(timedelta(minutes=2))
    site.start_worker(mailbox.port)
    site.nudge()
    due_now()
    site.nudge()
    wait_for("sent", attempts=2)
    assert len(mailbox.seen) == 1


def test_two_workers_send_each_message_once(site: Site, mailbox: Mailbox) -> None:
    for number in range(25):
        request(number, email=f"person{number}@example.test")
    site.start_worker(mailbox.port, "--concurrency", "2", name="one")
    site.start_worker(mailbox.port, "--concurrency", "2", name="two")
    for _ in range(6):
        site.nudge()
    wait_until(lambda: not Message.objects.exclude(state="sent").exists(), 40, "all are sent")
    counts = Counter(mail["Message-ID"] for mail in mailbox.seen)
    assert len(counts) == 50
    assert set(counts.values()) == {1}


@pytest.mark.parametrize(
    ("mood", "error"), [(Mood.REFUSE_PERSON, "SMTPRecipientsRefused"), (Mood.REFUSE_MESSAGE, "SMTPDataError")]
)
def test_refused_for_good_is_failed_with_the_reason(site: Site, mailbox: Mailbox, mood: Mood, error: str) -> None:
    request()
    mailbox.mood, mailbox.answer = mood, "550 5.1.1 No such person ana@example.test"
    site.start_worker(mailbox.port)
    site.nudge()
    message = wait_for("failed", f"{error} 550")
    assert "@" not in message.reason
    assert "failed_messages" in site.visitor().get("/queuez").text


@pytest.mark.parametrize("mood", [Mood.REFUSE_PERSON, Mood.REFUSE_MESSAGE])
@pytest.mark.parametrize("answer", ["450 4.2.1 Try again later", "421 4.3.2 Closing"])
def test_refused_for_now_is_tried_later(site: Site, mailbox: Mailbox, mood: Mood, answer: str) -> None:
    request()
    mailbox.mood, mailbox.answer = mood, answer
    site.start_worker(mailbox.port)
    site.nudge()
    tried = Message.objects.filter(pk=received().pk, state="queued", attempts=1)
    wait_until(lambda: bool(tried.count()), 20, "the first try")
    assert received().reason.endswith(answer[:3])
    assert received().due_at > timezone.now()
    mailbox.mood = Mood.ACCEPT
    due_now()
    site.nudge()
    wait_for("sent", attempts=2)


def test_server_that_refuses_connections_never_ends_a_message(site: Site, mailbox: Mailbox) -> None:
    request()
    mailbox.close()
    Message.objects.update(attempts=outbox.MAX_ATTEMPTS - 1)  # before the worker, which looks as soon as it is ready
    site.start_worker(mailbox.port)
    site.nudge()
    wait_for("queued", "ConnectionRefusedError", attempts=outbox.MAX_ATTEMPTS - 1)
    mailbox.open()
    due_now()
    site.nudge()
    wait_for("sent", attempts=outbox.MAX_ATTEMPTS)


def test_message_that_stops_the_worker_each_time_is_failed_in_the_end(site: Site, mailbox: Mailbox) -> None:
    """Each try ended with the process, so no reason was ever noted."""
    request()
    Message.objects.filter(kind=Kind.RECEIVED).update(attempts=outbox.MAX_ATTEMPTS)
    site.start_worker(mailbox.port)
    site.nudge()
    wait_for("failed", Reason.STOPPED, attempts=outbox.MAX_ATTEMPTS + 1)
    wait_until(lambda: len(mailbox.to("desk@example.test")) == 1, 20, "the other message")
    assert not mailbox.to(PATIENT)


def test_server_that_hangs_up_after_the_message_gets_it_again(site: Site, mailbox: Mailbox) -> None:
    request()
    mailbox.mood = Mood.DIE
    site.start_worker(mailbox.port)
    site.nudge()
    wait_for("queued", "SMTPServerDisconnected", attempts=0)  # the server's fault, not a try of the message
    mailbox.mood = Mood.ACCEPT
    due_now()
    site.nudge()
    wait_for("sent")
    assert len({mail["Message-ID"] for mail in mailbox.seen if mail["To"] == PATIENT}) == 1


def test_dripping_server_is_cut_by_the_tasks_limit(site: Site, mailbox: Mailbox) -> None:
    """Each byte comes in time, so no timeout of the connection ends it."""
    site.start_worker(mailbox.port)  # finds nothing yet; the nudge below brings limits of its own
    wait_until(Heartbeat.objects.exists, 20, "the worker's first look")
    request()
    mailbox.mood = Mood.DRIP
    site.nudge(soft_time_limit=3, time_limit=8)
    wait_for("queued", "SoftTimeLimitExceeded", attempts=0)
    mailbox.mood = Mood.ACCEPT
    due_now()
    site.nudge()
    wait_for("sent")


def test_time_limits_lie_within_each_other() -> None:
    """A message is never claimed by a second worker while the first may still send it."""
    soft, hard = app.conf.task_soft_time_limit, app.conf.task_time_limit
    assert tasks.LONG_ENOUGH < soft < hard < outbox.LEASE.total_seconds()


def test_one_message_that_cannot_be_made_does_not_stop_the_others(site: Site, mailbox: Mailbox) -> None:
    """Such an address can't come in through the form; if one is in the database, the rest goes on."""
    appointment = request()
    appointment.patient.email = "no address\n\n"
    appointment.patient.save()
    site.start_worker(mailbox.port)
    site.nudge()
    wait_until(lambda: len(mailbox.to("desk@example.test")) == 1, 20, "the other message")
    message = received()
    assert message.state == "queued"
    assert message.attempts == 1
    assert message.reason


def test_news_that_is_no_longer_true_is_not_sent(site: Site, mailbox: Mailbox) -> None:
    appointment = request()
    Appointment.objects.filter(pk=appointment.pk).update(status="cancelled")
    site.start_worker(mailbox.port)
    site.nudge()
    wait_for("suppressed", Reason.IS_CANCELLED)
    assert not mailbox.seen
