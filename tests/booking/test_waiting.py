"""Working days by the clinic's clock. November 30, 2026 is a Monday."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.waiting import answer_due, is_late
from clinic.models import Practice

LA = ZoneInfo("America/Los_Angeles")


def at(month: int, day: int, hour: int = 15, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=LA)


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        (at(11, 30), 1, at(12, 1)),  # Monday to Tuesday
        (at(11, 30), 3, at(12, 3)),
        (at(11, 30), 0, at(11, 30)),
        (at(12, 4), 1, at(12, 7)),  # Friday to Monday
        (at(12, 3), 2, at(12, 7)),  # Thursday to Monday
        (at(12, 5), 1, at(12, 8, 0)),  # Saturday counts from Monday's first minute
        (at(12, 6), 1, at(12, 8, 0)),  # so does Sunday
        (at(10, 30), 1, at(11, 2)),  # the clock goes back on Sunday, November 1; 3 PM stays 3 PM
    ],
)
def test_answer_due(asked: datetime, days: int, due: datetime) -> None:
    assert answer_due(asked, days) == due


def test_a_closed_holiday_is_no_working_day() -> None:
    closed = {at(12, 1).date(), at(12, 7).date()}
    assert answer_due(at(11, 30), 1, closed) == at(12, 2)
    assert answer_due(at(12, 1), 0, closed) == at(12, 2, 0)
    assert answer_due(at(12, 4), 1, closed) == at(12, 8)


@pytest.mark.parametrize(("days", "allowed"), [(None, 1), (0, 0), (2, 2)])
def test_is_late_from_the_moment_after(days: int | None, allowed: int) -> None:
    practice = Practice(reply_working_days=days)
    asked = at(11, 30)
    due = asked + timedelta(days=allowed)
    assert not is_late(asked, practice=practice, now=due)
    assert is_late(asked, practice=practice, now=due + timedelta(seconds=1))
