"""The changes kept of a patient or a visit, for their pages."""

from django import template

from booking.models import Appointment, Patient
from clinic.records import timeline

register = template.Library()


@register.simple_tag
def changes_of(row: Patient | Appointment) -> list[timeline.Line]:
    return timeline.of_patient(row) if isinstance(row, Patient) else timeline.of_visit(row)
