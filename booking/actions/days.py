"""Whether the office is open on a public holiday."""

from datetime import datetime

from booking import when
from booking.actions.steps import close_offers, lock, lock_appointment
from booking.actions.who import By
from booking.models import Holiday, Offer, Resource
from booking.transactions import in_transaction


def decide_holiday(*, holiday: Holiday, decision: Holiday.Decision, by: By, now: datetime) -> Holiday:
    """Staff close a day or leave it open. Visits already booked on it stay; staff move them. What has only been offered
    to somebody on a day that is not open is withdrawn.

    Who is booking at this moment is waited for: what is booked afterwards goes by the decision.
    """

    def attempt() -> Holiday:
        lock(list(Resource.objects.active().values_list("pk", flat=True)))
        found = Holiday.objects.select_for_update().get(pk=holiday.pk)
        if found.decision != decision:
            found.decision, found.decided_by, found.decided_at = decision, by.user, now
            found.save(update_fields=["decision", "decided_by", "decided_at"])
        if decision != Holiday.Decision.OPEN:
            _withdraw_offers(found, now=now)
        return found

    return in_transaction(attempt, tells=False)


def _withdraw_offers(holiday: Holiday, *, now: datetime) -> None:
    day = when.whole_day(holiday.day)
    offers = Offer.objects.filter(state=Offer.State.OPEN, starts_at__gte=day.start, starts_at__lt=day.end)
    for offer in offers.select_related("appointment").order_by("appointment"):
        lock_appointment(offer.appointment)
        close_offers(offers.filter(pk=offer.pk), Offer.State.WITHDRAWN, now=now)
