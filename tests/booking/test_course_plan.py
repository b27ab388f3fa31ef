"""Courses as plain values: days and times, spacing, and what can be had instead."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.course_plan import (
    Breach,
    Outcome,
    Phase,
    Planned,
    Remark,
    Spacing,
    Target,
    Wish,
    fixed_sessions,
    phase_of_each,
    plan,
    remarks,
    target,
    target_at,
    targets,
)

LA = ZoneInfo("America/Los_Angeles")
MONDAY = date(2026, 11, 30)
TUESDAY, THURSDAY = 1, 3
AT_TEN = [Wish(TUESDAY, time(10)), Wish(THURSDAY, time(10))]
TWICE_A_WEEK = Phase(sessions=8, per_week=2)
LONG = (TWICE_A_WEEK, Phase(sessions=4), Phase(sessions=None, every_weeks=1, every_weeks_most=2))
STAY = timedelta(minutes=150)
HALF_HOUR = timedelta(minutes=30)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A local time of 2026, as a moment."""
    return datetime(2026, month, day, hour, minute, tzinfo=LA).astimezone(UTC)


def walls(found: Sequence[Target]) -> list[str]:
    return [f"{item.wall:%a %m-%d %H:%M}" for item in found]


def wanted(*moments: datetime) -> list[Target]:
    return [target_at(moment, LA) for moment in moments]


def every_half_hour(first: date, days: int, *, closed: Sequence[date] = ()) -> list[datetime]:
    """What a clinic that is open from 9 to 5, Monday to Friday, can still give."""
    dates = [first + timedelta(days=n) for n in range(days)]
    return [
        datetime.combine(day, time(9), LA).astimezone(UTC) + HALF_HOUR * n
        for day in dates
        if day.weekday() < 5 and day not in closed
        for n in range(12)
    ]


def planned(
    items: Sequence[Target], free: Sequence[datetime], phases: Sequence[Phase] = LONG, **changes: object
) -> list[Planned]:
    values: dict[str, object] = {
        "spacing": Spacing(tuple(phases)),
        "stay": STAY,
        "not_before": at(11, 30, 0),
        "zone": LA,
    }
    return plan(items, free=free, **{**values, **changes})  # type: ignore[arg-type]


# --- Targets ---


def test_two_a_week_for_four_weeks() -> None:
    found = targets([TWICE_A_WEEK], first_day=MONDAY, wishes=AT_TEN, sessions=8, zone=LA)
    assert walls(found) == [
        "Tue 12-01 10:00", "Thu 12-03 10:00", "Tue 12-08 10:00", "Thu 12-10 10:00",
        "Tue 12-15 10:00", "Thu 12-17 10:00", "Tue 12-22 10:00", "Thu 12-24 10:00",
    ]  # fmt: skip
    assert found[0].at == at(12, 1, 10)


def test_the_weeks_begin_with_the_first_day() -> None:
    found = targets([TWICE_A_WEEK], first_day=date(2026, 12, 2), wishes=AT_TEN, sessions=3, zone=LA)
    assert walls(found) == ["Thu 12-03 10:00", "Tue 12-08 10:00", "Thu 12-10 10:00"]


def test_phases_follow_one_another_and_the_last_goes_on() -> None:
    found = targets(LONG, first_day=MONDAY, wishes=AT_TEN, sessions=15, zone=LA)
    assert walls(found[6:]) == [
        "Tue 12-22 10:00", "Thu 12-24 10:00", "Tue 12-29 10:00", "Tue 01-05 10:00", "Tue 01-12 10:00",
        "Tue 01-19 10:00", "Tue 01-26 10:00", "Tue 02-02 10:00", "Tue 02-09 10:00",
    ]  # fmt: skip
    assert fixed_sessions(LONG) == 12


def test_every_second_week() -> None:
    phases = [Phase(sessions=2), Phase(sessions=3, every_weeks=2)]
    found = targets(phases, first_day=MONDAY, wishes=[Wish(0, time(9, 30))], sessions=5, zone=LA)
    assert walls(found) == [
        "Mon 11-30 09:30", "Mon 12-07 09:30", "Mon 12-14 09:30", "Mon 12-28 09:30", "Mon 01-11 09:30",
    ]  # fmt: skip


def test_fewer_sessions_than_the_phases_name_and_more() -> None:
    assert phase_of_each([TWICE_A_WEEK], 3) == [TWICE_A_WEEK] * 3
    assert phase_of_each([TWICE_A_WEEK], 9) == [TWICE_A_WEEK] * 9


@pytest.mark.parametrize("first_day", [date(2026, 10, 20), date(2027, 3, 2)])
def test_the_same_clock_time_across_a_change_of_the_clock(first_day: date) -> None:
    """In fall on 2026-11-01, in spring on 2027-03-14."""
    found = targets([TWICE_A_WEEK], first_day=first_day, wishes=AT_TEN, sessions=8, zone=LA)
    local = [item.at.astimezone(LA) for item in found]
    assert {moment.time() for moment in local} == {time(10)}
    assert len({moment.utcoffset() for moment in local}) == 2
    assert all(item.exists for item in found)


def test_a_time_that_the_clock_skips_is_no_other_time() -> None:
    skipped = target(date(2027, 3, 14), time(2, 30), LA)
    assert (skipped.exists, skipped.wall) == (False, datetime(2027, 3, 14, 2, 30))  # noqa: DTZ001
    free = [skipped.at + HALF_HOUR * n for n in range(-4, 5)]
    (row,) = planned([skipped], free, not_before=free[0])
    assert row.outcome is Outcome.NO_SUCH_TIME
    assert row.alternatives


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    twice = target(date(2026, 11, 1), time(1, 30), LA)
    assert twice.exists
    assert twice.at == datetime(2026, 11, 1, 8, 30, tzinfo=UTC)


@given(
    first_day=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    wishes=st.lists(
        st.builds(Wish, st.integers(0, 6), st.times(min_value=time(6), max_value=time(20))),
        min_size=1,
        max_size=5,
        unique_by=lambda wish: wish.weekday,
    ),
    phases=st.lists(st.builds(Phase, st.integers(1, 12), st.integers(1, 5), st.integers(1, 8)), min_size=1, max_size=4),
    sessions=st.integers(1, 30),
)
def test_targets_are_as_asked(first_day: date, wishes: list[Wish], phases: list[Phase], sessions: int) -> None:
    """As many as asked for, in order, on the wished days at the wished clock, and within the phases' own rhythm."""
    found = targets(phases, first_day=first_day, wishes=wishes, sessions=sessions, zone=LA)

    assert len(found) == sessions
    assert all(one.at < other.at for one, other in pairwise(found))
    assert found[0].wall.date() < first_day + timedelta(days=7)
    assert all(first_day <= item.wall.date() for item in found)
    clocks = {wish.weekday: wish.at for wish in wishes}
    assert all(clocks[item.wall.weekday()] == item.wall.time() for item in found)
    assert all(item.at.astimezone(LA).replace(tzinfo=None) == item.wall for item in found)
    starts = {number: item.at for number, item in enumerate(found, start=1)}
    assert [one for one in remarks(starts, Spacing(tuple(phases)), LA) if one.breach is Breach.TOO_MANY] == []


# --- Spacing ---


def spaced(*moments: datetime, phases: Sequence[Phase] = (TWICE_A_WEEK,), **rules: int) -> list[Remark]:
    return remarks(dict(enumerate(moments, start=1)), Spacing(tuple(phases), **rules), LA)


def test_what_keeps_the_rules_is_not_remarked() -> None:
    found = targets([TWICE_A_WEEK], first_day=MONDAY, wishes=AT_TEN, sessions=8, zone=LA)
    assert spaced(*(item.at for item in found), min_gap_days=2, max_gap_days=5) == []


@pytest.mark.parametrize(
    ("second", "remark"),
    [
        (at(12, 1, 15), Remark(2, Breach.TOO_CLOSE, 1, 0, 2)),
        (at(12, 2, 23), Remark(2, Breach.TOO_CLOSE, 1, 1, 2)),
        (at(12, 8, 1), Remark(2, Breach.TOO_FAR, 1, 7, 6)),
        (at(11, 30, 10), Remark(2, Breach.ORDER, 1)),
        (at(12, 1, 10), Remark(2, Breach.ORDER, 1)),
    ],
)
def test_gaps_count_days_on_the_calendar(second: datetime, remark: Remark) -> None:
    assert spaced(at(12, 1, 10), second, min_gap_days=2, max_gap_days=6) == [remark]


def test_the_edges_of_the_gaps_are_fine() -> None:
    assert spaced(at(12, 1, 10), at(12, 3, 9), at(12, 9, 16), min_gap_days=2, max_gap_days=6) == []


def test_a_gap_over_a_change_of_the_clock_is_counted_in_days_not_hours() -> None:
    """48 hours less one are two days in spring."""
    spring = [datetime(2027, 3, day, 10, tzinfo=LA).astimezone(UTC) for day in (13, 15)]
    assert spring[1] - spring[0] == timedelta(hours=47)
    assert spaced(*spring, min_gap_days=2) == []


def test_more_in_a_week_than_the_phase_says() -> None:
    assert spaced(at(12, 1, 10), at(12, 3, 10), at(12, 7, 10)) == [Remark(3, Breach.TOO_MANY, 1, 3, 2, 7)]
    assert spaced(at(12, 1, 10), at(12, 3, 10), at(12, 8, 10)) == []


def test_a_phase_of_every_second_week_counts_two_weeks_as_one() -> None:
    second_week = Phase(sessions=None, every_weeks=2)
    assert spaced(at(12, 1, 10), at(12, 14, 10), phases=[second_week]) == [Remark(2, Breach.TOO_MANY, 1, 2, 1, 14)]
    assert spaced(at(12, 1, 10), at(12, 15, 10), phases=[second_week]) == []


def test_a_phase_may_say_how_far_apart_its_sessions_may_be() -> None:
    """“Every 1–2 weeks” outweighs the template's own longest gap, within the phase."""
    phases = (Phase(sessions=1), Phase(sessions=None, every_weeks_most=2))
    starts = [at(11, 3, 10), at(11, 12, 10), at(11, 26, 10), at(12, 11, 10)]
    assert spaced(*starts, phases=phases, max_gap_days=8) == [
        Remark(2, Breach.TOO_FAR, 1, 9, 8),
        Remark(4, Breach.TOO_FAR, 3, 15, 14),
    ]


def test_sessions_without_a_time_are_left_out() -> None:
    starts = {1: at(12, 1, 10), 3: at(12, 15, 10), 4: at(12, 15, 15)}
    spacing = Spacing((TWICE_A_WEEK,), min_gap_days=1, max_gap_days=6)
    assert remarks(starts, spacing, LA) == [Remark(4, Breach.TOO_CLOSE, 3, 0, 1)]
    assert remarks({}, spacing, LA) == []


# --- What can be had ---


def test_what_is_free_is_left_alone() -> None:
    items = targets(LONG, first_day=MONDAY, wishes=AT_TEN, sessions=8, zone=LA)
    rows = planned(items, every_half_hour(MONDAY, 40))
    assert [(row.number, row.outcome, row.alternatives) for row in rows] == [
        (number, Outcome.FREE, []) for number in range(1, 9)
    ]


def test_another_hour_of_the_day_is_nearest() -> None:
    free = [moment for moment in every_half_hour(MONDAY, 14) if moment not in (at(12, 3, 10), at(12, 3, 10, 30))]
    _, row = planned(wanted(at(12, 1, 10), at(12, 3, 10)), free)
    assert (row.outcome, row.alternatives) == (Outcome.TAKEN, [at(12, 3, 9), at(12, 3, 9, 30), at(12, 3, 11)])


def test_the_same_hour_of_the_next_day_where_the_day_is_closed() -> None:
    free = every_half_hour(MONDAY, 14, closed=[date(2026, 12, 3)])
    _, row, _ = planned(wanted(at(12, 1, 10), at(12, 3, 10), at(12, 8, 10)), free)
    assert row.alternatives == [at(12, 2, 9, 30), at(12, 2, 10), at(12, 4, 10)]


def test_times_that_keep_the_spacing_come_before_nearer_ones() -> None:
    """Two days from the session before: not Wednesday, although that is as near as Friday."""
    free = every_half_hour(MONDAY, 14, closed=[date(2026, 12, 3)])
    items = wanted(at(12, 1, 10), at(12, 3, 10), at(12, 8, 10))
    row = planned(items, free, spacing=Spacing((TWICE_A_WEEK,), min_gap_days=2))[1]
    assert {moment.astimezone(LA).date() for moment in row.alternatives} == {date(2026, 12, 4)}


def test_where_the_spacing_can_t_be_kept_the_order_still_is() -> None:
    free = every_half_hour(MONDAY, 14, closed=[date(2026, 12, 3), date(2026, 12, 4), date(2026, 12, 7)])
    items = wanted(at(12, 1, 10), at(12, 3, 10), at(12, 8, 10))
    row = planned(items, free, spacing=Spacing((TWICE_A_WEEK,), min_gap_days=2))[1]
    assert row.alternatives == [at(12, 2, 9, 30), at(12, 2, 10), at(12, 2, 10, 30)]


def test_nothing_is_proposed_where_there_is_nothing_between() -> None:
    rows = planned(wanted(at(12, 1, 10), at(12, 3, 10), at(12, 3, 15)), [at(12, 1, 10), at(12, 3, 15)])
    assert (rows[1].outcome, rows[1].alternatives) == (Outcome.TAKEN, [])


def test_two_sessions_of_one_course_do_not_meet() -> None:
    free = every_half_hour(MONDAY, 14)
    rows = planned(wanted(at(12, 1, 10), at(12, 1, 12), at(12, 1, 10), at(12, 8, 10)), free)
    assert [row.outcome for row in rows] == [Outcome.FREE, Outcome.OVERLAPS, Outcome.OVERLAPS, Outcome.FREE]


def test_the_first_is_not_before_the_first_day() -> None:
    free = every_half_hour(MONDAY, 5, closed=[date(2026, 12, 1)])
    (row,) = planned(wanted(at(12, 1, 10)), free, not_before=at(12, 1, 0))
    assert row.alternatives == [at(12, 2, 9, 30), at(12, 2, 10), at(12, 2, 10, 30)]


@settings(max_examples=60)
@given(data=st.data(), sessions=st.integers(1, 7), min_gap=st.integers(0, 3))
def test_any_choice_keeps_the_order_and_meets_nothing(data: st.DataObject, sessions: int, min_gap: int) -> None:
    """Whatever is free, and whichever alternatives are chosen: in order, apart, free, and none proposed twice."""
    items = targets([TWICE_A_WEEK], first_day=MONDAY, wishes=AT_TEN, sessions=sessions, zone=LA)
    grid = every_half_hour(MONDAY, 30)
    free = data.draw(st.lists(st.sampled_from(grid), unique=True, max_size=60))
    taken = data.draw(st.sets(st.sampled_from([item.at for item in items])))
    free = sorted({*free, *(item.at for item in items if item.at not in taken)} - taken)

    rows = planned(items, free, spacing=Spacing((TWICE_A_WEEK,), min_gap_days=min_gap))

    offered = [moment for row in rows for moment in row.alternatives]
    assert len(offered) == len(set(offered))
    assert set(offered) <= set(free)
    assert not set(offered) & {item.at for item in items}
    assert all(len(row.alternatives) <= 3 for row in rows)
    for row, item in zip(rows, items, strict=True):
        assert (row.outcome is Outcome.FREE) == (item.at in free)
    choices = [
        [item.at] if row.outcome is Outcome.FREE else row.alternatives for row, item in zip(rows, items, strict=True)
    ]
    open_ones = [choice for choice in choices if choice]
    for first, second in pairwise(open_ones):
        assert all(one + STAY <= other for one, other in product(first, second))
