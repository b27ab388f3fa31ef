"""The arithmetic of reports: stretches of time, shares of something, hours that are open. No Django, no clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from booking.slots import Hours, Span, merged

WEEK, MONTH = "week", "month"
DAY = timedelta(days=1)
FEW = 10  # below so many a share in percent, or a ninetieth percentile, says more than is known


@dataclass(frozen=True)
class Stretch:
    """Days that are counted together, the first to the last."""

    first: date
    last: date

    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


def stretches(first: date, last: date, by: str) -> list[Stretch]:
    """Weeks from Monday to Sunday or whole months, cut where the first and the last day cut them."""
    found = []
    while first <= last:
        end = min(_end_of(first, by), last)
        found.append(Stretch(first, end))
        first = end + DAY
    return found


def _end_of(day: date, by: str) -> date:
    if by == WEEK:
        return day + timedelta(days=6 - day.weekday())
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) - DAY


def begin(today: date, by: str, count: int) -> date:
    """The first day of the last so many weeks or months, this one among them."""
    if by == WEEK:
        return today - timedelta(days=today.weekday(), weeks=count - 1)
    months = today.year * 12 + today.month - 1 - (count - 1)
    return date(months // 12, months % 12 + 1, 1)


def percent(part: float, whole: float) -> int | None:
    """None of nothing."""
    return round(100 * part / whole) if whole else None


def without(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of the spans."""
    left = list(spans)
    for other in taken:
        parts = [
            (Span(span.start, min(span.end, other.start)), Span(max(span.start, other.end), span.end)) for span in left
        ]
        left = [part for pair in parts for part in pair if part.start < part.end]
    return left


def minutes(spans: Iterable[Span]) -> int:
    return round(sum((span.end - span.start).total_seconds() for span in spans) / 60)


def open_minutes(
    days: Iterable[date], hours: Hours, chairs: Sequence[int], blocked: Mapping[int, Sequence[Span]], zone: tzinfo
) -> int:
    """How long the chairs can be had, together: while a clinician is there, and neither of them is blocked."""
    total = 0
    for day in days:
        there = merged(
            span
            for clinician, openings in hours.on(day, zone).items()
            for span in without(openings, blocked.get(clinician, ()))
        )
        total += sum(minutes(without(there, blocked.get(chair, ()))) for chair in chairs)
    return total


def ceiling(most: float) -> int:
    """A round number for the top of a scale: 1, 2, 4, 5, 6, 8, 10, 20 and so on."""
    step = 1
    while True:
        for factor in (1, 2, 4, 5, 6, 8):
            if factor * step >= most:
                return factor * step
        step *= 10
