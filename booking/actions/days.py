"""Whether the office is open on a public holiday."""

from datetime import datetime

from booking.actions.steps import lock
from booking.actions.who import By
from booking.models import Holiday, Resource
from booking.transactions import in_transaction


def decide_holiday(*, holiday: Holiday, decision: Holiday.Decision, by: By, now: datetime) -> Holiday:
    """Staff close a day or leave it open. Visits already booked on it stay; staff move them.

    Who is booking at this moment is waited for: what is booked afterwards goes by the decision.
    """

    def attempt() -> Holiday:
        lock(list(Resource.objects.active().values_list("pk", flat=True)))
        found = Holiday.objects.select_for_update().get(pk=holiday.pk)
        if found.decision != decision:
            found.decision, found.decided_by, found.decided_at = decision, by.user, now
            found.save(update_fields=["decision", "decided_by", "decided_at"])
        return found

    return in_transaction(attempt, tells=False)
