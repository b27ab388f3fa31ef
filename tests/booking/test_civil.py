"""8:00 to 20:00 in Los Angeles, whichever side of a change of the clock. In 2026: March 8 and November 1."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.civil import days_before, is_civil, next_civil

LA = ZoneInfo("America/Los_Angeles")
UTC = ZoneInfo("UTC")


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LA)


@pytest.mark.parametrize(
    ("moment", "civil"),
    [
        (at(12, 1, 7, 59), False),
        (at(12, 1, 8), True),
        (at(12, 1, 19, 59), True),
        (at(12, 1, 20), False),
        (at(3, 8, 8), True),
        (at(11, 1, 7, 59), False),
    ],
)
def test_hours_are_the_clinics(moment: datetime, civil: bool) -> None:
    assert is_civil(moment.astimezone(UTC), LA) is civil


@pytest.mark.parametrize(
    ("moment", "then"),
    [
        (at(12, 1, 12, 30), at(12, 1, 12, 30)),
        (at(12, 1, 3), at(12, 1, 8)),
        (at(12, 1, 20), at(12, 2, 8)),
        (at(12, 31, 23), datetime(2027, 1, 1, 8, tzinfo=LA)),
        (at(3, 7, 21), at(3, 8, 8)),  # a night of 10 hours, and one of 12
        (at(10, 31, 21), at(11, 1, 8)),
    ],
)
def test_the_next_civil_moment(moment: datetime, then: datetime) -> None:
    assert next_civil(moment.astimezone(UTC), LA) == then


@pytest.mark.parametrize(
    ("starts", "days", "moment"),
    [
        (at(12, 4, 10), 1, at(12, 3, 10)),
        (at(12, 4, 6, 30), 1, at(12, 3, 8)),
        (at(12, 4, 20), 1, at(12, 3, 19, 30)),
        (at(12, 1, 10), 3, at(11, 28, 10)),
        (at(3, 9, 10), 2, at(3, 7, 10)),  # the clock of the wall, though 47 hours lie between
        (at(11, 2, 10), 2, at(10, 31, 10)),
    ],
)
def test_days_before_a_visit_keep_its_clock_time(starts: datetime, days: int, moment: datetime) -> None:
    assert days_before(starts.astimezone(UTC), days, LA) == moment


def test_every_reminder_comes_at_a_civil_hour_before_its_visit() -> None:
    """Each quarter of an hour through the weeks around both changes."""
    for first in (at(3, 4, 0), at(10, 28, 0)):
        for number in range(10 * 96):
            starts = first.astimezone(UTC) + timedelta(minutes=15 * number)
            moment = days_before(starts, 1, LA)
            assert is_civil(moment, LA)
            assert timedelta(hours=10) < starts - moment.astimezone(UTC) <= timedelta(hours=30)
