"""Times to be cleared in which visits still stand, and what becomes of the time of a visit that leaves."""

from datetime import datetime
from enum import Enum

from django.db.models import Exists, OuterRef, QuerySet

from booking.models import OPEN, Appointment, Closure, Hold
from booking.slots import left_of


def to_clear(*, now: datetime) -> QuerySet[Closure]:
    """Times that staff mean to keep free of visits, and in which some still stand."""
    return _held_in(Hold.objects.filter(appointment__status__in=OPEN), now=now)


def to_leave(visit: Appointment, *, now: datetime) -> QuerySet[Closure]:
    """Those of them in which this visit stands."""
    return _held_in(Hold.objects.filter(appointment=visit), now=now)


def _held_in(holds: QuerySet[Hold], *, now: datetime) -> QuerySet[Closure]:
    held = holds.filter(resource=OuterRef("resource"), period__overlap=OuterRef("closure__period"))
    waiting = Closure.resources.through.objects.filter(Exists(held), closure=OuterRef("pk"))
    return Closure.objects.open(now).filter(Exists(waiting)).order_by("period")


class Freed(Enum):
    """What becomes of a visit's time when the visit leaves it."""

    FREE = 1
    IN_PART = 2
    BLOCKED = 3


def freed_by(visit: Appointment, *, now: datetime) -> Freed:
    """Free for others, unless it is to be cleared."""
    closures = list(to_leave(visit, now=now).prefetch_related("resources"))
    if not closures:
        return Freed.FREE
    is_free_in_part = any(
        left_of(hold.span, [closure.span for closure in closures if hold.resource in closure.resources.all()])
        for hold in visit.holds.select_related("resource")
    )
    return Freed.IN_PART if is_free_in_part else Freed.BLOCKED
