"""The outbox: messages stand in Postgres, a nudge through Redis only makes them go sooner.

A worker claims one row with a lease, renders it, sends it, and settles the row. What dies on the way is found again
when the lease runs out. SMTP can't promise exactly once: a crash between the server's acceptance and our note of it
sends a second copy, with the same Message-ID.
"""

import random
import smtplib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from booking import messages
from booking.models import Appointment, Heartbeat, Kind, Message
from clinic.celery import app
from clinic.models import Practice

log = structlog.get_logger("booking.outbox")

State = Message.State

LEASE = timedelta(seconds=120)  # longer than the task's hard limit
MAX_ATTEMPTS = 8  # for a message that fails by itself
GIVE_UP_AFTER = timedelta(hours=24)  # for a mail server that can't be reached
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

# Somebody waits for these, or nobody's mind can change about them.
AT_ONCE = frozenset({Kind.RECEIVED, Kind.FRESH_LINK, Kind.REMINDER, Kind.RIDE_UNCONFIRMED, Kind.STAFF_UNANSWERED})

# Refused whoever the message is for: the sign-in, the greeting or the sender.
NOT_THE_MESSAGES_FAULT = (smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)

TASK = "booking.tasks.deliver_messages"
NUDGE_TIMEOUT = 1  # seconds; a Redis that accepts and never answers may cost a visitor no more


class Outcome(Enum):
    NOTHING_DUE = "nothing due"
    DONE = "done"
    SERVER_DOWN = "mail server down"


@dataclass(frozen=True)
class Health:
    heartbeat_age: timedelta | None
    oldest_due_age: timedelta | None  # since it was written, however often it has been put off
    failed: int


def write(appointment: Appointment, kind: Kind, *, now: datetime, withheld: str = "", occasion: str = "") -> Message:
    """Puts a message into the outbox, in the caller's transaction. The same news twice is one row.

    `withheld` says why it is only noted and not to be sent. What somebody has just done waits a little: a change of
    mind within that time makes it untrue before it has gone, and only the newer message goes. When a message is due,
    and until when it is claimed, goes by the database's clock, the one that all workers share.
    """
    message, _ = Message.objects.get_or_create(
        appointment=appointment,
        kind=kind,
        version=appointment.version,
        occasion=occasion,
        defaults={
            "created_at": now,
            "due_at": Now() if kind in AT_ONCE else Now() + settings.MESSAGE_GRACE,
            "state": State.SUPPRESSED if withheld else State.QUEUED,
            "reason": withheld,
        },
    )
    return message


def nudge() -> None:
    """Asks a worker to look now. May fail: the sweep finds whatever the nudge missed."""
    options = {
        "socket_timeout": NUDGE_TIMEOUT,
        "socket_connect_timeout": NUDGE_TIMEOUT,
        "max_retries": 0,
        "interval_start": 0,
        "interval_step": 0,
        "interval_max": 0,
    }
    # A connection of its own, with short timeouts; the worker's must outlast its blocking wait.
    with app.connection_for_write(connect_timeout=NUDGE_TIMEOUT, transport_options=options) as connection:
        app.send_task(TASK, connection=connection, retry=False, expires=25)


def beat(*, now: datetime) -> None:
    """Notes that a worker is alive and going through the outbox."""
    Heartbeat.objects.update_or_create(pk=1, defaults={"at": now})


def health(*, now: datetime) -> Health:
    heartbeat = Heartbeat.objects.filter(pk=1).first()
    oldest = Message.objects.overdue().aggregate(at=Min("created_at"))["at"]
    return Health(
        heartbeat_age=now - heartbeat.at if heartbeat else None,
        oldest_due_age=now - oldest if oldest else None,
        failed=Message.objects.failed().count(),
    )


def deliver_next(*, practice: Practice) -> Outcome:
    """Claims the next due message and brings it to its end: sent, suppressed, failed, or to be tried later."""
    message = Message.objects.claim_one(LEASE)
    if message is None:
        return Outcome.NOTHING_DUE
    if message.attempts > MAX_ATTEMPTS:  # more than could have been settled: each ended with the process
        message.settle(State.FAILED, reason="the worker stopped at every try")
        return Outcome.DONE
    now = timezone.now()
    reason = messages.no_longer_true(message)
    if reason:
        message.settle(State.SUPPRESSED, reason=reason)
        return Outcome.DONE
    try:
        messages.build(message, practice=practice, now=now).send()
    except (OSError, SoftTimeLimitExceeded, smtplib.SMTPException) as error:
        return _settle_smtp(message, error, now=now)
    except Exception as error:
        _try_later(message, type(error).__name__)
        log.exception("message could not be made", message=message.pk)
        return Outcome.DONE
    message.settle(State.SENT, sent_at=timezone.now())
    log.info("message sent", message=message.pk, kind=message.kind, attempt=message.attempts)
    return Outcome.DONE


def _settle_smtp(message: Message, error: Exception, *, now: datetime) -> Outcome:
    """Tells a refused message from a server in trouble: the first is this row's end, the second nobody's fault."""
    code = _smtp_code(error)
    reason = f"{type(error).__name__} {code or ''}".strip()
    log.warning("message not sent", message=message.pk, error=reason, attempt=message.attempts)
    if isinstance(error, NOT_THE_MESSAGES_FAULT) or code is None:
        age = now - message.created_at
        if age > GIVE_UP_AFTER:
            message.settle(State.FAILED, reason=reason)
        else:
            # Does not count as a try of the message. The wait grows with its age.
            wait = min(max(age, FIRST_WAIT), LONGEST_WAIT)
            message.settle(State.QUEUED, reason=reason, due_at=Now() + _spread(wait), attempts=message.attempts - 1)
        return Outcome.SERVER_DOWN
    if code >= 500:
        message.settle(State.FAILED, reason=reason)
    else:
        _try_later(message, reason)
    return Outcome.DONE


def _smtp_code(error: Exception) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPConnectError):
        return None
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code if error.smtp_code > 0 else None
    return None


def _try_later(message: Message, reason: str) -> None:
    if message.attempts >= MAX_ATTEMPTS:
        message.settle(State.FAILED, reason=reason)
    else:
        message.settle(State.QUEUED, reason=reason, due_at=Now() + _wait(message.attempts))


def _wait(attempts: int) -> timedelta:
    """Doubles with each try up to a quarter of an hour, spread so that many do not come back at once."""
    doubled: timedelta = FIRST_WAIT * 2 ** max(0, min(attempts - 1, 10))
    return _spread(min(doubled, LONGEST_WAIT))


def _spread(wait: timedelta) -> timedelta:
    return wait * random.uniform(0.5, 1.5)  # noqa: S311  jitter, not a secret
