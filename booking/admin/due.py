"""What is due at the front desk, for its first page. A constant number of queries, however much there is."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from booking import when
from booking.admin import task_words
from booking.admin.tasks import read
from booking.models import COUNTING, Appointment, Course, Status

SHOWN = 8
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Due:
    lines: list[task_words.Line] = field(default_factory=list)
    count: int = 0  # overdue, today and within the days ahead
    overdue: int = 0
    today: int = 0

    @property
    def now(self) -> int:
        """What can't wait for tomorrow."""
        return self.overdue + self.today


def tasks_due(*, now: datetime) -> Due:
    """Overdue first, then today, then the next days. Two queries."""
    today = when.local(now).date()
    soon = read().open().filter(due_on__lte=today + AHEAD)
    counts = soon.order_by().aggregate(
        all=Count("pk"),
        overdue=Count("pk", filter=Q(due_on__lt=today)),
        today=Count("pk", filter=Q(due_on=today)),
    )
    lines = [task_words.line(task, today=today) for task in soon.soonest_first()[:SHOWN]] if counts["all"] else []
    return Due(lines, counts["all"], counts["overdue"], counts["today"])


def reviews_to_book(courses: QuerySet[Course]) -> QuerySet[Course]:
    """Courses whose session before the review is done, and whose review visit nobody has booked."""
    visits = Appointment.objects.filter(course=OuterRef("pk"))
    done = visits.filter(course_position=OuterRef("template__review_after_session"), status=Status.COMPLETED)
    booked = visits.filter(course_position=None, status__in=COUNTING)
    return courses.filter(Exists(done), ~Exists(booked))
