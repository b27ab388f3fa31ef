"""The verbs that change a visit's state."""

from datetime import datetime, timedelta

from booking.actions.sessions import standing_at
from booking.actions.steps import last_event, lock_appointment, lock_patient, move_state, tell
from booking.actions.who import By, NotAllowed
from booking.models import Actor, Appointment, DeclineReason, Kind, Status, Verb
from booking.transactions import in_transaction

# A visit that a patient cancels this soon before it begins is told to staff at once; others are seen at the desk.
LATE = timedelta(hours=72)


def confirm(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """Staff agree to the visit; the patient is told, with a calendar file."""
    return _move_and_tell(appointment, Verb.CONFIRM, Kind.CONFIRMED, by=by, now=now)


def decline(
    *, appointment: Appointment, by: By, now: datetime, reason: DeclineReason = DeclineReason.TIME
) -> Appointment:
    """Staff can't offer the visit; its time is free again and the patient is told why, and the way on."""

    def attempt() -> Appointment:
        moved = move_state(appointment, Verb.DECLINE, by=by, now=now, reason=reason)
        tell(moved, Kind.DECLINED, by=by, now=now)
        return moved

    return in_transaction(attempt)


def cancel(*, appointment: Appointment, by: By, now: datetime, for_start: datetime | None = None) -> Appointment:
    """The visit will not take place; its time is free again. The patient is told, and staff where it is late.

    Raises TooLate for a patient after the kind's cut-off, and NotAllowed where the visit is no longer at the time that
    the patient was shown.
    """
    if by.actor != Actor.PATIENT:
        return _move_and_tell(appointment, Verb.CANCEL, Kind.CANCELLED_BY_PRACTICE, by=by, now=now)

    def attempt() -> Appointment:
        before = lock_appointment(appointment)
        if for_start and before.starts_at != for_start:
            raise NotAllowed(before, last_event(before))
        moved = move_state(before, Verb.CANCEL, by=by, now=now)
        tell(moved, Kind.CANCELLED_BY_PATIENT, by=by, now=now)
        if moved.starts_at - now < LATE:
            tell(moved, Kind.STAFF_CANCELLED, by=by, now=now)
        return moved

    return in_transaction(attempt)


def complete(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The visit took place, also where it was noted that they did not come; unless its session is placed again."""

    def attempt() -> Appointment:
        before = lock_appointment(appointment, by)
        if before.course and before.status == Status.NO_SHOW:
            lock_patient(before.patient)  # whoever places the session again has locked them, too
            if standing_at(before.course, before.course_position):
                raise NotAllowed(before, last_event(before))
        return move_state(before, Verb.COMPLETE, by=by, now=now)

    return in_transaction(attempt, tells=False)


def miss(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The patient did not come, also where it was noted that the visit took place."""
    return _move_and_tell(appointment, Verb.MISS, by=by, now=now)


def _move_and_tell(appointment: Appointment, verb: Verb, *kinds: Kind, by: By, now: datetime) -> Appointment:
    def attempt() -> Appointment:
        moved = move_state(appointment, verb, by=by, now=now)
        for kind in kinds:
            tell(moved, kind, by=by, now=now)
        return moved

    return in_transaction(attempt, tells=bool(kinds))
