"""A plain model of the timetable: every minute on its own, and nothing of `booking.slots`.

Minutes are numbered from the first local midnight on. Whether a visit may start at one is looked up minute by minute
in rows of bytes: open or not, taken or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LA = ZoneInfo("America/Los_Angeles")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Kind:
    """A kind of visit, in minutes."""

    slug: str
    stay: int
    part: int
    step: int
    before: int = 0
    after: int = 0
    notice: int = 0
    horizon: int = 60 * 24 * 60
    cutoff: int = 0
    chair: bool = False
    limit: int | None = None
    asks: bool = True  # staff answer it


@dataclass
class Visit:
    kind: Kind
    start: int
    clinician: int
    chair: int | None
    confirmed: bool


@dataclass
class Timetable:
    first: date
    days: int
    clinicians: list[int]
    chairs: dict[int, int]  # with the turnover
    weekly: dict[tuple[int, int], list[tuple[time, time]]]
    dated: dict[tuple[int, date], list[tuple[time, time]]] = field(default_factory=dict)
    closed: set[date] = field(default_factory=set)
    visits: dict[int, Visit] = field(default_factory=dict)
    blocks: dict[int, tuple[int, int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begin = datetime.combine(self.first, time(), LA).astimezone(UTC)
        end = datetime.combine(self.first + timedelta(days=self.days), time(), LA).astimezone(UTC)
        self.length = (end - self.begin) // MINUTE
        self.local = [(self.begin + number * MINUTE).astimezone(LA) for number in range(self.length)]
        self.minutes_of: dict[date, list[int]] = {}
        for number, moment in enumerate(self.local):
            self.minutes_of.setdefault(moment.date(), []).append(number)
        self.open = {clinician: bytearray(self.length) for clinician in self.clinicians}
        for day in self.minutes_of:
            self.read_day(day)

    def number(self, moment: datetime) -> int:
        return (moment - self.begin) // MINUTE

    def moment(self, number: int) -> datetime:
        return self.begin + number * MINUTE

    def read_day(self, day: date) -> None:
        """After a change of the hours or the closed days."""
        for clinician in self.clinicians:
            spans = self.dated.get((clinician, day), self.weekly.get((clinician, day.weekday()), []))
            for number in self.minutes_of.get(day, []):
                clock = self.local[number].time()
                there = any(opens <= clock < closes for opens, closes in spans)
                self.open[clinician][number] = there and day not in self.closed

    def holds(self, leaving_out: int | None = None) -> Iterator[tuple[int, int, int]]:
        """(resource, first minute, first minute after), of visits and blocks."""
        for pk, visit in self.visits.items():
            if pk != leaving_out:
                kind = visit.kind
                yield visit.clinician, visit.start - kind.before, visit.start + kind.part + kind.after
                if visit.chair is not None:
                    yield visit.chair, visit.start, visit.start + kind.stay + self.chairs[visit.chair]
        yield from self.blocks.values()

    def is_taken(self, resource: int, start: int, end: int) -> bool:
        return any(who == resource and a < end and start < b for who, a, b in self.holds())

    def free(
        self, kind: Kind, minutes: Iterator[int] | range, *, now: int, moving: int | None = None, staff: bool = False
    ) -> dict[int, tuple[int, int | None]]:
        """For each of the minutes at which such a visit may start: the clinician and the chair that it gets."""
        taken = {resource: bytearray(self.length) for resource in [*self.clinicians, *self.chairs]}
        for resource, start, end in self.holds(moving):
            for number in range(max(start, 0), min(end, self.length)):
                taken[resource][number] = 1
        per_day: dict[date, int] = {}
        for pk, visit in self.visits.items():
            if visit.kind == kind and pk != moving:
                day = self.local[visit.start].date()
                per_day[day] = per_day.get(day, 0) + 1
        earliest = now if staff else now + kind.notice
        latest = now + (550 * 24 * 60 if staff else kind.horizon)
        found: dict[int, tuple[int, int | None]] = {}
        for number in minutes:
            if not earliest <= number < latest or not any(self.open[who][number] for who in self.clinicians):
                continue
            if kind.limit is not None and per_day.get(self.local[number].date(), 0) >= kind.limit:
                continue
            who = next((who for who in self.clinicians if self._has_room(kind, number, who, taken[who])), None)
            if who is None:
                continue
            if not kind.chair:
                found[number] = (who, None)
                continue
            # What a chair needs has to be free; of which clinician makes no difference.
            fits = [
                c for c, turnover in self.chairs.items() if not any(taken[c][number : number + kind.stay + turnover])
            ]
            if fits:
                found[number] = (who, fits[0])
        return found

    def _has_room(self, kind: Kind, number: int, who: int, taken: bytearray) -> bool:
        is_open = self.open[who]
        if not all(is_open[number : number + kind.stay]) or number + kind.stay > self.length:
            return False
        opened = number
        while opened > 0 and is_open[opened - 1]:
            opened -= 1
        if (number - opened) % kind.step:
            return False
        return not any(taken[max(number - kind.before, 0) : number + kind.part + kind.after])
