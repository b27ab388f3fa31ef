"""One day at the front desk: who comes when, to whom and where, and what they need."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import offered, when
from booking.admin import patient_words, words
from booking.admin.steps import STEPS, Step, out_of_time, possible
from booking.models import (
    HOLDING,
    NOTED,
    Actor,
    Appointment,
    AppointmentEvent,
    Hold,
    Message,
    Offer,
    Standing,
    Status,
    Verb,
)

SHOWN = 12  # of each list beside the day
# What a patient does to a visit without us, and staff want to hear of.
NEWS = [
    Verb.RESCHEDULE,
    Verb.CANCEL,
    Verb.RIDE,
    Verb.RIDE_SURE,
    Verb.EARLIER,
    Verb.NO_EARLIER,
    Verb.CONTACT,
    Verb.REFUSE,
]


@dataclass(frozen=True)
class Coming:
    """A visit as a line of the day."""

    appointment: Appointment
    state: SafeString
    is_asked: bool  # other times are offered, and their answer is awaited
    ride: SafeString | None
    arrival: SafeString | None
    steps: list[Step]  # what may be noted about it by now
    where: str  # the clinician and the chair that are held for it
    known: str  # whether they are new here
    needs: list[str]


def visits_on(day: date, *, now: datetime) -> list[Coming]:
    """In order of time; of those that are held for. Two queries."""
    span = when.whole_day(day)
    visits = Appointment.objects.filter(starts_at__gte=span.start, starts_at__lt=span.end, status__in=HOLDING)
    held = Hold.objects.select_related("resource").order_by("-resource__kind", "resource__name")
    been = Appointment.objects.filter(
        patient=OuterRef("patient"), status=Status.COMPLETED, starts_at__lt=OuterRef("starts_at")
    )
    found = visits.with_arrival().annotate(has_been=Exists(been)).select_related("visit_type", "patient", "course")
    rows = offered.with_turn(found).prefetch_related(Prefetch("holds", held)).order_by("starts_at", "pk")
    return [_coming(visit, now=now) for visit in rows]


def _coming(visit: Appointment, *, now: datetime) -> Coming:
    return Coming(
        visit,
        words.appointment_state(visit),
        getattr(visit, "turn_at", now) > now,
        words.ride(visit),
        words.arrival(visit),
        _steps(visit, now=now),
        ", ".join(hold.resource.name for hold in visit.holds.all()),
        _known(visit),
        patient_words.needs(visit.patient),
    )


def _steps(visit: Appointment, *, now: datetime) -> list[Step]:
    """They are here; once it has begun, that it took place, or that they did not come, unless they are here. What is
    noted is put right on the visit's page.
    """
    if visit.status in NOTED:
        return []
    is_here = getattr(visit, "arrived_at", None) is not None
    verbs = [Verb.ARRIVE, Verb.COMPLETE, *([] if is_here else [Verb.MISS])]
    return [STEPS[verb] for verb in verbs if possible(verb, visit) and not out_of_time(verb, visit, now=now)]


def _known(visit: Appointment) -> str:
    if getattr(visit, "has_been", False) or visit.patient.standing == Standing.RETURNING:
        return _("returning")
    return _("new") if visit.patient.standing == Standing.NEW else _("perhaps new")


def news(*, now: datetime) -> list[tuple[AppointmentEvent, str, str]]:
    """What patients have changed since yesterday morning, the newest first: the event, when, and what in words."""
    since = when.whole_day(when.local(now).date() - timedelta(days=1)).start
    events = AppointmentEvent.objects.filter(by=Actor.PATIENT, verb__in=NEWS, at__gte=since)
    newest = events.select_related("appointment__patient", "user").order_by("-at", "-pk")[:SHOWN]
    return [(event, words.moment(event.at), words.what(event)) for event in newest]


@dataclass(frozen=True)
class Out:
    """What is held for somebody until they answer: an earlier time, or other times instead of theirs."""

    appointment: Appointment
    what: str
    until: datetime


def offers_out(*, now: datetime) -> list[Out]:
    """The one that runs out first comes first."""
    still = Offer.objects.held(now).select_related("appointment__patient").order_by("expires_at", "pk")
    batches: dict[tuple[int, int], list[Offer]] = {}
    for offer in still:
        batches.setdefault((offer.appointment_id, offer.batch or 0), []).append(offer)
    return [Out(offers[0].appointment, _held(offers), offers[0].expires_at) for offers in batches.values()]


def _held(offers: list[Offer]) -> str:
    if offers[0].batch is None:
        return _("earlier time: %(time)s") % {"time": when.short(offers[0].starts_at)}
    return ngettext("%(count)s other time", "%(count)s other times", len(offers)) % {"count": len(offers)}


def offers_back(*, now: datetime) -> list[tuple[Appointment, str]]:
    """Confirmed visits for which other times were offered in vain, and staff have done nothing since. A request stands
    among those that wait.
    """
    visits = offered.with_turn(Appointment.objects.filter(status=Status.CONFIRMED, starts_at__gt=now))
    since = AppointmentEvent.objects.filter(
        Q(by=Actor.STAFF) | Q(verb=Verb.RESCHEDULE), appointment=OuterRef("pk"), at__gte=OuterRef("turn_at")
    )
    ended = visits.filter(~Exists(since), Q(offer_batch__isnull=False), Q(turn_at__lte=now))
    newest = ended.select_related("patient").order_by("turn_at", "pk")[:SHOWN]
    return [(visit, words.offer_answer(getattr(visit, "offer_state", None))) for visit in newest]


def failed() -> list[tuple[Message, str]]:
    """The newest messages that could not be sent, and why."""
    rows = Message.objects.failed().select_related("appointment__patient").order_by("-created_at", "-pk")
    return [(message, words.failure(message)) for message in rows[:SHOWN]]
