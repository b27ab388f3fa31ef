"""The changes kept of a row, for its page, and the values of an export, for people."""

from django import template
from django.contrib.auth.models import User
from django.db import models

from booking.models import (
    Appointment,
    CoursePhase,
    CourseTemplate,
    DatedHours,
    Patient,
    Preparation,
    Resource,
    VisitType,
    WeeklyHours,
)
from clinic.records import timeline
from clinic.records.readable import readable

register = template.Library()
register.filter("readable", readable)

# What is edited on the page of a setting together with it.
PARTS: dict[type[models.Model], tuple[type[models.Model], ...]] = {
    VisitType: (Preparation,),
    Resource: (WeeklyHours, DatedHours),
    CourseTemplate: (CoursePhase,),
}


@register.simple_tag
def changes_of(row: models.Model) -> list[timeline.Line]:
    if isinstance(row, User):
        return timeline.of_account(row)
    if isinstance(row, Patient):
        return timeline.of_patient(row)
    if isinstance(row, Appointment):
        return timeline.of_visit(row)
    return timeline.of_setting(row, *PARTS.get(type(row), ()))
