"""Why a time is not offered: the rule that closes it, and what is needed to word it. No Django, no clock.

Each question is put to the functions of `booking.slots` that also decide what is offered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import IntEnum, auto

from booking.slots import (
    NOTHING,
    Busy,
    Chair,
    Hours,
    Rule,
    Span,
    bookable,
    chair_span,
    clinician_is_free,
    clinician_span,
    free_chair,
    grid,
    is_full,
    merged_by_resource,
    shift,
)


class Reason(IntEnum):
    """The rules in the order in which a time passes them: the last one reached is the closest to being offered."""

    NOTICE = auto()
    HORIZON = auto()
    CLOSED_DAY = auto()
    NO_HOURS = auto()
    OUTSIDE_HOURS = auto()
    ENDS_TOO_LATE = auto()
    OFF_STEP = auto()
    DAILY_LIMIT = auto()
    CLINICIAN_HELD = auto()
    NO_CHAIR = auto()


@dataclass(frozen=True)
class Refusal:
    """One rule, and what it looked at."""

    reason: Reason
    edge: datetime | None = None  # the first moment after the notice, the end of the horizon, or when the hours end
    clinician: int | None = None
    hours: tuple[Span, ...] = ()  # the clinician's, that day
    held: tuple[Busy, ...] = ()  # what holds the clinician, or each chair (none where there is no chair at all)


def why_not(
    at: datetime,
    *,
    rule: Rule,
    hours: Hours,
    chairs: Sequence[Chair],
    busy: Sequence[Busy],
    booked_per_day: dict[date, int],
    now: datetime,
    zone: tzinfo,
) -> Refusal | None:
    """None exactly where `free_starts` offers the time. Of several clinicians the one who came closest is told."""
    at, bounds = shift(at, NOTHING), bookable(rule, now)
    if at < bounds.start:
        return Refusal(Reason.NOTICE, edge=bounds.start)
    if at >= bounds.end:
        return Refusal(Reason.HORIZON, edge=bounds.end)
    day = at.astimezone(zone).date()
    there = hours.on(day, zone)
    if not there:
        return Refusal(Reason.CLOSED_DAY if day in hours.closed else Reason.NO_HOURS)
    full = is_full(day, rule, booked_per_day)
    refusals = []
    for clinician, openings in there.items():
        refusal = (
            _by_hours(at, clinician, openings, rule)
            or (Refusal(Reason.DAILY_LIMIT) if full else None)
            or _by_holds(at, clinician, rule, chairs, busy)
        )
        if refusal is None:
            return None
        refusals.append(refusal)
    return max(refusals, key=lambda refusal: refusal.reason)


def _by_hours(at: datetime, clinician: int, openings: Sequence[Span], rule: Rule) -> Refusal | None:
    if at in grid(openings, rule):
        return None
    hours = tuple(openings)
    within = next((opening for opening in openings if opening.start <= at < opening.end), None)
    if within is None:
        return Refusal(Reason.OUTSIDE_HOURS, clinician=clinician, hours=hours)
    if at + rule.stay > within.end:
        return Refusal(Reason.ENDS_TOO_LATE, edge=within.end, clinician=clinician, hours=hours)
    return Refusal(Reason.OFF_STEP, edge=within.start, clinician=clinician, hours=hours)


def _by_holds(
    at: datetime, clinician: int, rule: Rule, chairs: Sequence[Chair], busy: Sequence[Busy]
) -> Refusal | None:
    busy_of = merged_by_resource(busy)
    if not clinician_is_free(at, clinician, rule, busy_of):
        held = _in_the_way(clinician, clinician_span(at, rule), busy)
        return Refusal(Reason.CLINICIAN_HELD, clinician=clinician, held=held)
    if not rule.needs_chair or free_chair(at, rule, chairs, busy_of):
        return None
    taken = [item for chair in chairs for item in _in_the_way(chair.resource, chair_span(at, rule, chair), busy)]
    return Refusal(Reason.NO_CHAIR, clinician=clinician, held=tuple(taken))


def _in_the_way(resource: int, wanted: Span, busy: Iterable[Busy]) -> tuple[Busy, ...]:
    """Everything of that resource which overlaps, in order. Not merged: each hold has a name."""
    found = [item for item in busy if item.resource == resource and item.span.overlaps(wanted)]
    return tuple(sorted(found, key=lambda item: item.span))
