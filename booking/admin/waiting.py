"""How long a request may wait for an answer. Working days are Monday to Friday, by the clinic's clock."""

from datetime import datetime, timedelta

from booking import when
from clinic.models import Practice

UNLESS_STATED = 1  # working days, where the practice has not said
SATURDAY = 5
DAY = timedelta(days=1)


def answer_due(asked_at: datetime, working_days: int) -> datetime:
    """The moment by which the answer is due. What is asked at a weekend counts from Monday's first minute."""
    due = when.local(asked_at)
    if due.weekday() >= SATURDAY:
        due = _next_working_day(due).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(working_days):
        due = _next_working_day(due)
    return due


def is_late(asked_at: datetime, *, practice: Practice, now: datetime) -> bool:
    days = practice.reply_working_days
    return now > answer_due(asked_at, UNLESS_STATED if days is None else days)


def _next_working_day(moment: datetime) -> datetime:
    """The same clock time on the next day from Monday to Friday; the clinic's, so wall time is meant."""
    moment += DAY
    while moment.weekday() >= SATURDAY:
        moment += DAY
    return moment
