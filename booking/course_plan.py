"""The arithmetic of courses: which days and times are wanted, what the spacing rules say, and what can be had instead.

Plain values in, plain values out: no Django, no clock. A course keeps the same clock time all along, so days and
times are counted as the wall shows them, across both changes of the clock too.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from itertools import groupby, pairwise

WEEK = 7  # days


@dataclass(frozen=True)
class Phase:
    """A stretch of a course with one rhythm: `per_week` sessions in a week, every so many weeks."""

    sessions: int | None  # None: as many as are needed
    per_week: int = 1
    every_weeks: int = 1
    every_weeks_most: int | None = None


@dataclass(frozen=True)
class Spacing:
    """What the distances between sessions should be. It warns; it forbids nothing."""

    phases: tuple[Phase, ...]
    min_gap_days: int = 1
    max_gap_days: int | None = None


@dataclass(frozen=True)
class Wish:
    """A weekday (Monday is 0) and a local time."""

    weekday: int
    at: time


@dataclass(frozen=True)
class Target:
    """A wanted start, as the clock on the wall shows it."""

    wall: datetime  # naive
    at: datetime  # the moment in UTC; of a time that the clock skips, the first one after it
    exists: bool = True


class Breach(Enum):
    """Which spacing rule a session does not keep."""

    ORDER = "order"
    TOO_CLOSE = "too close"
    TOO_FAR = "too far"
    TOO_MANY = "too many"


@dataclass(frozen=True)
class Remark:
    """A rule not kept. `found` and `limit` are days, for TOO_MANY sessions; for ORDER both are nothing."""

    session: int
    breach: Breach
    before: int  # the session it is compared with; for TOO_MANY the first that counts
    found: int = 0
    limit: int = 0
    within: int = 0  # TOO_MANY: in so many days


class Outcome(Enum):
    FREE = "free"
    NO_SUCH_TIME = "no such time"  # the clock skips it
    OVERLAPS = "overlaps"  # another session of the same course
    TAKEN = "taken"


@dataclass(frozen=True)
class Planned:
    """One wanted session and, where it can't be had, what can: in order of time."""

    number: int
    target: Target
    outcome: Outcome
    alternatives: list[datetime] = field(default_factory=list)


def target(day: date, clock: time, zone: tzinfo) -> Target:
    """That local time; of one that comes twice, the first."""
    wall = datetime.combine(day, clock)
    at = wall.replace(tzinfo=zone).astimezone(UTC)
    return Target(wall, at, exists=_wall(at, zone) == wall)


def target_at(moment: datetime, zone: tzinfo) -> Target:
    """That moment."""
    return Target(_wall(moment, zone), moment.astimezone(UTC))


def phase_of_each(phases: Sequence[Phase], sessions: int) -> list[Phase]:
    """The phase of every session; where there are more than the phases name, the last one goes on."""
    named = [phase for phase in phases for _ in range(sessions if phase.sessions is None else phase.sessions)]
    return [*named, *[phases[-1]] * sessions][:sessions]


def fixed_sessions(phases: Sequence[Phase]) -> int:
    """How many the phases name, without those that go on as long as it helps."""
    return sum(phase.sessions or 0 for phase in phases)


def targets(
    phases: Sequence[Phase], *, first_day: date, wishes: Sequence[Wish], sessions: int, zone: tzinfo
) -> list[Target]:
    """When the sessions should be, in order. The weeks are counted from the first day on.

    A phase with fewer sessions a week than there are wishes keeps to the first of them.
    """
    found: list[Target] = []
    week = first_day
    for phase, group in groupby(phase_of_each(phases, sessions)):
        left = len(list(group))
        days = [((wish.weekday - first_day.weekday()) % WEEK, wish.at) for wish in wishes[: phase.per_week]]
        while left > 0:
            taken = sorted(days)[:left]
            found += [target(week + timedelta(days=day), clock, zone) for day, clock in taken]
            left -= len(taken)
            week += timedelta(weeks=phase.every_weeks)
    return found


def remarks(starts: Mapping[int, datetime], spacing: Spacing, zone: tzinfo) -> list[Remark]:
    """Which sessions, by number, do not keep the rules; those that have no time yet are left out."""
    if not starts:
        return []
    numbers = sorted(starts)
    days = {number: _wall(starts[number], zone).date() for number in numbers}
    phases = dict(enumerate(phase_of_each(spacing.phases, numbers[-1]), start=1))
    found = []
    for before, number in pairwise(numbers):
        if starts[number] <= starts[before]:
            found.append(Remark(number, Breach.ORDER, before))
        else:
            found += _gap(before, number, (days[number] - days[before]).days, phases, spacing)
    for number in numbers:
        found += _too_many(number, days, phases)
    return sorted(found, key=lambda remark: remark.session)


def _gap(before: int, number: int, days: int, phases: Mapping[int, Phase], spacing: Spacing) -> list[Remark]:
    if days < spacing.min_gap_days:
        return [Remark(number, Breach.TOO_CLOSE, before, days, spacing.min_gap_days)]
    most = spacing.max_gap_days
    phase = phases[number]
    if phase == phases[before] and phase.every_weeks_most:
        most = phase.every_weeks_most * WEEK
    if most is not None and days > most and number == before + 1:
        return [Remark(number, Breach.TOO_FAR, before, days, most)]
    return []


def _too_many(number: int, days: Mapping[int, date], phases: Mapping[int, Phase]) -> list[Remark]:
    """Counts backwards from a session: in any seven days, and in as long as the phase counts for one week."""
    own = phases[number]

    def near(within: int) -> list[int]:
        return [other for other in days if other <= number and 0 <= (days[number] - days[other]).days < within]

    of_all = near(WEEK)
    if len(of_all) > (limit := max(phases[other].per_week for other in of_all)):
        return [Remark(number, Breach.TOO_MANY, of_all[0], len(of_all), limit, WEEK)]
    of_phase = [other for other in near(own.every_weeks * WEEK) if phases[other] == own]
    if len(of_phase) > own.per_week:
        return [Remark(number, Breach.TOO_MANY, of_phase[0], len(of_phase), own.per_week, own.every_weeks * WEEK)]
    return []


def plan(
    wanted: Sequence[Target],
    *,
    free: Iterable[datetime],
    stay: timedelta,
    spacing: Spacing,
    not_before: datetime,
    zone: tzinfo,
    count: int = 3,
) -> list[Planned]:
    """Each wanted session: free, or why not and the nearest times instead.

    Whichever of them are chosen, the order stays and no two sessions meet: those of one session all lie after
    everything that the one before may become and before the time wanted for the next. Times that also keep the
    spacing come first.
    """
    starts = sorted({moment.astimezone(UTC) for moment in free})
    outcomes = _outcomes(wanted, set(starts), stay)
    found: list[Planned] = []
    earliest = not_before
    for index, (item, outcome) in enumerate(zip(wanted, outcomes, strict=True)):
        if outcome is Outcome.FREE:
            found.append(Planned(index + 1, item, outcome))
            earliest = max(earliest, item.at + stay)
            continue
        latest = min((later.at for later in wanted[index + 1 :]), default=None)
        between = _between(starts, earliest, latest - stay if latest else None)
        best = sorted((_rank(at, index, wanted, spacing, zone), at) for at in between)[:count]
        found.append(Planned(index + 1, item, outcome, sorted(at for _, at in best)))
        earliest = max([earliest, *(at + stay for _, at in best)])
    return found


def _outcomes(wanted: Sequence[Target], free: set[datetime], stay: timedelta) -> list[Outcome]:
    found: list[Outcome] = []
    kept: list[datetime] = []
    for item in wanted:
        if not item.exists:
            found.append(Outcome.NO_SUCH_TIME)
        elif any(abs(item.at - other) < stay for other in kept):
            found.append(Outcome.OVERLAPS)
        elif item.at not in free:
            found.append(Outcome.TAKEN)
        else:
            found.append(Outcome.FREE)
            kept.append(item.at)
    return found


def _between(starts: Sequence[datetime], earliest: datetime, latest: datetime | None) -> Sequence[datetime]:
    end = len(starts) if latest is None else bisect_right(starts, latest)
    return starts[bisect_left(starts, earliest) : end]


def _rank(at: datetime, index: int, wanted: Sequence[Target], spacing: Spacing, zone: tzinfo) -> tuple[int, int, int]:
    """The spacing first, then the day, then the clock: another hour that day is nearer than the next day."""
    around = range(max(0, index - WEEK), min(len(wanted), index + WEEK + 1))
    with_it = {other + 1: at if other == index else wanted[other].at for other in around}
    wall, wish = _wall(at, zone), wanted[index].wall
    off_clock = abs(_minutes(wall) - _minutes(wish))
    return len(remarks(with_it, spacing, zone)), abs((wall.date() - wish.date()).days), off_clock


def _minutes(wall: datetime) -> int:
    return wall.hour * 60 + wall.minute


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
