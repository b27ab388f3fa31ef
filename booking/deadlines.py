"""By when the front desk owes something. No Django, no clock.

Good faith estimates: 45 CFR 149.610(b)(1)(vi) (86 FR 56136). For somebody who is uninsured or pays by themselves,
(A) where the service is scheduled at least 3 business days before it is furnished, not later than 1 business day after
the date of scheduling; (B) where at least 10 business days before, not later than 3 business days after the date of
scheduling; (C) where they ask for one, not later than 3 business days after the date of the request. What is scheduled
nearer than 3 business days needs none unless it is asked for.

The rule does not say what a business day is: here Monday to Friday but federal holidays. A day on which only this
office is closed counts, and where two ways of counting differ, what is due sooner holds.
"""

from collections.abc import Collection
from datetime import date, timedelta

DAY = timedelta(days=1)
SATURDAY = 5
NEAR, FAR = 3, 10  # business days from the scheduling to the visit
SOON, LATER = 1, 3  # business days to give the estimate
FORM_DAYS = 7  # from the visit, weekends too


def estimate_due(scheduled_on: date, visit_on: date, holidays: Collection[date]) -> date | None:
    """By when an estimate is owed because a visit was scheduled; None where it is not."""
    days = [scheduled_on + DAY * number for number in range((visit_on - scheduled_on).days + 1)]
    working = [day for day in days if is_business_day(day, holidays)]
    # From the day itself to the day before the visit, or from the next day to the visit's own: they differ where one
    # of the two is no business day.
    counts = {sum(day < visit_on for day in working), sum(day > scheduled_on for day in working)}
    if max(counts) < NEAR:
        return None
    return after(scheduled_on, LATER if min(counts) >= FAR else SOON, holidays)


def asked_estimate_due(asked_on: date, holidays: Collection[date]) -> date:
    """By when an estimate is owed because they have asked for it."""
    return after(asked_on, LATER, holidays)


def form_due(visit_on: date) -> date:
    """By when the form about a monitored visit is to be sent in: within seven days of it."""
    return visit_on + FORM_DAYS * DAY


def after(day: date, count: int, holidays: Collection[date]) -> date:
    """So many business days after that day."""
    while count:
        day += DAY
        count -= is_business_day(day, holidays)
    return day


def is_business_day(day: date, holidays: Collection[date]) -> bool:
    return day.weekday() < SATURDAY and day not in holidays
