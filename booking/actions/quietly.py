"""Cancelling a visit of which the patient is told in another way, or not at all."""

from datetime import datetime

from booking import outbox
from booking.actions.steps import move_state, record
from booking.actions.who import By
from booking.models import Appointment, Kind, Reason, Verb
from booking.transactions import in_transaction


def cancel_quietly(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """As `cancel` by staff, but its message is only noted, and not sent. The history says who chose so.

    Raises NotAllowed or Busy.
    """

    def attempt() -> Appointment:
        moved = move_state(appointment, Verb.CANCEL, by=by, now=now)
        record(moved, Verb.QUIET, moved.status, by=by, now=now)
        outbox.write(moved, Kind.CANCELLED_BY_PRACTICE, now=now, withheld=Reason.UNTOLD)
        return moved

    return in_transaction(attempt, tells=False)
