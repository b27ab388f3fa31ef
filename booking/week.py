"""Weeks of free times as a page shows them, named like 2026-W49 in the address, and the months they lie in.

A start is named there, too.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from booking import when
from booking.slots import Span, Start

START = "%Y%m%dT%H%MZ"


def start_name(start: datetime) -> str:
    """A start in UTC, to the minute: 20261201T1800Z."""
    return start.astimezone(UTC).strftime(START)


def start_named(name: str) -> datetime | None:
    """None for anything else, and for what arithmetic around it can't hold."""
    try:
        start = datetime.strptime(name, START).replace(tzinfo=UTC)
    except ValueError:
        return None
    return start if 2000 <= start.year < 2200 else None


@dataclass(frozen=True)
class Day:
    at: datetime  # noon of the day, for naming it
    starts: list[Start]

    @property
    def week(self) -> "Week":
        return Week.of(self.at)

    def is_day_of(self, moment: datetime) -> bool:
        return when.local(self.at).date() == when.local(moment).date()

    @property
    def anchor(self) -> str:
        """Where the page of its week shows it."""
        return f"day-{when.local(self.at).date()}"


@dataclass(frozen=True)
class Month:
    """A month or a part of one, by weeks."""

    first: date
    weekdays: list[date]  # a day of each weekday that is shown
    weeks: list[list[Day | None]]  # None for a day of another month


@dataclass(frozen=True, order=True)
class Week:
    """Monday to Sunday in the clinic's zone."""

    monday: date

    @classmethod
    def of(cls, moment: datetime) -> "Week":
        day = when.local(moment).date()
        return cls(day - timedelta(days=day.weekday()))

    @classmethod
    def named(cls, name: str) -> "Week | None":
        """The week of an ISO name like 2026-W49; None for anything else."""
        year, _, number = name.partition("-W")
        if not (len(year) == 4 and len(number) == 2 and (year + number).isascii() and (year + number).isdigit()):
            return None
        try:
            return cls(date.fromisocalendar(int(year), int(number), 1))
        except ValueError:
            return None

    @property
    def name(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year:04}-W{number:02}"

    def shifted(self, weeks: int) -> "Week":
        return Week(self.monday + timedelta(weeks=weeks))

    def span(self, zone: tzinfo) -> Span:
        midnight = datetime.combine(self.monday, time(), zone)
        return Span(midnight, datetime.combine(self.monday + timedelta(days=7), time(), zone))

    def days(self, starts: list[Start], zone: tzinfo) -> list[Day]:
        """Its days with their starts; a Saturday or Sunday without any is left out."""
        days = []
        for offset in range(7):
            day = self.monday + timedelta(days=offset)
            found = [start for start in starts if when.local(start.at).date() == day]
            if found or offset < 5:
                days.append(Day(datetime.combine(day, time(12), zone), found))
        return days


def months(starts: list[Start], first: Week, last: Week, zone: tzinfo) -> list[Month]:
    """The months from one week to another; Saturdays and Sundays are left out where none of all has a start."""
    found: dict[date, list[Start]] = {}
    for start in starts:
        found.setdefault(when.local(start.at).date(), []).append(start)
    offsets = [number for number in range(7) if number < 5 or any(day.weekday() == number for day in found)]
    result: list[Month] = []
    week = first
    while week <= last:
        days = [week.monday + timedelta(days=number) for number in offsets]
        for begin in sorted({day.replace(day=1) for day in days}):
            if not result or result[-1].first != begin:
                result.append(Month(begin, days, []))
            row = [
                Day(datetime.combine(day, time(12), zone), found.get(day, [])) if day.replace(day=1) == begin else None
                for day in days
            ]
            result[-1].weeks.append(row)
        week = week.shifted(1)
    return result
