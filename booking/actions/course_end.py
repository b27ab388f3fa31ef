"""Ending a course: all that is left of it is cancelled at once, and told in one message."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from booking.actions.patient import ChangedMeanwhile
from booking.actions.steps import move_state, tell
from booking.actions.who import By
from booking.models import OPEN, Appointment, Course, Kind, Verb
from booking.transactions import in_transaction


def cancel_rest(*, course: Course, seen: Collection[int], by: By, now: datetime) -> list[Appointment]:
    """Every visit of the course that is still to come. `seen` are the keys of those that staff were shown.

    Raises ChangedMeanwhile where they are others by now, or none, and Busy.
    """

    def attempt() -> list[Appointment]:
        left = list(rest_of(course, now=now).order_by("pk").select_for_update(of=("self",), no_key=True))
        if not left or {visit.pk for visit in left} != set(seen):
            raise ChangedMeanwhile
        moved = [move_state(visit, Verb.CANCEL, by=by, now=now) for visit in left]
        event = moved[0].events.filter(verb=Verb.CANCEL).latest("pk")
        tell(moved[0], Kind.COURSE_CANCELLED, by=by, now=now, occasion=str(event.pk))
        return moved

    return in_transaction(attempt)


def rest_of(course: Course, *, now: datetime) -> QuerySet[Appointment]:
    visits = Appointment.objects.filter(course=course, status__in=OPEN, starts_at__gt=now)
    return visits.select_related("visit_type", "course").order_by("starts_at", "pk")
