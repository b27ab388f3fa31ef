"""How long a request may wait for an answer. Working days are Monday to Friday, by the clinic's clock."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils import timezone

from booking import civil, when
from clinic.models import Practice

UNLESS_STATED = 1  # working days, where the practice has not said
SATURDAY = 5
DAY = timedelta(days=1)


def answer_due(asked_at: datetime, working_days: int, closed: Collection[date] = ()) -> datetime:
    """The moment by which the answer is due. What is asked on a day off counts from the next working day's start.

    `closed` are holidays on which the office is closed.
    """
    due = when.local(asked_at)
    if _is_off(due, closed):
        due = _next_working_day(due, closed).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(working_days):
        due = _next_working_day(due, closed)
    return due


def end_of_working_day(now: datetime, working_days: int, closed: Collection[date] = ()) -> datetime:
    """The evening of the working day that comes so many after this one."""
    day = answer_due(now, working_days, closed).date()
    return datetime.combine(day, civil.LAST, timezone.get_default_timezone())


def is_late(asked_at: datetime, *, practice: Practice, now: datetime, closed: Collection[date] = ()) -> bool:
    days = practice.reply_working_days
    return now > answer_due(asked_at, UNLESS_STATED if days is None else days, closed)


def _next_working_day(moment: datetime, closed: Collection[date]) -> datetime:
    """The same clock time on the next working day; the clinic's, so wall time is meant."""
    moment += DAY
    while _is_off(moment, closed):
        moment += DAY
    return moment


def _is_off(moment: datetime, closed: Collection[date]) -> bool:
    return moment.weekday() >= SATURDAY or moment.date() in closed
