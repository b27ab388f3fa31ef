"""By when something is owed: the days of the rule, counted by hand."""

from datetime import date

import pytest

from booking import holidays
from booking.deadlines import asked_estimate_due, estimate_due, form_due

MONDAY = date(2026, 6, 1)
NONE: frozenset[date] = frozenset()


@pytest.mark.parametrize(
    ("scheduled", "visit", "due"),
    [
        # Thursday is three business days after Monday: estimate by Tuesday.
        (date(2026, 6, 1), date(2026, 6, 4), date(2026, 6, 2)),
        (date(2026, 6, 1), date(2026, 6, 3), None),  # two
        (date(2026, 6, 1), date(2026, 6, 1), None),
        (date(2026, 6, 1), date(2026, 6, 12), date(2026, 6, 2)),  # nine
        (date(2026, 6, 1), date(2026, 6, 15), date(2026, 6, 4)),  # ten: three days to give it
        (date(2026, 6, 5), date(2026, 6, 10), date(2026, 6, 8)),  # over a weekend
        (date(2026, 6, 4), date(2026, 6, 9), date(2026, 6, 5)),
        # Scheduled on a Saturday, three business days up to the visit's own: the stricter way of counting.
        (date(2026, 6, 6), date(2026, 6, 10), date(2026, 6, 8)),
        # Friday to that Monday two weeks off: ten days one way, ten the other.
        (date(2026, 6, 5), date(2026, 6, 22), date(2026, 6, 10)),
        # Scheduled on a Saturday, for the second Friday after: nine one way, ten the other; so one day.
        (date(2026, 6, 6), date(2026, 6, 19), date(2026, 6, 8)),
    ],
)
def test_an_estimate_is_due_by_how_far_ahead_the_visit_was_scheduled(
    scheduled: date, visit: date, due: date | None
) -> None:
    assert estimate_due(scheduled, visit, NONE) == due


def test_federal_holidays_are_no_business_days() -> None:
    days = holidays.federal(date(2026, 11, 1), date(2027, 1, 31))

    # Wednesday before Thanksgiving to Tuesday: Friday counts, though this office may be closed on it.
    assert estimate_due(date(2026, 11, 25), date(2026, 12, 1), days) == date(2026, 11, 27)
    assert estimate_due(date(2026, 11, 25), date(2026, 11, 30), days) is None
    # New Year's Day lies between.
    assert estimate_due(date(2026, 12, 31), date(2027, 1, 6), days) == date(2027, 1, 4)
    assert date(2026, 11, 27) not in days


def test_who_asks_has_it_within_three_business_days() -> None:
    assert asked_estimate_due(date(2026, 6, 1), NONE) == date(2026, 6, 4)
    assert asked_estimate_due(date(2026, 6, 5), NONE) == date(2026, 6, 10)
    assert asked_estimate_due(date(2026, 6, 6), NONE) == date(2026, 6, 10)


def test_a_form_is_due_seven_days_after_the_visit_weekends_too() -> None:
    assert form_due(date(2026, 6, 1)) == date(2026, 6, 8)
