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
from django.db import DatabaseError, transaction
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from booking import civil, messages, still_true
from booking.models import Appointment, Heartbeat, Kind, Message, Reason
from clinic.celery import app
from clinic.models import Practice

log = structlog.get_logger("booking.outbox")

State = Message.State

ZONE = timezone.get_default_timezone()

LEASE = timedelta(seconds=120)  # longer than the task's hard limit
MAX_ATTEMPTS = 8  # for a message that fails by itself
GIVE_UP_AFTER = timedelta(hours=24)  # for a mail server that can't be reached
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)

# Somebody waits for these, or nobody's mind can change about them.
AT_ONCE = frozenset(
    {
        Kind.RECEIVED,
        Kind.FRESH_LINK,
        Kind.REMINDER,
        Kind.RIDE_UNCONFIRMED,
        Kind.EARLIER_OFFERED,
        Kind.STAFF_UNANSWERED,
    }
)

# These come by day only, however long they have waited.
BY_DAY = frozenset({Kind.REMINDER, Kind.RIDE_UNCONFIRMED, Kind.EARLIER_OFFERED})

# Refused whoever the message is for: the sign-in, the greeting or the sender.
NOT_THE_MESSAGES_FAULT = (smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)

TASK = "booking.tasks.deliver_messages"
OFFERS_TASK = "booking.tasks.offer_earlier_times"
NUDGE_TIMEOUT = 1  # seconds; a Redis that accepts and never answers may cost a visitor no more


class Outcome(Enum):
    NOTHING_DUE = "nothing due"
    DONE = "done"
    SERVER_DOWN = "mail server down"


@dataclass(frozen=True)
class Health:
    heartbeat_age: timedelta | None
    oldest_due_age: timedelta | None  # since it should have gone, however often it has been put off
    failed: int


def write(appointment: Appointment, kind: Kind, *, now: datetime, withheld: str = "", occasion: str = "") -> None:
    """Puts a message into the outbox, in the caller's transaction. The same news twice is one row.

    `withheld` says why it is only noted and not to be sent. What somebody has just done waits a little: a change of
    mind within that time makes it untrue before it has gone, and only the newer message goes.
    """
    write_all([compose(appointment, kind, now=now, withheld=withheld, occasion=occasion)])


def compose(appointment: Appointment, kind: Kind, *, now: datetime, withheld: str = "", occasion: str = "") -> Message:
    """The row of a message, not yet written.

    When a message is due, and until when it is claimed, goes by the database's clock, the one that all workers share.
    """
    due = Now() if kind in AT_ONCE else Now() + settings.MESSAGE_GRACE
    return Message(
        appointment=appointment,
        kind=kind,
        version=appointment.version,
        occasion=occasion,
        created_at=now,
        ready_at=due,
        due_at=due,
        state=State.SUPPRESSED if withheld else State.QUEUED,
        reason=withheld,
    )


def write_all(rows: list[Message]) -> None:
    """What is there already stays as it is, also where somebody else writes the same at this moment."""
    Message.objects.bulk_create(rows, ignore_conflicts=True)


def send_again(message: Message, *, now: datetime) -> bool:
    """Staff ask for a message once more: the row itself where it never went, else a copy of it.

    False where it is on its way, so that two who press at once send one.
    """
    found = Message.objects.select_for_update(of=("self",)).select_related("appointment").get(pk=message.pk)
    if found.requeue():
        return True
    copies = found.appointment.messages.filter(kind=found.kind, occasion__startswith=f"{found.first_occasion}~")
    if found.state != State.SENT or copies.filter(state__in=[State.QUEUED, State.SENDING]).exists():
        return False
    copy = compose(
        found.appointment, Kind(found.kind), now=now, occasion=f"{found.first_occasion}~{copies.count() + 2}"
    )
    copy.due_at = copy.ready_at = Now()
    write_all([copy])
    return True


def nudge(task: str = TASK) -> None:
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
        app.send_task(task, connection=connection, retry=False, expires=25)


def beat(*, now: datetime) -> None:
    """Notes that a worker is alive and going through the outbox."""
    Heartbeat.objects.update_or_create(pk=1, defaults={"at": now})


def health(*, now: datetime) -> Health:
    heartbeat = Heartbeat.objects.filter(pk=1).first()
    oldest = Message.objects.overdue().aggregate(at=Min("ready_at"))["at"]
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
    now = timezone.now()
    if message.attempts > MAX_ATTEMPTS:  # more than could have been settled: each ended with the process
        message.settle(State.FAILED, reason=Reason.STOPPED)
    elif reason := still_true.no_longer_true(message, now=now):
        message.settle(State.SUPPRESSED, reason=reason)
    elif message.kind in BY_DAY and not civil.is_civil(now, ZONE):
        _put_off_to_day(message, now=now)
    else:
        return _send(message, practice=practice, now=now)
    return Outcome.DONE


def _put_off_to_day(message: Message, *, now: datetime) -> None:
    day = civil.next_civil(now, ZONE)
    if day >= message.appointment.starts_at:
        message.settle(State.SUPPRESSED, reason=Reason.BEGUN)
    else:
        due = Now() + (day - now)
        message.settle(State.QUEUED, ready_at=due, due_at=due, attempts=message.attempts - 1)


def _send(message: Message, *, practice: Practice, now: datetime) -> Outcome:
    try:
        letter = messages.build(message, practice=practice, now=now)
        if not _note_on_its_way(message, letter):
            message.settle(State.QUEUED, due_at=Now())  # looked at anew, it may no longer hold
            return Outcome.DONE
        letter.mail.send()
    except (OSError, SoftTimeLimitExceeded, smtplib.SMTPException) as error:
        return _settle_smtp(message, error, now=now)
    except Exception as error:
        _try_later(message, type(error).__name__)
        log.exception("message could not be made", message=message.pk)
        return Outcome.DONE
    message.settle(State.SENT, sent_at=timezone.now())
    log.info("message sent", message=message.pk, kind=message.kind, attempt=message.attempts)
    _note_arrived(letter)
    return Outcome.DONE


def _note_on_its_way(message: Message, letter: messages.Letter) -> bool:
    """Notes what can't be known from here on, should the process end: which time the reader has been told.

    False where the visit, or how its patient is reached, has changed since the letter was made.
    """
    visit, patient = message.appointment, message.appointment.patient
    with transaction.atomic():
        unchanged = Appointment.objects.filter(
            pk=visit.pk,
            version=visit.version,
            patient__email=patient.email,
            patient__plain_messages=patient.plain_messages,
        )
        if unchanged.select_for_update(no_key=True, of=("self",)).first() is None:
            return False
        Appointment.objects.filter(pk__in=[visit.pk for visit in letter.about]).update(told_starts_at=None)
        Appointment.objects.filter(pk__in=[visit.pk for visit in letter.entered]).update(in_calendar=True)
    return True


def _note_arrived(letter: messages.Letter) -> None:
    for visit in letter.told:
        visit.told_starts_at = visit.starts_at
    try:
        Appointment.objects.bulk_update(letter.told, ["told_starts_at"])
    except DatabaseError:  # the message has gone; that a later one tells the same time once more does no harm
        log.exception("told time not noted")


def _settle_smtp(message: Message, error: Exception, *, now: datetime) -> Outcome:
    """Tells a refused message from a server in trouble: the first is this row's end, the second nobody's fault."""
    code = _smtp_code(error)
    reason = f"{type(error).__name__} {code or ''}".strip()
    log.warning("message not sent", message=message.pk, error=reason, attempt=message.attempts)
    if isinstance(error, NOT_THE_MESSAGES_FAULT) or code is None:
        age = now - message.ready_at
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
