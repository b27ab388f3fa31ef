"""Moving a visit to another time. The row, its link and its calendar entry stay the same."""

from datetime import datetime

from django.db.models import F

from booking import availability
from booking.actions.flood import check_flood
from booking.actions.owed import owe_estimate
from booking.actions.steps import (
    check_patient_in_time,
    hold_for,
    last_event,
    lock,
    lock_appointment,
    move_state,
    record,
    release,
    stop_waiting,
    tell,
    withdraw_offers,
)
from booking.actions.who import SYSTEM, By, NotAllowed
from booking.models import OPEN, Actor, Appointment, Hold, Kind, Status, Verb, VisitType
from booking.slots import Rule, Start
from booking.transactions import SlotTaken, in_transaction


def rule_for(visit_type: VisitType, by: By) -> Rule:
    """What binds the one who moves: notice and horizon are rules for patients, not for the office."""
    return visit_type.staff_rule() if by.actor == Actor.STAFF else visit_type.rule()


def reschedule(*, appointment: Appointment, starts_at: datetime, by: By, now: datetime) -> Appointment:
    """Moves the visit there, all of it or not at all; the old time is free for others.

    A request stays a request and a confirmed visit confirmed. To the time that it has already, it changes nothing.
    Raises SlotTaken, Busy, NotAllowed, and for a patient TooManyRequests, or TooLate after the kind's cut-off.
    """

    def attempt() -> Appointment:
        lock(lockable(appointment))
        before = lock_appointment(appointment, by)
        check_movable(before, by, now=now)
        if before.starts_at == starts_at:
            return before
        rule = rule_for(before.visit_type, by)
        check_flood(before, by, now=now)
        start = availability.start_at(before.visit_type, starts_at, now=now, moving=before, rule=rule)
        if start is None:
            raise SlotTaken
        return move_to(before, start, by=by, now=now)

    return in_transaction(attempt)


def lockable(appointment: Appointment) -> list[int]:
    """What a move may take, and what it gives up."""
    held = Hold.objects.filter(appointment=appointment).values_list("resource_id", flat=True)
    return sorted({*availability.resources_for(appointment.visit_type), *held})


def check_movable(before: Appointment, by: By, *, now: datetime) -> None:
    if before.status not in OPEN or now >= before.starts_at:
        raise NotAllowed(before, last_event(before))
    check_patient_in_time(before, by, now=now)


def move_to(before: Appointment, start: Start, *, by: By, now: datetime) -> Appointment:
    """The move itself, for callers that hold the locks and have found the start free."""
    moved = _put(before, start, by=by, now=now)
    tell(moved, Kind.CHANGED, by=by, now=now)
    owe_estimate([moved], now=now)
    return moved


def move_and_confirm(before: Appointment, start: Start, *, by: By, now: datetime) -> Appointment:
    """To a time that staff have agreed to beforehand: a request is confirmed with it, and one message tells both."""
    if before.status != Status.REQUESTED:
        return move_to(before, start, by=by, now=now)
    moved = _put(before, start, by=by, now=now)
    confirmed = move_state(moved, Verb.CONFIRM, by=SYSTEM, now=now)
    tell(confirmed, Kind.CONFIRMED, by=by, now=now)
    return confirmed


def _put(before: Appointment, start: Start, *, by: By, now: datetime) -> Appointment:
    """There instead of where it was; nobody is told yet."""
    rule = before.visit_type.rule()
    release(before, now=now, moves_to=start.at)
    withdraw_offers(before, now=now)
    Appointment.objects.filter(pk=before.pk).update(
        starts_at=start.at,
        ends_at=start.at + rule.stay,
        version=F("version") + 1,
        sequence=F("sequence") + (1 if before.status == Status.CONFIRMED else 0),
        agreed_at=now if before.status == Status.CONFIRMED else None,
        ride_confirmed_at=None,  # whoever takes them home may not be free then
    )
    moved = Appointment.objects.select_related("visit_type", "patient").get(pk=before.pk)
    hold_for(moved, start, rule)
    record(moved, Verb.RESCHEDULE, before.status, by=by, now=now, moved_from=before.starts_at, moved_to=moved.starts_at)
    if moved.starts_at < before.starts_at:
        stop_waiting(moved, now=now)
    return moved
