"""How one visit of a patient stands to the others: what a clash is, and what is none."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking.apart import Clash, Other, Side, clash, suits
from booking.slots import Span

LA = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)


def at(hour: int, day: int = 9, month: int = 12) -> Span:
    """An hour of December 2026, by the clinic's clock."""
    start = datetime(2026, month, day, hour, tzinfo=LA).astimezone(UTC)
    return Span(start, start + HOUR)


BEFORE, AFTER = Side.BEFORE, Side.AFTER


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (Other(at(9)), None),  # they touch
        (Other(at(11)), None),
        (Other(Span(at(9).start, at(10).start + timedelta(seconds=1))), Clash.OVERLAP),
        (Other(Span(at(9).start, at(12).end)), Clash.OVERLAP),
        (Other(at(10), BEFORE), Clash.OVERLAP),
        (Other(at(9), BEFORE), None),  # of one day, where nothing else is asked
        (Other(at(9), AFTER), Clash.ORDER),
        (Other(at(11), BEFORE), Clash.ORDER),
        (Other(at(11), AFTER), None),
        (Other(at(9), BEFORE, 1), Clash.TOO_CLOSE),
        (Other(at(16, day=8), BEFORE, 1), None),  # days are counted, not hours
        (Other(at(9, day=8), BEFORE, 2), Clash.TOO_CLOSE),
        (Other(at(16, day=7), BEFORE, 2), None),
        (Other(at(16, day=10), AFTER, 2), Clash.TOO_CLOSE),
        (Other(at(9, day=11), AFTER, 2), None),
        (Other(at(9, day=12), BEFORE, 2), Clash.ORDER),
    ],
)
def test_what_stands_between_a_visit_at_ten_on_the_ninth_and_another(other: Other, found: Clash | None) -> None:
    assert clash(at(10), other, LA) is found


def test_days_are_those_of_the_clinic_s_clock() -> None:
    """In UTC both are on November 2, and an hour more than a day lies between them: the clock is set back."""
    late, early = at(17, day=1, month=11), at(8, day=2, month=11)

    assert clash(early, Other(late, BEFORE, 1), LA) is None
    assert clash(early, Other(late, BEFORE, 2), LA) is Clash.TOO_CLOSE


def test_one_clash_is_enough() -> None:
    assert suits(at(10), [], LA)
    assert suits(at(10), [Other(at(9)), Other(at(12))], LA)
    assert not suits(at(10), [Other(at(9)), Other(at(10))], LA)
