"""Reads what the arithmetic of `slots` needs: a constant handful of queries, whatever the history."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models.functions import TruncDate
from django.utils import timezone

from booking.models import Appointment, Hold, Resource, VisitType, WeeklyHours
from booking.models.states import HOLDING
from booking.slots import Busy, Span, Start, free_starts, nearest

# Holds outside the window matter to visits that start inside it: those last at most 10 hours with 4 on either side
# (the bounds of VisitType and Resource), and a local day may reach a day beyond the window.
REACH = timedelta(days=2)


def resources_for(visit_type: VisitType) -> list[int]:
    """The rows that decide whether a time is free; a booking locks them all."""
    kinds = [Resource.Kind.CLINICIAN]
    if visit_type.needs_chair:
        kinds.append(Resource.Kind.CHAIR)
    return list(Resource.objects.active().filter(kind__in=kinds).order_by("pk").values_list("pk", flat=True))


def free_times(visit_type: VisitType, *, window: Span, now: datetime) -> list[Start]:
    """Every start of that kind in the window that can be booked at this moment: exactly those, and no other."""
    zone = timezone.get_default_timezone()
    hours = WeeklyHours.objects.filter(clinician__is_active=True)
    chairs: Sequence[Resource] = ()
    if visit_type.needs_chair:
        chairs = list(Resource.objects.active().filter(kind=Resource.Kind.CHAIR).order_by("pk"))
    reach = Span(window.start - REACH, window.end + REACH)
    holds = Hold.objects.within(reach).select_related(None)
    return free_starts(
        rule=visit_type.rule(),
        openings=[item.as_opening() for item in hours],
        chairs=[chair.as_chair() for chair in chairs],
        busy=[Busy(hold.resource_id, hold.span) for hold in holds],
        booked_per_day=_booked_per_day(visit_type, reach) if visit_type.daily_limit is not None else {},
        window=window,
        now=now,
        zone=zone,
    )


def _booked_per_day(visit_type: VisitType, window: Span) -> dict[date, int]:
    days = (
        Appointment.objects.filter(
            visit_type=visit_type, status__in=HOLDING, starts_at__gte=window.start, starts_at__lt=window.end
        )
        .annotate(day=TruncDate("starts_at", tzinfo=timezone.get_default_timezone()))
        .values_list("day", flat=True)
    )
    counts: dict[date, int] = {}
    for day in days:
        counts[day] = counts.get(day, 0) + 1
    return counts


def start_at(visit_type: VisitType, at: datetime, *, now: datetime) -> Start | None:
    """That very start, if it can be booked."""
    found = free_times(visit_type, window=Span(at, at + timedelta(minutes=1)), now=now)
    return found[0] if found and found[0].at == at else None


def nearest_free(visit_type: VisitType, at: datetime, *, now: datetime, count: int = 3) -> list[Start]:
    """The free starts closest to `at`: within a fortnight, else the next ones there are."""
    around = Span(at - timedelta(days=14), at + timedelta(days=14))
    found = free_times(visit_type, window=around, now=now)
    if not found:
        found = free_times(visit_type, window=Span(now, now + visit_type.rule().horizon), now=now)
    return nearest(found, at, count)
