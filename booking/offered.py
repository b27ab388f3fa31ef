"""Other times that staff have offered for a visit: a batch of them, of which the patient takes one or none."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from booking.models import Appointment, AppointmentEvent, Offer, Status, Verb

State = Offer.State
# What the batch is as a whole, by the first of these that any of its times is.
AS_A_WHOLE = (State.OPEN, State.TAKEN, State.REFUSED, State.EXPIRED, State.WITHDRAWN)


@dataclass(frozen=True)
class Batch:
    """Not empty; in order of time."""

    offers: list[Offer]

    @property
    def number(self) -> int:
        return self.offers[0].batch or 0

    @property
    def state(self) -> Offer.State:
        states = {offer.state for offer in self.offers}
        return next(state for state in AS_A_WHOLE if state in states)

    @property
    def until(self) -> datetime:
        return self.offers[0].expires_at

    def state_at(self, now: datetime) -> Offer.State:
        """What has run out is over, also before the next sweep has ended it."""
        has_run_out = self.state == State.OPEN and now >= self.until
        return State.EXPIRED if has_run_out else self.state

    def held(self, now: datetime) -> list[Offer]:
        """What the patient may take. A single time may have been withdrawn, as for a day that was closed."""
        return [offer for offer in self.offers if offer.state == State.OPEN and now < offer.expires_at]


def newest(appointment: Appointment) -> Batch | None:
    """By one query, or none where the offers were read before."""
    others = sorted((one for one in appointment.offers.all() if one.batch), key=lambda one: one.starts_at)
    last = max((one.batch or 0 for one in others), default=0)
    return Batch([one for one in others if one.batch == last]) if others else None


def with_turn(visits: QuerySet[Appointment]) -> QuerySet[Appointment]:
    """Each with `turn_at`: since when a request has been waiting for staff. It was asked for then, or what they had
    offered was refused or ran out then; a moment that is still to come is until when the patient may answer.

    `offer_state` says which, and `moved_since` whether the visit has another time by now. What was withdrawn counts as
    if it had never been offered.
    """
    answerable = Offer.objects.by_staff().filter(
        appointment=OuterRef("pk"), state__in=[State.OPEN, State.REFUSED, State.EXPIRED]
    )
    # Postgres leaves out what is NULL: the end of what is open.
    newest = answerable.annotate(end=Least("ended_at", "expires_at")).order_by("-batch", "-pk")
    return visits.annotate(
        turn_at=Coalesce(Subquery(newest.values("end")[:1]), F("created_at")),
        offer_state=Subquery(newest.values("state")[:1]),
        offer_batch=Subquery(newest.values("batch")[:1]),
        offered_at=Subquery(newest.values("offered_at")[:1]),
    ).annotate(
        moved_since=Exists(
            AppointmentEvent.objects.filter(
                appointment=OuterRef("pk"), verb=Verb.RESCHEDULE, at__gte=OuterRef("offered_at")
            )
        )
    )


def is_turned_down(appointment: Appointment, *, now: datetime) -> bool:
    """Whether the patient was told that the time asked for can't be had, and nothing came of those offered instead.

    Of a row read `with_turn`.
    """
    if appointment.status != Status.REQUESTED or getattr(appointment, "offer_state", None) is None:
        return False
    turn: datetime = getattr(appointment, "turn_at", now)
    return turn <= now and not getattr(appointment, "moved_since", False)
