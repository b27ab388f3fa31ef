"""What is due, for the first page of the desk. A constant number of queries."""

from dataclasses import dataclass, field

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from booking.admin.due import Due, reviews_to_book, tasks_due
from booking.admin.leaving import to_clear
from booking.models import Closure, Course
from booking.reminders import Today, today

register = template.Library()


@dataclass(frozen=True)
class DeskDue:
    sees_tasks: bool = False
    may_tick: bool = False
    tasks: Due = field(default_factory=Due)
    reviews: int = 0  # of courses, to be booked
    closures: list[Closure] = field(default_factory=list)  # times to be cleared in which visits still stand
    reminders: Today | None = None


@register.simple_tag
def desk_due(user: User | AnonymousUser) -> DeskDue:
    """Nothing of what this person has nothing to do with."""
    now, sees_tasks = timezone.now(), user.has_perm("booking.view_task") or user.has_perm("booking.change_task")
    return DeskDue(
        sees_tasks=sees_tasks,
        may_tick=user.has_perm("booking.change_task"),
        tasks=tasks_due(now=now) if sees_tasks else Due(),
        reviews=reviews_to_book(Course.objects.all()).count() if user.has_perm("booking.view_course") else 0,
        closures=list(to_clear(now=now)) if user.has_perm("booking.add_hold") else [],
        reminders=today(now=now) if user.has_perm("booking.view_message") else None,
    )
