"""Reads what the arithmetic of `slots` needs: a constant handful of queries, whatever the history."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from booking import apart, explain, when
from booking.models import (
    COUNTING,
    Appointment,
    Closure,
    DatedHours,
    Hold,
    Holiday,
    Patient,
    Resource,
    VisitType,
    WeeklyHours,
)
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
    """At most six queries. A visit that is `moving` stands in its own way neither by its holds, unless what it leaves
    is blocked at once, nor as one of the day's.
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
    own: list[Busy] = []
    visits: set[tuple[int, date]] = set()
    holds = Hold.objects.within(reach).values_list(
        "resource_id",
        "period",
        Coalesce("appointment_id", "offer__appointment_id"),
        Coalesce("appointment__visit_type_id", "offer__appointment__visit_type_id"),
        Coalesce("appointment__starts_at", "offer__starts_at"),
    )
    for resource, period, visit, kind, starts_at in holds:
        held = Busy(resource, Span(period.lower, period.upper))
        if moving is not None and visit == moving.pk:  # moving it anywhere gives up what it has been offered
            own.append(held)
            continue
        busy.append(held)
        if kind == visit_type.pk:
            visits.add((visit, when.local(starts_at).date()))
    return busy + _to_clear(own), Counter(day for _, day in visits)


def _to_clear(held: list[Busy]) -> list[Busy]:
    """What of this nobody can have once it is left, for staff mean to keep that time free of visits."""
    if not held:
        return []
    around = DateTimeTZRange(min(one.span.start for one in held), max(one.span.end for one in held))
    closures = Closure.objects.filter(ended_at=None, period__overlap=around).values_list("resources", "period")
    return [
        Busy(one.resource, Span(max(one.span.start, period.lower), min(one.span.end, period.upper)))
        for resource, period in closures
        for one in held
        if resource == one.resource and one.span.overlaps(Span(period.lower, period.upper))
    ]


def visits_of(patient_id: int) -> QuerySet[Appointment]:
    """All visits that stand in the way of the patient's others."""
    visits = Appointment.objects.filter(patient=patient_id, status__in=COUNTING)
    return visits.select_related("course__template").order_by("starts_at", "pk")


def beside(visit: Appointment, moving: Appointment | None) -> apart.Other:
    """One of the patient's visits as it stands to the one that is `moving`, or else to a new one."""
    span = Span(visit.starts_at, visit.ends_at)
    if moving is None or visit.course is None or visit.course_id != moving.course_id:
        return apart.Other(span)
    side = apart.Side.BEFORE if visit.starts_at < moving.starts_at else apart.Side.AFTER
    are_sessions = visit.course_position is not None and moving.course_position is not None
    return apart.Other(span, side, visit.course.template.min_gap_days if are_sessions else 0)


def suiting(
    starts: list[Start], rule: Rule, visits: Iterable[Appointment], moving: Appointment | None = None
) -> list[Start]:
    """Those of the starts that the patient with these visits may have."""
    zone = timezone.get_default_timezone()
    others = [beside(visit, moving) for visit in visits if visit != moving]
    return [start for start in starts if apart.suits(Span(start.at, start.at + rule.stay), others, zone)]


def free_times(
    visit_type: VisitType,
    *,
    window: Span,
    now: datetime,
    moving: Appointment | None = None,
    patient: Patient | None = None,
    rule: Rule | None = None,
    beside: Sequence[Busy] = (),
) -> list[Start]:
    """Every start of that kind in the window that can be booked at this moment: exactly those, and no other.

    `rule` is what binds the one who asks: patients by the kind's own, staff by `VisitType.staff_rule`. For a visit that
    is `moving` and for one more of a known `patient`, a patient's rule leaves out what clashes with their other visits.
    What is to be held `beside` it counts as held.
    """
    binding = rule or visit_type.rule()
    diary = read_diary(visit_type, window=window, moving=moving)
    found = free_starts(
        rule=binding,
        hours=diary.hours,
        chairs=diary.chairs,
        busy=[*diary.busy, *beside],
        booked_per_day=diary.booked_per_day,
        window=window,
        now=now,
        zone=timezone.get_default_timezone(),
    )
    whose = moving.patient_id if moving else patient.pk if patient else None
    if whose is None or not binding.keeps_apart:
        return found
    return suiting(found, binding, visits_of(whose), moving)


def start_at(
    visit_type: VisitType,
    at: datetime,
    *,
    now: datetime,
    moving: Appointment | None = None,
    patient: Patient | None = None,
    rule: Rule | None = None,
    beside: Sequence[Busy] = (),
) -> Start | None:
    """That very start, if it can be booked."""
    window = Span(at, at + timedelta(minutes=1))
    found = free_times(visit_type, window=window, now=now, moving=moving, patient=patient, rule=rule, beside=beside)
    return found[0] if found and found[0].at == at else None


def why_not(
    visit_type: VisitType, at: datetime, *, now: datetime, moving: Appointment | None = None, rule: Rule | None = None
) -> explain.Refusal | None:
    """The rule of the day that keeps that very start from being offered; None where it is offered.

    It does not look at the patient's other visits: staff, who ask, may book across them.
    """
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
    patient: Patient | None = None,
    rule: Rule | None = None,
) -> list[Start]:
    """The free starts closest to `at`: within a fortnight, where there are so many, else of all there are."""
    binding = rule or visit_type.rule()
    around = Span(at - timedelta(days=14), at + timedelta(days=14))
    found: list[Start] = []
    for window in (around, Span(now, now + binding.horizon)):
        if len(found) < count:
            found = free_times(visit_type, window=window, now=now, moving=moving, patient=patient, rule=binding)
    return nearest(found, at, count)
