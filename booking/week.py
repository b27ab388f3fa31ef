"""One week of free times as a page shows it, named like 2026-W49 in the address."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from booking import when
from booking.slots import Span, Start


@dataclass(frozen=True)
class Day:
    at: datetime  # noon of the day, for naming it
    starts: list[Start]


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
