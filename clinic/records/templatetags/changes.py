"""The changes kept of a patient, a visit or an account, for their pages."""

from django import template
from django.contrib.auth.models import User

from booking.models import Appointment, Patient
from clinic.records import timeline

register = template.Library()


@register.simple_tag
def changes_of(row: Patient | Appointment | User) -> list[timeline.Line]:
    if isinstance(row, User):
        return timeline.of_account(row)
    return timeline.of_patient(row) if isinstance(row, Patient) else timeline.of_visit(row)
