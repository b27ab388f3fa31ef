"""Whether a message still holds when it is about to be sent: what has happened since it was written may have made it
untrue, or unneeded.
"""

from dataclasses import dataclass
from datetime import datetime

from booking import ics, offered
from booking.models import OPEN, Appointment, AppointmentEvent, Kind, Message, Offer, Reason, Status, Verb


@dataclass(frozen=True)
class Truth:
    """When a kind of message still holds, and what its reader knows by it."""

    statuses: frozenset[Status]
    calendar: ics.Method | None = None
    of_one_version: bool = True
    tells_time: bool = False


_EVER = frozenset(Status)
_REQUESTED, _CONFIRMED = frozenset({Status.REQUESTED}), frozenset({Status.CONFIRMED})
_DECLINED, _CANCELLED = frozenset({Status.DECLINED}), frozenset({Status.CANCELLED})
TRUE_WHILE: dict[Kind, Truth] = {
    Kind.RECEIVED: Truth(_REQUESTED, tells_time=True),
    Kind.CONFIRMED: Truth(_CONFIRMED, ics.Method.REQUEST, tells_time=True),
    Kind.CHANGED: Truth(OPEN, ics.Method.REQUEST, tells_time=True),
    Kind.DECLINED: Truth(_DECLINED),
    Kind.CANCELLED_BY_PATIENT: Truth(_CANCELLED, ics.Method.CANCEL),
    Kind.CANCELLED_BY_PRACTICE: Truth(_CANCELLED, ics.Method.CANCEL),
    Kind.REMINDER: Truth(_CONFIRMED, tells_time=True),
    Kind.RIDE_UNCONFIRMED: Truth(_CONFIRMED, tells_time=True),
    Kind.EARLIER_OFFERED: Truth(OPEN, of_one_version=False, tells_time=True),
    Kind.OTHER_OFFERED: Truth(OPEN, of_one_version=False, tells_time=True),
    # Several visits in one file: RFC 5546 lets only PUBLISH hold them.
    Kind.COURSE_PLACED: Truth(_EVER, ics.Method.PUBLISH, of_one_version=False, tells_time=True),
    Kind.COURSE_CANCELLED: Truth(_CANCELLED, ics.Method.PUBLISH, of_one_version=False),
    Kind.FRESH_LINK: Truth(_EVER, of_one_version=False),
    # Moved by the patient meanwhile, it is a new request all the same.
    Kind.STAFF_NEW_REQUEST: Truth(_REQUESTED, of_one_version=False),
    Kind.STAFF_UNANSWERED: Truth(_REQUESTED, of_one_version=False),
    Kind.STAFF_CANCELLED: Truth(_CANCELLED),
    Kind.STAFF_NONE_SUITS: Truth(OPEN, of_one_version=False),
}


def no_longer_true(message: Message, *, now: datetime) -> Reason | None:
    """Why the message must not go out any more, or None if it still holds."""
    appointment = message.appointment
    kind = Kind(message.kind)
    truth = TRUE_WHILE[kind]
    if appointment.status not in truth.statuses:
        return Reason(f"is_{appointment.status}")
    if truth.of_one_version and message.version != appointment.version:
        return Reason.NEWER
    match kind:
        case Kind.CHANGED:
            # What staff send once more is sent all the same.
            known = knows_the_time(appointment) and knows_it_is_confirmed(appointment)
            return Reason.KNOWN if known and not message.is_copy else None
        case Kind.CANCELLED_BY_PATIENT | Kind.CANCELLED_BY_PRACTICE:
            return None if _was_told(appointment) else Reason.NEVER_TOLD
        case Kind.REMINDER | Kind.RIDE_UNCONFIRMED:
            return _reminder_is_over(message, now=now)
        case Kind.EARLIER_OFFERED:
            return None if open_offer(message, now=now) else Reason.OFFER_OVER
        case Kind.OTHER_OFFERED:
            return None if open_times(message, now=now) else Reason.OFFER_OVER
        case Kind.STAFF_UNANSWERED | Kind.STAFF_NONE_SUITS:
            batch = offered.newest(appointment)
            return Reason.OFFERED if batch and batch.held(now) else None
        case Kind.COURSE_PLACED:
            return None if visits_of(message) else Reason.COURSE_OVER
        case Kind.COURSE_CANCELLED:
            return None if any(_was_told(visit) for visit in visits_of(message)) else Reason.NEVER_TOLD
        case _:
            return None


def visits_of(message: Message) -> list[Appointment]:
    """What the message is about: one visit, or those of a course that are still open, or that were cancelled together;
    in order.
    """
    if message.kind not in (Kind.COURSE_PLACED, Kind.COURSE_CANCELLED):
        return [message.appointment]
    of_course = Appointment.objects.filter(course=message.appointment.course_id)
    if message.kind == Kind.COURSE_CANCELLED:
        one = AppointmentEvent.objects.filter(pk=message.first_occasion)
        together = AppointmentEvent.objects.filter(verb=Verb.CANCEL, at__in=one.values("at"))
        of_course = of_course.filter(status=Status.CANCELLED, events__in=together)
    else:
        of_course = of_course.filter(status__in=OPEN)
    return list(of_course.select_related("visit_type", "patient", "course").order_by("starts_at", "pk"))


def open_offer(message: Message, *, now: datetime) -> Offer | None:
    offers = Offer.objects.filter(pk=message.first_occasion, appointment=message.appointment_id)
    return offers.filter(state=Offer.State.OPEN, expires_at__gt=now).first()


def open_times(message: Message, *, now: datetime) -> list[Offer]:
    """Of the batch that it tells of, what can still be taken."""
    batch = offered.newest(message.appointment)
    return batch.held(now) if batch and str(batch.number) == message.first_occasion else []


def knows_the_time(appointment: Appointment) -> bool:
    """Whether the patient knows the time it has, and no other: also where it was moved away and back since.

    Not where one side moved it and the other moved it back: a patient who moved it has been shown the other time.
    """
    if appointment.told_starts_at != appointment.starts_at:
        return False
    actors: set[str] = set()
    for by, moved_from in (
        appointment.events.filter(verb=Verb.RESCHEDULE).order_by("-at", "-pk").values_list("by", "moved_from")
    ):
        actors.add(by)
        if moved_from == appointment.starts_at:
            break
    return len(actors) <= 1


def knows_it_is_confirmed(appointment: Appointment) -> bool:
    """Whether a message has said so, with the entry for their calendar. Of a request there is nothing to know."""
    return appointment.status != Status.CONFIRMED or appointment.in_calendar


def _was_told(appointment: Appointment) -> bool:
    """Of a visit in a course, whether the message that tells of all of them has told of it; of any other, yes.

    Who wants plain messages has been led to a page with all of them.
    """
    if appointment.course_id is None or appointment.patient.plain_messages:
        return True
    return appointment.in_calendar or appointment.messages.filter(state=Message.State.SENT).exists()


def _reminder_is_over(message: Message, *, now: datetime) -> Reason | None:
    if message.appointment.starts_at <= now:
        return Reason.BEGUN
    if message.kind == Kind.RIDE_UNCONFIRMED and not message.appointment.needs_ride_confirmed:
        return Reason.RIDE_SURE
    return Reason.NEARER if _has_newer_reminder(message) else None


def _has_newer_reminder(message: Message) -> bool:
    """After an outage a reminder may wait so long that the next one, nearer to the visit, is there."""
    others = Message.objects.filter(
        appointment=message.appointment_id, kind=message.kind, version=message.version, pk__gt=message.pk
    )
    waiting_or_sent = others.filter(state__in=[Message.State.QUEUED, Message.State.SENDING, Message.State.SENT])
    return waiting_or_sent.exclude(occasion__startswith=message.first_occasion).exists()
