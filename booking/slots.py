"""The arithmetic of free times. Plain values in, plain values out: no Django, no clock.

Periods are half-open, [start, end), and every datetime in or out is aware. Lengths are added in UTC, because
adding to a local time across a change of the clock would add wall time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

NOTHING = timedelta()


@dataclass(frozen=True, order=True)
class Span:
    """A half-open period in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Span") -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True)
class Opening:
    """Weekly hours of one resource: local times on one weekday (Monday is 0)."""

    resource: int
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True)
class DatedOpening:
    """Hours of one resource on one date, instead of its weekly ones. Without times: none that day."""

    resource: int
    day: date
    opens: time | None = None
    closes: time | None = None


@dataclass(frozen=True)
class Busy:
    """A resource is held for a span."""

    resource: int
    span: Span


@dataclass(frozen=True)
class Chair:
    """A treatment chair and how long it takes to make it ready for the next person."""

    resource: int
    turnover: timedelta = NOTHING


@dataclass(frozen=True)
class Rule:
    """What one kind of visit asks of the day."""

    stay: timedelta
    clinician_part: timedelta
    step: timedelta
    buffer_before: timedelta = NOTHING
    buffer_after: timedelta = NOTHING
    notice: timedelta = NOTHING
    horizon: timedelta = timedelta(days=60)
    needs_chair: bool = False
    daily_limit: int | None = None
    keeps_apart: bool = True  # from the patient's other visits (`booking.apart`)


@dataclass(frozen=True, order=True)
class Start:
    """A time that can be booked, with who and what it would hold."""

    at: datetime
    clinician: int
    chair: int | None = None


def shift(moment: datetime, by: timedelta) -> datetime:
    """`moment` plus real, elapsed time, in UTC."""
    return moment.astimezone(UTC) + by


def opening_span(day: date, opens: time, closes: time, zone: tzinfo) -> Span | None:
    """That day's local times in UTC. None where a change of the clock leaves nothing between them."""
    start = datetime.combine(day, opens, zone).astimezone(UTC)
    end = datetime.combine(day, closes, zone).astimezone(UTC)
    return Span(start, end) if start < end else None


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither touch nor overlap, in order."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def left_of(span: Span, taken: Iterable[Span]) -> list[Span]:
    """What remains of it, in order."""
    left, start = [], span.start
    for other in sorted(taken, key=lambda one: one.start):
        if other.start > start:
            left.append(Span(start, min(other.start, span.end)))
        start = max(start, other.end)
        if start >= span.end:
            return left
    return [*left, Span(start, span.end)]


def clinician_span(at: datetime, rule: Rule) -> Span:
    """What a visit starting then holds of the clinician, buffers included."""
    return Span(shift(at, -rule.buffer_before), shift(at, rule.clinician_part + rule.buffer_after))


def chair_span(at: datetime, rule: Rule, chair: Chair) -> Span:
    """What it holds of a chair: the whole stay and the turnover."""
    return Span(shift(at, NOTHING), shift(at, rule.stay + chair.turnover))


def is_free(span: Span, busy: Sequence[Span]) -> bool:
    """Whether nothing of `busy` overlaps it. `busy` is merged: in order and apart, so the last to begin decides."""
    begun = bisect_left(busy, span.end, key=lambda other: other.start)
    return begun == 0 or busy[begun - 1].end <= span.start


def _days(window: Span, zone: tzinfo) -> Iterator[date]:
    day = window.start.astimezone(zone).date()
    last = window.end.astimezone(zone).date()
    while day <= last:
        yield day
        day += timedelta(days=1)


@dataclass(frozen=True)
class Hours:
    """When clinicians are there: their weekly hours, other hours on certain dates, and days without any."""

    weekly: Sequence[Opening] = ()
    dated: Sequence[DatedOpening] = ()
    closed: frozenset[date] = frozenset()

    def on(self, day: date, zone: tzinfo) -> dict[int, list[Span]]:
        """Each clinician's spans of that day, in order; touching ones are one. One who is not there is left out."""
        if day in self.closed:
            return {}
        dated = [item for item in self.dated if item.day == day]
        replaced = {item.resource for item in dated}
        weekly = [item for item in self.weekly if item.weekday == day.weekday() and item.resource not in replaced]
        spans: dict[int, list[Span]] = {}
        there: list[Opening | DatedOpening] = [*weekly, *dated]
        for item in there:
            if item.opens and item.closes and (span := opening_span(day, item.opens, item.closes, zone)):
                spans.setdefault(item.resource, []).append(span)
        return {resource: merged(spans[resource]) for resource in sorted(spans)}


def free_starts(
    *,
    rule: Rule,
    hours: Hours,
    chairs: Sequence[Chair],
    busy: Sequence[Busy],
    booked_per_day: dict[date, int],
    window: Span,
    now: datetime,
    zone: tzinfo,
) -> list[Start]:
    """Every start in `window` that can be booked, in order, one for each moment.

    The whole stay must end by closing time. `busy` is all that overlaps the window's visits, however far it reaches
    beyond; `booked_per_day` counts visits of this kind by local day. `booking.explain.why_not` says of one moment
    which rule closes it; it asks the same functions.
    """
    busy_of = merged_by_resource(busy)
    bounds = bookable(rule, now)
    earliest, latest = max(window.start, bounds.start), min(window.end, bounds.end)
    found: dict[datetime, Start] = {}
    for day in _days(Span(earliest, latest), zone) if earliest < latest else ():
        if is_full(day, rule, booked_per_day):
            continue
        for clinician, openings in hours.on(day, zone).items():
            for at in grid(openings, rule):
                if earliest <= at < latest and at not in found:
                    start = _start(at, clinician, rule, chairs, busy_of)
                    if start:
                        found[at] = start
    return [found[at] for at in sorted(found)]


def bookable(rule: Rule, now: datetime) -> Span:
    """From when and until when a visit may begin, by notice and horizon."""
    return Span(shift(now, rule.notice), shift(now, rule.horizon))


def is_full(day: date, rule: Rule, booked_per_day: dict[date, int]) -> bool:
    return rule.daily_limit is not None and booked_per_day.get(day, 0) >= rule.daily_limit


def grid(openings: Iterable[Span], rule: Rule) -> Iterator[datetime]:
    """Every step from each opening's start on, as long as the whole stay ends within it."""
    for opening in openings:
        at = opening.start
        while at + rule.stay <= opening.end:
            yield at
            at += rule.step


def merged_by_resource(busy: Iterable[Busy]) -> dict[int, list[Span]]:
    spans: dict[int, list[Span]] = {}
    for item in busy:
        spans.setdefault(item.resource, []).append(item.span)
    return {resource: merged(found) for resource, found in spans.items()}


def clinician_is_free(at: datetime, clinician: int, rule: Rule, busy_of: dict[int, list[Span]]) -> bool:
    return is_free(clinician_span(at, rule), busy_of.get(clinician, ()))


def free_chair(at: datetime, rule: Rule, chairs: Iterable[Chair], busy_of: dict[int, list[Span]]) -> Chair | None:
    """The first chair that is free for the whole stay."""
    return next(
        (chair for chair in chairs if is_free(chair_span(at, rule, chair), busy_of.get(chair.resource, ()))), None
    )


def _start(
    at: datetime, clinician: int, rule: Rule, chairs: Sequence[Chair], busy_of: dict[int, list[Span]]
) -> Start | None:
    if not clinician_is_free(at, clinician, rule, busy_of):
        return None
    if not rule.needs_chair:
        return Start(at, clinician)
    chair = free_chair(at, rule, chairs, busy_of)
    return Start(at, clinician, chair.resource) if chair else None


def nearest(starts: Sequence[Start], at: datetime, count: int) -> list[Start]:
    """The `count` starts closest to `at`, in order of time."""
    closest = sorted(starts, key=lambda start: (abs(start.at - at), start.at))[:count]
    return sorted(closest, key=lambda start: start.at)
