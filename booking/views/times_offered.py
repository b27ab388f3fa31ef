"""The times that staff have offered, as the patient's own page shows them."""

from dataclasses import dataclass
from datetime import datetime

from booking import availability, offered, when
from booking.models import OPEN, Appointment, Offer, Verb
from booking.slots import Span

# With these, what was offered no longer matters.
SETTLED = [Verb.CONFIRM, Verb.RESCHEDULE]


@dataclass(frozen=True)
class Time:
    offer: Offer
    end: datetime
    other: Appointment | None  # a visit of theirs that it overlaps with


def shown(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    """What can be chosen, and until when; or how the last offer ended, as long as nothing else was settled."""
    batch = offered.newest(appointment)
    if batch is None or appointment.status not in OPEN or now >= appointment.starts_at:
        return {}
    held = batch.held(now)
    if held:
        times = _times(appointment, held)
        return {"times": times, "batch": batch.number, "times_until": when.soon(batch.until, now=now)}
    settled = appointment.events.filter(verb__in=SETTLED, at__gte=batch.offers[0].offered_at)
    return {} if settled.exists() else {"times_over": str(batch.state_at(now))}


def gone(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    """For who answers what can't be answered any more."""
    batch = offered.newest(appointment)
    return {
        "to_come": appointment.status in OPEN and now < appointment.starts_at,
        "is_chosen": batch is not None and batch.state == Offer.State.TAKEN,
        "can_still_choose": batch is not None and bool(batch.held(now)),
        "can_change": appointment.can_be_changed_by_patient(now),
    }


def _times(appointment: Appointment, held: list[Offer]) -> list[Time]:
    stay = appointment.visit_type.rule().stay
    visits = [visit for visit in availability.visits_of(appointment.patient_id) if visit != appointment]

    def overlapping(span: Span) -> Appointment | None:
        return next((visit for visit in visits if span.overlaps(Span(visit.starts_at, visit.ends_at))), None)

    spans = [Span(offer.starts_at, offer.starts_at + stay) for offer in held]
    return [Time(offer, span.end, overlapping(span)) for offer, span in zip(held, spans, strict=True)]
