"""What was sent about a visit or a course, as rows of their pages."""

from datetime import datetime

from django.db.models import Q
from django.utils.safestring import SafeString

from booking.admin import words
from booking.models import Appointment, Course, Kind, Message
from booking.models.message import MessageQuerySet

OF_COURSE = (Kind.COURSE_PLACED, Kind.COURSE_CANCELLED)

Line = tuple[Message, SafeString, str]  # its state, and why it is so or when it goes


def of_visit(visit: Appointment, *, now: datetime) -> list[Line]:
    """Its own, and what was told once about its whole course: that is kept at one of the visits."""
    about = Q(appointment=visit)
    if visit.course_id:
        about |= Q(appointment__course=visit.course_id, kind__in=OF_COURSE)
    return _lines(Message.objects.filter(about), now=now)


def of_course(course: Course, *, now: datetime) -> list[Line]:
    """What was told about it as a whole."""
    return _lines(Message.objects.filter(appointment__course=course, kind__in=OF_COURSE), now=now)


def _lines(messages: MessageQuerySet, *, now: datetime) -> list[Line]:
    found = messages.with_wait().select_related("appointment__patient").order_by("created_at", "pk")
    return [
        (message, words.message_state(message), words.failure(message) or words.goes_out(message, now=now))
        for message in found
    ]
