"""Reads what the arithmetic of `slots` needs: a constant handful of queries, whatever the history."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from booking import explain, when
from booking.models import Appointment, DatedHours, Hold, Holiday, Resource, VisitType, WeeklyHours
from booking.slots import Busy, Chair, Hours, Rule, Span, Start, free_starts, nearest

# Holds outside the window matter to visits that start inside it: those last at most 10 hours with 4 on either side
# (the bounds of VisitType and Resource), and a local day may reach a day beyond the window.
REACH = timedelta(days=2)


@dataclass(frozen=True)
class Diary:
    """What stands around a window of time: all that decides what is free in it."""

    hours: Hours
    chairs: list[Chair]
    busy: list[Busy]
    booked_per_day: dict[date, int]


def resources_for(visit_type: VisitType) -> list[int]:
    """The rows that decide whether a time is free; a booking locks them all."""
    kinds = [Resource.Kind.CLINICIAN]
    if visit_type.needs_chair:
        kinds.append(Resource.Kind.CHAIR)
    return list(Resource.objects.active().filter(kind__in=kinds).order_by("pk").values_list("pk", flat=True))


def read_diary(visit_type: VisitType, *, window: Span, moving: Appointment | None = None) -> Diary:
    """At most five queries. A visit that is being `moved` stands in its own way neither by its holds nor as one
    of the day's.
    """
    reach = Span(window.start - REACH, window.end + REACH)
    days = (when.local(reach.start).date(), when.local(reach.end).date())
    hours = Hours(
        weekly=[item.as_opening() for item in WeeklyHours.objects.filter(clinician__is_active=True)],
        dated=[
            item.as_dated_opening() for item in DatedHours.objects.filter(clinician__is_active=True, day__range=days)
        ],
        closed=frozenset(Holiday.objects.closing().filter(day__range=days).values_list("day", flat=True)),
    )
    chairs: list[Chair] = []
    if visit_type.needs_chair:
        chairs = [chair.as_chair() for chair in Resource.objects.active().chairs().order_by("pk")]
    busy, booked_per_day = _read_holds(visit_type, reach, moving)
    return Diary(hours, chairs, busy, booked_per_day)


def _read_holds(visit_type: VisitType, reach: Span, moving: Appointment | None) -> tuple[list[Busy], dict[date, int]]:
    """What is held, and how many visits of the kind each day has. A time offered to somebody counts as theirs:
    they may take it.
    """
    busy: list[Busy] = []
    visits: set[tuple[int, date]] = set()
    holds = Hold.objects.within(reach).values_list(
        "resource_id",
        "period",
        Coalesce("appointment_id", "offer__appointment_id"),
        Coalesce("appointment__visit_type_id", "offer__appointment__visit_type_id"),
        Coalesce("appointment__starts_at", "offer__starts_at"),
    )
    for resource, period, visit, kind, starts_at in holds:
        if moving is not None and visit == moving.pk:  # moving it anywhere gives up what it has been offered
            continue
        busy.append(Busy(resource, Span(period.lower, period.upper)))
        if kind == visit_type.pk:
            visits.add((visit, when.local(starts_at).date()))
    return busy, Counter(day for _, day in visits)


def free_times(
    visit_type: VisitType,
    *,
    window: Span,
    now: datetime,
    moving: Appointment | None = None,
    rule: Rule | None = None,
) -> list[Start]:
    """Every start of that kind in the window that can be booked at this moment: exactly those, and no other.

    `rule` is what binds the one who asks: patients by the kind's own, staff by `VisitType.staff_rule`.
    """
    diary = read_diary(visit_type, window=window, moving=moving)
    return free_starts(
        rule=rule or visit_type.rule(),
        hours=diary.hours,
        chairs=diary.chairs,
        busy=diary.busy,
        booked_per_day=diary.booked_per_day,
        window=window,
        now=now,
        zone=timezone.get_default_timezone(),
    )


def start_at(
    visit_type: VisitType, at: datetime, *, now: datetime, moving: Appointment | None = None, rule: Rule | None = None
) -> Start | None:
    """That very start, if it can be booked."""
    window = Span(at, at + timedelta(minutes=1))
    found = free_times(visit_type, window=window, now=now, moving=moving, rule=rule)
    return found[0] if found and found[0].at == at else None


def why_not(
    visit_type: VisitType, at: datetime, *, now: datetime, moving: Appointment | None = None, rule: Rule | None = None
) -> explain.Refusal | None:
    """The rule that keeps that very start from being offered; None where it is offered."""
    diary = read_diary(visit_type, window=Span(at, at + timedelta(minutes=1)), moving=moving)
    return explain.why_not(
        at,
        rule=rule or visit_type.rule(),
        hours=diary.hours,
        chairs=diary.chairs,
        busy=diary.busy,
        booked_per_day=diary.booked_per_day,
        now=now,
        zone=timezone.get_default_timezone(),
    )


def nearest_free(
    visit_type: VisitType,
    at: datetime,
    *,
    now: datetime,
    count: int = 3,
    moving: Appointment | None = None,
    rule: Rule | None = None,
) -> list[Start]:
    """The free starts closest to `at`: within a fortnight, else the next ones there are."""
    binding = rule or visit_type.rule()
    around = Span(at - timedelta(days=14), at + timedelta(days=14))
    found = free_times(visit_type, window=around, now=now, moving=moving, rule=binding)
    if not found:
        found = free_times(visit_type, window=Span(now, now + binding.horizon), now=now, moving=moving, rule=binding)
    return nearest(found, at, count)
