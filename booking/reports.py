"""The practice's figures: counts and times, never names, each stretch by the clinic's clock.

Every report is one or two statements, however long the time, and gives one row for each stretch, then one for them all.
Stretches follow each other without a gap, so that `width_bucket` says in which of them a moment lies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Aggregate, Count, Exists, F, Func, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.utils import timezone

from booking import tally, when
from booking.models import (
    HOLDING,
    Actor,
    Appointment,
    AppointmentEvent,
    DatedHours,
    Hold,
    Holiday,
    Resource,
    Status,
    Verb,
    VisitType,
    WeeklyHours,
)
from booking.slots import Hours, Span
from booking.tally import Stretch
from booking.waiting import SATURDAY

NINE_OF_TEN = 0.9


@dataclass(frozen=True)
class Period:
    """What a report is about: some stretches of time, and one kind of visit or all."""

    stretches: Sequence[Stretch]
    kind: VisitType | None = None

    @cached_property
    def starts(self) -> list[datetime]:
        return [when.whole_day(stretch.first).start for stretch in self.stretches]

    @cached_property
    def span(self) -> Span:
        return Span(self.starts[0], when.whole_day(self.stretches[-1].last).end)

    def visits(self, moment: str) -> QuerySet[Any]:
        """Those whose `moment` lies in it, each with the number of its stretch under `n`, from 1 on."""
        found: QuerySet[Any] = Appointment.objects.filter(
            **{f"{moment}__gte": self.span.start, f"{moment}__lt": self.span.end}
        )
        if self.kind:
            found = found.filter(visit_type=self.kind)
        numbered: QuerySet[Any] = found.annotate(n=self.number(moment))
        return numbered

    def number(self, moment: str) -> Func:
        starts = Value(self.starts, output_field=ArrayField(models.DateTimeField()))
        return Func(F(moment), starts, function="width_bucket", output_field=models.IntegerField())


class Percentile(Aggregate):
    """Of values in order, the one at that share; between two, as far between them."""

    function = "percentile_cont"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.DurationField()

    def __init__(self, expression: Any, share: float) -> None:
        super().__init__(expression, share=share)


@dataclass(frozen=True)
class Requests:
    """Of those that patients asked for in a stretch, what has become of them by now."""

    confirmed: int = 0
    declined: int = 0
    taken_back: int = 0
    waiting: int = 0

    @property
    def settled(self) -> int:
        return self.confirmed + self.declined + self.taken_back


@dataclass(frozen=True)
class Answers:
    """Requests that staff have answered. The times are in working time: days off do not count."""

    count: int = 0
    in_time: int = 0
    median: timedelta = timedelta()
    late: timedelta = timedelta()  # of ten, nine were answered by then


@dataclass(frozen=True)
class Outcomes:
    took_place: int = 0
    missed: int = 0
    not_noted: int = 0  # over, and nobody has said whether the patient came

    @property
    def known(self) -> int:
        return self.took_place + self.missed


@dataclass(frozen=True)
class Lead:
    count: int = 0
    median: timedelta = timedelta()
    late: timedelta = timedelta()


@dataclass(frozen=True)
class Use:
    """Minutes of all chairs together."""

    held: int = 0
    open: int = 0


def _with_sum(rows: list[Any]) -> list[Any]:
    whole = type(rows[0])(*(sum(column) for column in zip(*(astuple(row) for row in rows), strict=True)))
    return [*rows, whole]


def _in_order(period: Period, found: Iterable[dict[str, Any]], kind: type[Any]) -> list[Any]:
    by_number = {row.pop("n"): kind(**row) for row in found}
    return _with_sum([by_number.get(number + 1, kind()) for number in range(len(period.stretches))])


def _events(*verbs: Verb) -> QuerySet[AppointmentEvent]:
    return AppointmentEvent.objects.filter(appointment=OuterRef("pk"), verb__in=verbs)


def requests(period: Period) -> list[Requests]:
    """By the day they were asked for. A visit that was agreed and called off later was confirmed all the same."""
    asked = period.visits("created_at").filter(Exists(_events(Verb.REQUEST)))
    unsettled = Q(status__in=[Status.REQUESTED, Status.DECLINED])
    called_off = Q(status=Status.CANCELLED) & ~Q(was_confirmed=True)
    found = (
        asked.annotate(was_confirmed=Exists(_events(Verb.CONFIRM)))
        .values("n")
        .annotate(
            confirmed=Count("pk", filter=~unsettled & ~called_off),
            declined=Count("pk", filter=Q(status=Status.DECLINED)),
            taken_back=Count("pk", filter=called_off),
            waiting=Count("pk", filter=Q(status=Status.REQUESTED)),
        )
    )
    return _in_order(period, found.order_by(), Requests)


def outcomes(period: Period, *, now: datetime) -> list[Outcomes]:
    """By the day of the visit, and of those that are over."""
    found = (
        period.visits("starts_at")
        .values("n")
        .annotate(
            took_place=Count("pk", filter=Q(status=Status.COMPLETED)),
            missed=Count("pk", filter=Q(status=Status.NO_SHOW)),
            not_noted=Count("pk", filter=Q(status=Status.CONFIRMED, ends_at__lte=now)),
        )
    )
    return _in_order(period, found.order_by(), Outcomes)


def leads(period: Period) -> list[Lead]:
    """Days by the calendar from the asking to the visit as it stands now; by the day it was asked for."""
    zone = timezone.get_default_timezone()
    asked = period.visits("created_at").filter(Exists(_events(Verb.REQUEST)), status__in=HOLDING)
    days = TruncDate("starts_at", tzinfo=zone) - TruncDate("created_at", tzinfo=zone)
    figures = {"count": Count("pk"), "median": Percentile(days, 0.5), "late": Percentile(days, NINE_OF_TEN)}
    by_number = {row.pop("n"): Lead(**row) for row in asked.values("n").annotate(**figures).order_by()}
    whole = asked.aggregate(**figures)
    rows = [by_number.get(number + 1, Lead()) for number in range(len(period.stretches))]
    return [*rows, Lead(**whole) if whole["count"] else Lead()]


# `worked` is how many seconds of working time lie before a moment, counted from a Monday long ago: five days of each
# week, less the closed ones, and of a working day what has passed. The clock is never changed on a working day.
ANSWERS = """
WITH answered AS (
    SELECT visit.id, width_bucket(visit.created_at, %(starts)s::timestamptz[]) AS n,
           visit.created_at AT TIME ZONE %(zone)s AS asked, answer.at AT TIME ZONE %(zone)s AS answered
    FROM booking_appointment AS visit
    CROSS JOIN LATERAL (
        SELECT event.at FROM booking_appointmentevent AS event
        WHERE event.appointment_id = visit.id AND event.verb = ANY(%(answers)s) AND event.by = %(staff)s
        ORDER BY event.id LIMIT 1
    ) AS answer
    WHERE visit.created_at >= %(first)s AND visit.created_at < %(end)s
      AND (%(kind)s::bigint IS NULL OR visit.visit_type_id = %(kind)s)
      AND EXISTS (
        SELECT FROM booking_appointmentevent AS event WHERE event.appointment_id = visit.id AND event.verb = %(request)s
      )
), waits AS (
    SELECT n, max(worked) - min(worked) AS wait
    FROM answered
    CROSS JOIN LATERAL (VALUES (asked), (answered)) AS moments (at)
    CROSS JOIN LATERAL (SELECT at::date AS day, at::date - DATE '2001-01-01' AS since) AS days
    CROSS JOIN LATERAL (
        SELECT 86400 * (since / 7 * 5 + least(since %% 7, 5) - width_bucket(day - 1, %(closed)s::date[]))
             + CASE WHEN since %% 7 < 5 AND day <> ALL(%(closed)s::date[]) THEN extract(epoch FROM at::time) ELSE 0 END
               AS worked
    ) AS work
    GROUP BY answered.id, n
)
SELECT n, count(*), count(*) FILTER (WHERE wait <= %(promise)s),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY wait), percentile_cont(%(late)s) WITHIN GROUP (ORDER BY wait)
FROM waits GROUP BY ROLLUP (n)
"""
LONG_AGO = date(2001, 1, 1)


def answers(period: Period, *, promise: timedelta) -> list[Answers]:
    """By the day they were asked for: how long until staff first confirmed, declined or offered other times. What needs
    no answer is left out.
    """
    closed = [day for day in Holiday.objects.closed().order_by("day").values_list("day", flat=True) if _works(day)]
    values: dict[str, Any] = {
        "starts": period.starts,
        "first": period.span.start,
        "end": period.span.end,
        "kind": period.kind.pk if period.kind else None,
        "zone": str(timezone.get_default_timezone()),
        "answers": [Verb.CONFIRM.value, Verb.DECLINE.value, Verb.OFFER.value],
        "staff": Actor.STAFF.value,
        "request": Verb.REQUEST.value,
        "closed": closed or [LONG_AGO],  # an empty array has no buckets; one day long ago takes itself away again
        "promise": promise.total_seconds(),
        "late": NINE_OF_TEN,
    }
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, values)
        found = {n: _answers(*figures) for n, *figures in cursor.fetchall() if figures[0]}
    numbers = [*range(1, len(period.stretches) + 1), None]
    return [found.get(number, Answers()) for number in numbers]


def _answers(count: int, in_time: int, median: float, late: float) -> Answers:
    return Answers(count, in_time, timedelta(seconds=float(median)), timedelta(seconds=float(late)))


def _works(day: date) -> bool:
    return day.weekday() < SATURDAY


def chairs(period: Period) -> list[Use]:
    """By the day of the visit: how long chairs are held for visits, of the time in which they can be had at all."""
    held = (
        period.visits("starts_at")
        .filter(holds__resource__kind=Resource.Kind.CHAIR)
        .values("n")
        .annotate(held=Sum(F("holds__period__endswith") - F("holds__period__startswith")))
    )
    by_number = {row["n"]: round(row["held"].total_seconds() / 60) for row in held.order_by()}
    opened = _open(period)
    return _with_sum([Use(by_number.get(number, 0), minutes) for number, minutes in enumerate(opened, start=1)])


def _open(period: Period) -> list[int]:
    """Minutes of each stretch, by the hours as they are known today."""
    days = (period.stretches[0].first, period.stretches[-1].last)
    clinicians = {"clinician__is_active": True}
    hours = Hours(
        weekly=[item.as_opening() for item in WeeklyHours.objects.filter(**clinicians)],
        dated=[item.as_dated_opening() for item in DatedHours.objects.filter(**clinicians, day__range=days)],
        closed=frozenset(Holiday.objects.closing().filter(day__range=days).values_list("day", flat=True)),
    )
    usable = list(Resource.objects.active().chairs().values_list("pk", flat=True))
    blocked: dict[int, list[Span]] = {}
    for block in Hold.objects.within(period.span).blocks():
        blocked.setdefault(block.resource_id, []).append(block.span)
    zone = timezone.get_default_timezone()
    return [tally.open_minutes(one.days(), hours, usable, blocked, zone) for one in period.stretches]
