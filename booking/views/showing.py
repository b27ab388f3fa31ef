"""What stands on the patient's own page: one reading, the same few queries however long the history."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import links, patient_calendar, when
from booking.models import OPEN, Actor, Appointment, DeclineReason, Offer, Status, Verb, VisitType
from booking.views import times_offered

# What did not come about as the patient asked for it.
WANTS_ANOTHER_TIME = frozenset({Status.REQUESTED, Status.DECLINED, Status.CANCELLED})
FRESH = timedelta(minutes=1)  # how long the page says what has just been done


@dataclass(frozen=True)
class Session:
    """Another visit of the same course. Its link opens its own page."""

    appointment: Appointment
    url: str


def whole_page(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    is_open = appointment.status in OPEN
    to_come = is_open and now < appointment.starts_at
    prefetch_related_objects([appointment], "offers")
    newest = _newest_earlier(appointment) if to_come else None
    offer = newest if newest and is_held(newest, now=now) else None
    because = appointment.declined_because() if appointment.status == Status.DECLINED else None
    kinds = list(VisitType.objects.offered_again_to(appointment.patient))
    return {
        "appointment": appointment,
        "is_open": is_open and now < appointment.ends_at,
        "to_come": to_come,
        "can_change": appointment.can_be_changed_by_patient(now),
        "in_calendar": appointment.status == Status.CONFIRMED and now < appointment.ends_at,
        "news": _news(appointment, newest, now=now),
        "offer": offer,
        "offer_until": when.soon(offer.expires_at, now=now) if offer else "",
        "asks_for_earlier": to_come and asks_for_earlier(appointment),
        "bring": appointment.visit_type.things_to_bring() if to_come else [],
        "preparations": appointment.preparations() if to_come else [],
        "sessions": _sessions(appointment),
        "has_feed": has_feed(appointment, now=now),
        **times_offered.shown(appointment, now=now),
        "can_book": bool(kinds),
        "because": because,
        "again_url": _another_time(appointment, kinds, because) if appointment.status in WANTS_ANOTHER_TIME else "",
    }


def _another_time(appointment: Appointment, kinds: list[VisitType], because: DeclineReason | None) -> str:
    """Straight to the times of the same kind, where that is open to them and right; else to the kinds that are."""
    if appointment.visit_type in kinds and because != DeclineReason.KIND:
        return reverse("visit:again_times", args=[appointment.public_id, appointment.visit_type.slug])
    return reverse("visit:again", args=[appointment.public_id]) if kinds else ""


def has_feed(appointment: Appointment, *, now: datetime) -> bool:
    """Whether there is anything in the patient's calendar. An empty one is none."""
    return appointment.status == Status.CONFIRMED or patient_calendar.visits(appointment, now=now).exists()


def is_held(offer: Offer, *, now: datetime) -> bool:
    """What has run out is over, also before the next sweep has ended it."""
    return offer.state == Offer.State.OPEN and now < offer.expires_at


def _newest_earlier(appointment: Appointment) -> Offer | None:
    offers = [offer for offer in appointment.offers.all() if offer.batch is None]
    return max(offers, key=lambda offer: (offer.offered_at, offer.pk), default=None)


def asks_for_earlier(appointment: Appointment) -> bool:
    return appointment.earlier_requests.filter(ended_at=None).exists()


def _sessions(appointment: Appointment) -> list[Session]:
    """All visits of its course, in order; none where it is the only one."""
    if appointment.course is None:
        return []
    visits = appointment.course.appointments.select_related("visit_type", "course").order_by("starts_at", "pk")
    found = [Session(visit, reverse("visit:link", args=[f"{links.token_for(visit)}/"])) for visit in visits]
    return found if len(found) > 1 else []


def _news(appointment: Appointment, newest: Offer | None, *, now: datetime) -> str:
    """What the patient has just done, in words. Read from what is stored, so it can't say more."""
    last = appointment.events.exclude(by=Actor.SYSTEM).order_by("-pk").first()
    if newest and newest.state == Offer.State.REFUSED and newest.ended_at and now - newest.ended_at < FRESH:
        return _("Done. You keep the time you have.")
    if last is None or last.by != Actor.PATIENT or now - last.at >= FRESH:
        return ""
    match last.verb:
        case Verb.RESCHEDULE if appointment.status == Status.REQUESTED:
            return _("Your request has a new time. We still need to confirm it.")
        case Verb.RESCHEDULE:
            return _("Done. Your visit has a new time.")
        case Verb.RIDE_SURE:
            return _("Thank you. Your ride home is confirmed.")
        case Verb.RIDE if appointment.ride_name:
            return _("Thank you. We have noted who takes you home.")
        case Verb.RIDE:
            return _("Done. We have noted that you don’t know yet who takes you home.")
        case Verb.CONTACT:
            return _("Done. This is how we contact you from now on.")
        case Verb.EARLIER:
            return _("Done. We write to you as soon as an earlier time is free for you.")
        case Verb.REFUSE:
            return _("Thank you for telling us. We get in touch with you.")
        case Verb.NO_EARLIER:
            return _("Done. You keep the time you have, and we offer you no earlier one.")
        case _:
            return ""
