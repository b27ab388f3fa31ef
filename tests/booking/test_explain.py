"""Why a time is not offered: one rule each, and never a different answer from what is offered."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.explain import Reason, Refusal, why_not
from booking.slots import Busy, Chair, DatedOpening, Hours, Opening, Rule, Span, free_starts

LA = ZoneInfo("America/Los_Angeles")
ANA, BEN = 1, 2  # clinicians
LEFT, RIGHT = 7, 8  # chairs
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# A Monday, 8:00 in Los Angeles.
NOW = datetime(2026, 11, 30, 16, tzinfo=UTC)
WEEKDAYS = [Opening(ANA, day, time(9), time(17)) for day in range(5)]
CHAIRS = [Chair(LEFT, timedelta(minutes=15)), Chair(RIGHT)]


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    """A local time of December 2026; the 2nd is a Wednesday."""
    return datetime(2026, 12, day, hour, minute, tzinfo=LA).astimezone(UTC)


def span(start: int, end: int, day: int = 2) -> Span:
    return Span(at(start, day=day), at(end, day=day))


def ask(
    moment: datetime,
    *,
    weekly: list[Opening] = WEEKDAYS,
    dated: list[DatedOpening] | None = None,
    closed: frozenset[date] = frozenset(),
    chairs: list[Chair] = CHAIRS,
    busy: list[Busy] | None = None,
    booked: dict[date, int] | None = None,
    **rule: object,
) -> Refusal | None:
    values: dict[str, object] = {"stay": HOUR, "clinician_part": HOUR, "step": HOUR / 2}
    return why_not(
        moment,
        rule=Rule(**{**values, **rule}),  # type: ignore[arg-type]
        hours=Hours(weekly, dated or [], closed),
        chairs=chairs,
        busy=busy or [],
        booked_per_day=booked or {},
        now=NOW,
        zone=LA,
    )


DAY = (Span(at(9), at(17)),)
TWO_DAYS, A_WEEK = timedelta(days=2), timedelta(days=7)
VISIT = Busy(ANA, span(11, 13))


@pytest.mark.parametrize(
    ("moment", "given", "refusal"),
    [
        (at(10), {}, None),
        (at(16), {}, None),
        (at(10), {"notice": 3 * TWO_DAYS}, Refusal(Reason.NOTICE, edge=NOW + 3 * TWO_DAYS)),
        (NOW - MINUTE, {}, Refusal(Reason.NOTICE, edge=NOW)),
        (at(10, day=9), {"horizon": A_WEEK}, Refusal(Reason.HORIZON, edge=NOW + A_WEEK)),
        (at(10), {"closed": frozenset({date(2026, 12, 2)})}, Refusal(Reason.CLOSED_DAY)),
        (at(10, day=5), {}, Refusal(Reason.NO_HOURS)),
        (at(10), {"dated": [DatedOpening(ANA, date(2026, 12, 2))]}, Refusal(Reason.NO_HOURS)),
        (at(8, 59), {}, Refusal(Reason.OUTSIDE_HOURS, clinician=ANA, hours=DAY)),
        (at(17), {}, Refusal(Reason.OUTSIDE_HOURS, clinician=ANA, hours=DAY)),
        (at(16, 30), {}, Refusal(Reason.ENDS_TOO_LATE, edge=at(17), clinician=ANA, hours=DAY)),
        (at(10, 10), {}, Refusal(Reason.OFF_STEP, edge=at(9), clinician=ANA, hours=DAY)),
        (at(10), {"daily_limit": 2, "booked": {date(2026, 12, 2): 2}}, Refusal(Reason.DAILY_LIMIT)),
        (at(10), {"daily_limit": 2, "booked": {date(2026, 12, 2): 1}}, None),
        (at(12), {"busy": [VISIT]}, Refusal(Reason.CLINICIAN_HELD, clinician=ANA, held=(VISIT,))),
        (at(10), {"busy": [VISIT]}, None),
        (at(10), {"busy": [VISIT], "buffer_after": MINUTE}, Refusal(Reason.CLINICIAN_HELD, None, ANA, (), (VISIT,))),
        (at(10), {"needs_chair": True, "busy": [Busy(LEFT, span(9, 17))]}, None),
        (at(10), {"needs_chair": True, "chairs": []}, Refusal(Reason.NO_CHAIR, clinician=ANA)),
    ],
)
def test_each_rule_says_what_closes_the_time(moment: datetime, given: dict, refusal: Refusal | None) -> None:  # type: ignore[type-arg]
    assert ask(moment, **given) == refusal


def test_every_chair_s_holds_are_told_and_touching_ones_apart() -> None:
    left = [Busy(LEFT, span(9, 11)), Busy(LEFT, Span(at(11), at(11, 10)))]
    right = [Busy(RIGHT, Span(at(10, 59), at(12)))]

    refusal = ask(at(10), needs_chair=True, busy=[*right, *left, Busy(RIGHT, span(13, 14))])

    assert refusal == Refusal(Reason.NO_CHAIR, clinician=ANA, held=(*left, *right))


def test_of_two_clinicians_the_one_who_came_closest_is_told() -> None:
    weekly = [*WEEKDAYS, Opening(BEN, 2, time(10), time(11))]
    ben_is_held = Busy(BEN, span(10, 11))

    assert ask(at(16, 30), weekly=weekly) == Refusal(Reason.ENDS_TOO_LATE, at(17), ANA, DAY)
    assert ask(at(10), weekly=weekly, busy=[Busy(ANA, span(9, 17)), ben_is_held], needs_chair=True, chairs=[]) == (
        Refusal(Reason.CLINICIAN_HELD, clinician=ANA, held=(Busy(ANA, span(9, 17)),))
    )
    assert ask(at(10), weekly=weekly, busy=[Busy(ANA, span(9, 17))], needs_chair=True, chairs=[]) == (
        Refusal(Reason.NO_CHAIR, clinician=BEN)
    )
    assert ask(at(10), weekly=weekly, busy=[Busy(ANA, span(9, 17))]) is None


@st.composite
def weeks(draw: st.DrawFn) -> tuple[Rule, Hours, list[Chair], list[Busy], dict[date, int], datetime]:
    """A kind of visit, and a week of two clinicians and two chairs, now and then with a change of the clock in it."""
    monday = draw(st.sampled_from([date(2026, 10, 26), date(2026, 11, 30), date(2027, 3, 8)]))
    midnight = datetime.combine(monday, time(), LA).astimezone(UTC)
    days = [monday + timedelta(days=number) for number in range(7)]
    clock = st.sampled_from([time(0), time(1, 30), time(9), time(9, 10), time(12), time(12, 20), time(17)])
    hours = st.tuples(st.sampled_from([ANA, BEN]), clock, clock)
    weekly = [Opening(who, day.weekday(), *edges) for day in days for who, *edges in draw(st.lists(hours, max_size=3))]
    weekly += draw(st.sampled_from([[], WEEKDAYS]))
    dated = [
        DatedOpening(who, draw(st.sampled_from(days)), *edges) for who, *edges in draw(st.lists(hours, max_size=2))
    ]
    dated += [DatedOpening(ANA, day) for day in draw(st.lists(st.sampled_from(days), max_size=1))]
    held = st.tuples(
        st.sampled_from([ANA, BEN, LEFT, RIGHT]), st.integers(0, 6), st.integers(0, 17 * 60), st.integers(1, 600)
    )
    busy = [
        Busy(
            who,
            Span(midnight + day * 24 * HOUR + start * MINUTE, midnight + day * 24 * HOUR + (start + length) * MINUTE),
        )
        for who, day, start, length in draw(st.lists(held, min_size=5, max_size=25))
    ]
    stay = draw(st.integers(10, 150))
    rule = Rule(
        stay=stay * MINUTE,
        clinician_part=draw(st.integers(5, stay)) * MINUTE,
        step=draw(st.sampled_from([5, 10, 15, 30])) * MINUTE,
        buffer_before=draw(st.sampled_from([0, 10])) * MINUTE,
        buffer_after=draw(st.sampled_from([0, 10])) * MINUTE,
        notice=draw(st.sampled_from([0, 24])) * HOUR,
        horizon=timedelta(days=draw(st.integers(1, 6)), hours=9),
        needs_chair=draw(st.booleans()),
        daily_limit=draw(st.sampled_from([None, 3])),
    )
    booked = {day: draw(st.integers(0, 3)) for day in days}
    closed = frozenset(draw(st.lists(st.sampled_from(days), max_size=1)))
    chairs = draw(st.sampled_from([CHAIRS, CHAIRS[:1], []]))
    return rule, Hours(weekly, dated, closed), chairs, busy, booked, midnight


@settings(max_examples=15)
@given(weeks())
def test_a_time_is_offered_exactly_where_nothing_closes_it(
    week: tuple[Rule, Hours, list[Chair], list[Busy], dict[date, int], datetime],
) -> None:
    """Every minute of a random week."""
    rule, hours, chairs, busy, booked, midnight = week
    every_minute = [midnight + number * MINUTE for number in range(-60, 7 * 24 * 60 + 120)]

    offered = {
        start.at
        for start in free_starts(
            rule=rule,
            hours=hours,
            chairs=chairs,
            busy=busy,
            booked_per_day=booked,
            window=Span(every_minute[0], every_minute[-1] + MINUTE),
            now=midnight,
            zone=LA,
        )
    }
    open_minutes = {
        minute
        for minute in every_minute
        if why_not(
            minute, rule=rule, hours=hours, chairs=chairs, busy=busy, booked_per_day=booked, now=midnight, zone=LA
        )
        is None
    }

    assert open_minutes == offered
