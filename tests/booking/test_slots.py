from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.slots import (
    Busy,
    Chair,
    DatedOpening,
    Hours,
    Opening,
    Rule,
    Span,
    Start,
    chair_span,
    clinician_span,
    free_starts,
    merged,
    nearest,
    opening_span,
)

LA = ZoneInfo("America/Los_Angeles")
CLINICIAN = 1
WEEKDAYS = [Opening(CLINICIAN, day, time(9), time(17)) for day in range(5)]
# A Monday, 8:00 in Los Angeles.
NOW = datetime(2026, 11, 30, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """A local time of December 2026."""
    return datetime(2026, 12, day, hour, minute, tzinfo=LA).astimezone(UTC)


def day_window(day: int = 2) -> Span:
    return Span(at(0, day=day), at(0, day=day + 1))


def rule(**changes: object) -> Rule:
    values: dict[str, object] = {"stay": HOUR, "clinician_part": HOUR, "step": timedelta(minutes=30)}
    return Rule(**{**values, **changes})  # type: ignore[arg-type]


def starts(
    rule: Rule,
    *,
    openings: list[Opening] = WEEKDAYS,
    dated: list[DatedOpening] | None = None,
    closed: frozenset[date] = frozenset(),
    chairs: list[Chair] | None = None,
    busy: list[Busy] | None = None,
    booked: dict[date, int] | None = None,
    window: Span | None = None,
    now: datetime = NOW,
) -> list[Start]:
    return free_starts(
        rule=rule,
        hours=Hours(openings, dated or [], closed),
        chairs=chairs or [],
        busy=busy or [],
        booked_per_day=booked or {},
        window=window or day_window(),
        now=now,
        zone=LA,
    )


def clocks(found: list[Start]) -> list[str]:
    return [f"{start.at.astimezone(LA):%H:%M}" for start in found]


def test_whole_day_is_offered_in_steps_and_the_last_stay_ends_at_closing() -> None:
    found = clocks(starts(rule(stay=timedelta(hours=3), clinician_part=HOUR, step=HOUR)))

    assert found == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00"]


def test_a_closed_day_offers_nothing() -> None:
    assert starts(rule(), window=day_window(5)) == []


def test_two_spans_a_day_leave_the_lunch_free() -> None:
    openings = [Opening(CLINICIAN, 2, time(9), time(11)), Opening(CLINICIAN, 2, time(13), time(15))]

    assert clocks(starts(rule(step=HOUR), openings=openings)) == ["09:00", "10:00", "13:00", "14:00"]


def test_touching_spans_are_one() -> None:
    openings = [Opening(CLINICIAN, 2, time(9), time(10, 30)), Opening(CLINICIAN, 2, time(10, 30), time(12))]

    assert clocks(starts(rule(step=HOUR), openings=openings)) == ["09:00", "10:00", "11:00"]


@pytest.mark.parametrize(
    ("busy", "gone"),
    [
        ((at(10), at(11)), {"09:30", "10:00", "10:30"}),
        ((at(10), at(10, 1)), {"09:30", "10:00"}),
        ((at(8), at(9)), set()),
        ((at(8), at(9, 1)), {"09:00"}),
        ((at(17), at(18)), set()),
    ],
)
def test_a_hold_takes_exactly_the_starts_that_overlap_it(busy: tuple[datetime, datetime], gone: set[str]) -> None:
    everything = set(clocks(starts(rule())))

    found = set(clocks(starts(rule(), busy=[Busy(CLINICIAN, Span(*busy))])))

    assert everything - found == gone


def test_buffers_keep_distance_on_both_sides() -> None:
    quarter = timedelta(minutes=15)
    busy = [Busy(CLINICIAN, Span(at(12), at(13)))]

    found = clocks(starts(rule(buffer_before=quarter, buffer_after=quarter), busy=busy))

    assert "11:00" not in found
    assert "10:30" in found
    assert "13:00" not in found
    assert "13:30" in found


def test_notice_and_horizon_bound_what_is_offered() -> None:
    noon = at(12)

    assert clocks(starts(rule(notice=HOUR, step=HOUR), now=noon)) == ["13:00", "14:00", "15:00", "16:00"]
    assert clocks(starts(rule(horizon=2 * HOUR, step=HOUR), now=noon)) == ["12:00", "13:00"]


def test_a_full_day_is_not_offered() -> None:
    day = date(2026, 12, 2)

    assert starts(rule(daily_limit=2), booked={day: 2}) == []
    assert len(starts(rule(daily_limit=2), booked={day: 1})) == 15


def test_a_monitored_visit_needs_a_chair_for_the_whole_stay_and_the_clinician_for_a_part() -> None:
    visit = rule(stay=timedelta(hours=2), clinician_part=timedelta(minutes=30), step=HOUR, needs_chair=True)
    chair = Chair(7, turnover=timedelta(minutes=15))
    busy = [Busy(7, Span(at(12), at(13))), Busy(CLINICIAN, Span(at(15), at(16)))]

    found = starts(visit, chairs=[chair], busy=busy)

    # 10:00 would touch 12:00 but for the turnover; at 13:00 the chair is free and so is the clinician until 15:00.
    assert clocks(found) == ["09:00", "13:00", "14:00"]
    assert {start.chair for start in found} == {7}


def test_the_second_chair_serves_when_the_first_is_taken() -> None:
    visit = rule(needs_chair=True, step=HOUR)
    busy = [Busy(7, Span(at(9), at(10)))]

    found = starts(visit, chairs=[Chair(7), Chair(8)], busy=busy)

    assert [start.chair for start in found[:2]] == [8, 7]


def test_without_a_chair_nothing_is_offered() -> None:
    assert starts(rule(needs_chair=True)) == []


def test_a_second_clinician_serves_when_the_first_is_taken() -> None:
    openings = [*WEEKDAYS, Opening(2, 2, time(9), time(10))]
    busy = [Busy(CLINICIAN, Span(at(9), at(10)))]

    assert starts(rule(), openings=openings, busy=busy)[0] == Start(at(9), clinician=2)


@pytest.mark.parametrize(
    ("day", "opens", "closes", "hours"),
    [
        (date(2027, 3, 14), time(1), time(4), 2),  # 2:00 is skipped
        (date(2026, 11, 1), time(0), time(3), 4),  # 1:00 comes twice
        (date(2026, 12, 2), time(9), time(17), 8),
    ],
)
def test_an_opening_lasts_as_long_as_the_clock_says(day: date, opens: time, closes: time, hours: int) -> None:
    span = opening_span(day, opens, closes, LA)

    assert span is not None
    assert span.end - span.start == timedelta(hours=hours)


def test_an_opening_in_the_hour_that_the_clock_skips_is_an_hour_later() -> None:
    """2:00 to 2:59 on that night stand for 3:00 to 3:59, as the rules of time zones have it."""
    skipped = Opening(CLINICIAN, 6, time(2), time(2, 59))

    span = opening_span(date(2027, 3, 14), skipped.opens, skipped.closes, LA)

    assert span == Span(datetime(2027, 3, 14, 10, tzinfo=UTC), datetime(2027, 3, 14, 10, 59, tzinfo=UTC))


def test_an_opening_that_ends_where_the_clock_skips_to_is_none() -> None:
    assert opening_span(date(2027, 3, 14), time(2, 30), time(3, 15), LA) is None


def test_nearest_come_in_order_of_time() -> None:
    found = starts(rule(step=HOUR))

    assert clocks(nearest(found, at(12, 10), 3)) == ["11:00", "12:00", "13:00"]


minutes = st.integers(min_value=0, max_value=60 * 24 * 7)


@given(st.lists(st.tuples(minutes, st.integers(min_value=1, max_value=300)), max_size=12))
def test_merged_spans_are_apart_and_cover_the_same_time(raw: list[tuple[int, int]]) -> None:
    spans = [Span(NOW + timedelta(minutes=a), NOW + timedelta(minutes=a + b)) for a, b in raw]

    result = merged(spans)

    assert all(first.end < second.start for first, second in pairwise(result))
    assert all(any(whole.contains(span) for whole in result) for span in spans)


@given(
    busy=st.lists(st.tuples(st.sampled_from([CLINICIAN, 7]), minutes, st.integers(1, 600)), max_size=12),
    stay=st.integers(10, 240),
    part=st.integers(5, 240),
    step=st.sampled_from([10, 15, 30, 60]),
    before=st.integers(0, 30),
    after=st.integers(0, 30),
    chair=st.booleans(),
    first_day=st.dates(date(2026, 10, 26), date(2027, 3, 20)),
)
def test_what_is_offered_is_free_open_and_within_the_rules(
    busy: list[tuple[int, int, int]],
    stay: int,
    part: int,
    step: int,
    before: int,
    after: int,
    chair: bool,
    first_day: date,
) -> None:
    """Across both changes of the clock: nothing offered overlaps a hold, reaches past closing or is too soon."""
    begin = datetime.combine(first_day, time(8), LA).astimezone(UTC)
    visit = Rule(
        stay=timedelta(minutes=stay),
        clinician_part=timedelta(minutes=min(part, stay)),
        step=timedelta(minutes=step),
        buffer_before=timedelta(minutes=before),
        buffer_after=timedelta(minutes=after),
        notice=timedelta(hours=2),
        needs_chair=chair,
    )
    holds = [Busy(r, Span(begin + timedelta(minutes=a), begin + timedelta(minutes=a + b))) for r, a, b in busy]
    chairs = [Chair(7, timedelta(minutes=10))]

    found = starts(visit, chairs=chairs, busy=holds, window=Span(begin, begin + timedelta(days=7)), now=begin)

    for start in found:
        local = start.at.astimezone(LA)
        end = (start.at + visit.stay).astimezone(LA)
        assert local.weekday() < 5
        assert time(9) <= local.time()
        assert end.date() == local.date()
        assert end.time() <= time(17)
        assert start.at >= begin + timedelta(hours=2)
        taken = [hold.span for hold in holds if hold.resource == CLINICIAN]
        assert not any(clinician_span(start.at, visit).overlaps(span) for span in taken)
        if chair:
            taken = [hold.span for hold in holds if hold.resource == 7]
            assert not any(chair_span(start.at, visit, chairs[0]).overlaps(span) for span in taken)
    assert found == sorted(found, key=lambda start: start.at)
    assert len({start.at for start in found}) == len(found)
