from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking import tally
from booking.slots import DatedOpening, Hours, Opening, Span
from booking.tally import Stretch

LA = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 11, 30)
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def span(start: float, end: float) -> Span:
    noon = datetime(2026, 11, 30, tzinfo=UTC)
    return Span(noon + timedelta(hours=start), noon + timedelta(hours=end))


def test_weeks_begin_on_monday_and_are_cut_at_the_ends() -> None:
    assert tally.stretches(date(2026, 11, 26), date(2026, 12, 8), tally.WEEK) == [
        Stretch(date(2026, 11, 26), date(2026, 11, 29)),
        Stretch(MONDAY, date(2026, 12, 6)),
        Stretch(date(2026, 12, 7), date(2026, 12, 8)),
    ]


def test_months() -> None:
    assert tally.stretches(date(2026, 12, 31), date(2027, 2, 28), tally.MONTH) == [
        Stretch(date(2026, 12, 31), date(2026, 12, 31)),
        Stretch(date(2027, 1, 1), date(2027, 1, 31)),
        Stretch(date(2027, 2, 1), date(2027, 2, 28)),
    ]


@given(DAYS, st.integers(0, 800), st.sampled_from([tally.WEEK, tally.MONTH]))
def test_every_day_is_in_one_stretch(first: date, more: int, by: str) -> None:
    last = first + timedelta(days=more)
    found = tally.stretches(first, last, by)

    assert [day for stretch in found for day in stretch.days()] == Stretch(first, last).days()


@pytest.mark.parametrize(("by", "first"), [(tally.WEEK, date(2026, 9, 14)), (tally.MONTH, date(2026, 1, 1))])
def test_the_last_twelve(by: str, first: date) -> None:
    today = date(2026, 12, 2)

    assert tally.begin(today, by, 12) == first
    assert len(tally.stretches(first, today, by)) == 12


@pytest.mark.parametrize(("part", "whole", "share"), [(3, 4, 75), (0, 4, 0), (1, 3, 33), (0, 0, None)])
def test_percent(part: int, whole: int, share: int | None) -> None:
    assert tally.percent(part, whole) == share


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(9, 12), (13, 17)]),
        ([(10, 11)], [(9, 10), (11, 12), (13, 17)]),
        ([(8, 10), (11, 14)], [(10, 11), (14, 17)]),
        ([(0, 24)], []),
        ([(12, 13)], [(9, 12), (13, 17)]),
    ],
)
def test_what_is_left(taken: list[tuple[float, float]], left: list[tuple[float, float]]) -> None:
    found = tally.without([span(9, 12), span(13, 17)], [span(*one) for one in taken])

    assert found == [span(*one) for one in left]


HOURS = Hours(weekly=[Opening(1, day, time(9), time(17)) for day in range(5)])


def open_on(*days: date, hours: Hours = HOURS, chairs: tuple[int, ...] = (8,), **blocked: Span) -> float:
    taken = {int(name[1:]): [one] for name, one in blocked.items()}
    return tally.open_minutes(days, hours, chairs, taken, LA) / 60


def test_a_chair_can_be_had_while_a_clinician_is_there() -> None:
    assert open_on(MONDAY) == 8
    assert open_on(MONDAY, date(2026, 12, 5)) == 8  # nobody on Saturday
    assert open_on(MONDAY, chairs=(8, 9)) == 16
    assert open_on(MONDAY, chairs=()) == 0


def test_two_clinicians_open_a_chair_no_longer_than_they_are_there() -> None:
    hours = Hours(weekly=[Opening(1, 0, time(9), time(12)), Opening(2, 0, time(11), time(15))])

    assert open_on(MONDAY, hours=hours) == 6


def test_closed_days_and_other_hours_on_a_date() -> None:
    assert open_on(MONDAY, hours=Hours(HOURS.weekly, closed=frozenset({MONDAY}))) == 0
    assert open_on(MONDAY, hours=Hours(HOURS.weekly, [DatedOpening(1, MONDAY, time(9), time(11))])) == 2


def test_blocked_time_of_a_chair_or_of_the_only_clinician_is_not_open() -> None:
    ten_to_noon = Span(datetime(2026, 11, 30, 18, tzinfo=UTC), datetime(2026, 11, 30, 20, tzinfo=UTC))

    assert open_on(MONDAY, r8=ten_to_noon) == 6
    assert open_on(MONDAY, r1=ten_to_noon) == 6
    assert open_on(MONDAY, r9=ten_to_noon) == 8


def test_a_change_of_the_clock_within_the_hours() -> None:
    """From 1 to 4 in the morning of the day on which 2 becomes 3."""
    hours = Hours(weekly=[Opening(1, 6, time(1), time(4))])

    assert open_on(date(2026, 3, 8), hours=hours) == 2


@pytest.mark.parametrize(
    ("most", "top"), [(0, 1), (1, 1), (3, 4), (7, 8), (9, 10), (11, 20), (41, 50), (100, 100), (101, 200)]
)
def test_the_top_of_a_scale(most: float, top: int) -> None:
    assert tally.ceiling(most) == top


@given(st.floats(0, 1e6))
def test_a_scale_holds_what_is_drawn_on_it_and_is_not_mostly_empty(most: float) -> None:
    top = tally.ceiling(most)

    assert top >= most
    assert top <= max(2 * most, 1)
