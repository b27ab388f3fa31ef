"""What was sent about a visit or a course, as rows of their pages."""

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString

from booking.admin import words
from booking.models import Appointment, Course, Kind, Message

OF_COURSE = (Kind.COURSE_PLACED, Kind.COURSE_CANCELLED)

Line = tuple[Message, SafeString, str]  # its state, and why it is so


def of_visit(visit: Appointment) -> list[Line]:
    """Its own, and what was told once about its whole course: that is kept at one of the visits."""
    about = Q(appointment=visit)
    if visit.course_id:
        about |= Q(appointment__course=visit.course_id, kind__in=OF_COURSE)
    return _lines(Message.objects.filter(about))


def of_course(course: Course) -> list[Line]:
    """What was told about it as a whole."""
    return _lines(Message.objects.filter(appointment__course=course, kind__in=OF_COURSE))


def _lines(messages: QuerySet[Message]) -> list[Line]:
    found = messages.select_related("appointment__patient").order_by("created_at", "pk")
    return [(message, words.message_state(message), words.failure(message)) for message in found]
