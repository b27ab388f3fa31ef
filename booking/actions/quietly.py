"""Cancelling for the patient, who asked us to, or telling them in another way, or not at all."""

from datetime import datetime

from booking import outbox
from booking.actions.steps import move_state, record, tell
from booking.actions.who import By
from booking.models import Appointment, Kind, Reason, Verb
from booking.transactions import in_transaction


def cancel_quietly(*, appointment: Appointment, by: By, now: datetime, as_asked: bool = False) -> Appointment:
    """As `cancel` by staff, but its message is only noted, and not sent. The history says who chose so.

    Raises NotAllowed or Busy.
    """

    def attempt() -> Appointment:
        moved = _cancel(appointment, by=by, now=now, as_asked=as_asked)
        record(moved, Verb.QUIET, moved.status, by=by, now=now)
        kind = Kind.CANCELLED_BY_PATIENT if as_asked else Kind.CANCELLED_BY_PRACTICE
        outbox.write(moved, kind, now=now, withheld=Reason.UNTOLD)
        return moved

    return in_transaction(attempt, tells=False)


def cancel_as_asked(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The patient has asked staff to, on the phone, say; they read that it is done. Raises NotAllowed or Busy."""

    def attempt() -> Appointment:
        moved = _cancel(appointment, by=by, now=now, as_asked=True)
        tell(moved, Kind.CANCELLED_BY_PATIENT, by=by, now=now)
        return moved

    return in_transaction(attempt)


def _cancel(appointment: Appointment, *, by: By, now: datetime, as_asked: bool) -> Appointment:
    moved = move_state(appointment, Verb.CANCEL, by=by, now=now)
    if as_asked:
        record(moved, Verb.ASKED_OFF, moved.status, by=by, now=now)
    return moved
