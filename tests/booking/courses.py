"""Typed makers of courses: a template, a patient who may have it, and the times of a plan."""

from datetime import date, datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from booking import actions
from booking.course_plan import Wish, targets
from booking.models import Clearance, Course, CoursePhase, CourseTemplate, Patient, VisitType
from tests.booking.factories import NOW, make_visit_type

LA = ZoneInfo("America/Los_Angeles")
TUESDAY_AND_THURSDAY = [Wish(1, time(10)), Wish(3, time(10))]


def make_patient(**changes: Any) -> Patient:
    values: dict[str, Any] = {
        "name": "Ana Diaz",
        "email": "ana@example.test",
        "phone": "+13105550123",
        "contact_by": "email",
        "standing": "returning",
        "insurance": "unsure",
        "created_at": NOW,
    }
    return Patient.objects.create(**{**values, **changes})


def make_template(*, with_review: bool = True, **changes: Any) -> CourseTemplate:
    """Eight sessions, two a week, with a chair for the whole stay, and a review after the last."""
    session = make_visit_type(
        "session",
        name="Monitored visit",
        open_to=VisitType.OpenTo.CLEARED,
        length_minutes=150,
        clinician_minutes=30,
        needs_chair=True,
    )
    review = make_visit_type("review", name="Follow-up visit", length_minutes=30, clinician_minutes=30)
    values: dict[str, Any] = {"review_type": review, "review_after_session": 8} if with_review else {}
    template = CourseTemplate.objects.create(name="Course of 8", visit_type=session, **{**values, **changes})
    CoursePhase.objects.create(template=template, order=1, sessions=8, per_week=2)
    return template


def make_cleared_patient(template: CourseTemplate, user: User, **details: Any) -> Patient:
    patient = make_patient(**details)
    Clearance.objects.create(patient=patient, visit_type=template.visit_type, by=user, at=NOW)
    return patient


def starts_of(template: CourseTemplate, first_day: date = date(2026, 12, 1), sessions: int = 8) -> list[datetime]:
    """Tuesdays and Thursdays at ten."""
    found = targets(
        template.spacing().phases, first_day=first_day, wishes=TUESDAY_AND_THURSDAY, sessions=sessions, zone=LA
    )
    return [item.at for item in found]


def place_course(template: CourseTemplate, patient: Patient, user: User, **changes: Any) -> Course:
    values: dict[str, Any] = {
        "patient": patient,
        "template": template,
        "starts": starts_of(template),
        "review_start": None,
        "submission_id": uuid4(),
        "by": actions.staff(user),
        "now": NOW,
    }
    return actions.place_course(**{**values, **changes})
