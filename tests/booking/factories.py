"""Typed makers of test data: chosen values, no chance."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from phonenumber_field.phonenumber import PhoneNumber

from booking import actions
from booking.models import Appointment, ContactBy, Insurance, Resource, Standing, VisitType, WeeklyHours

# A Monday, 8:00 in Los Angeles.
NOW = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
# The Wednesday after, 10:00 in Los Angeles.
START = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)


def make_clinician(name: str = "Dr. Bacchus", *, hours: bool = True) -> Resource:
    """A clinician who sees people Monday to Friday, 9 to 5."""
    clinician = Resource.objects.create(kind=Resource.Kind.CLINICIAN, name=name)
    if hours:
        for weekday in range(5):
            WeeklyHours.objects.create(clinician=clinician, weekday=weekday, opens=time(9), closes=time(17))
    return clinician


def make_chair(name: str = "Chair 1", turnover_minutes: int = 15) -> Resource:
    return Resource.objects.create(kind=Resource.Kind.CHAIR, name=name, turnover_minutes=turnover_minutes)


def make_visit_type(slug: str = "first-visit", **changes: Any) -> VisitType:
    values: dict[str, Any] = {
        "slug": slug,
        "name": "First visit",
        "description": "A conversation.",
        "length_minutes": 60,
        "clinician_minutes": 60,
        "step_minutes": 30,
        "notice_hours": 24,
        "horizon_days": 60,
    }
    return VisitType.objects.create(**{**values, **changes})


def make_details(**changes: Any) -> actions.Details:
    values: dict[str, Any] = {
        "name": "Ana Diaz",
        "email": "ana@example.test",
        "phone": PhoneNumber.from_string("+13105550123"),
        "contact_by": ContactBy.EMAIL,
        "voicemail_ok": False,
        "standing": Standing.NEW,
        "insurance": Insurance.UNSURE,
        "needs": [],
    }
    return actions.Details(**{**values, **changes})


def make_appointment(
    visit_type: VisitType | None = None,
    *,
    starts_at: datetime = START,
    now: datetime = NOW,
    submission_id: UUID | None = None,
    **details: Any,
) -> Appointment:
    """A request made the way a visitor makes one; a clinician with hours is made where there is none."""
    if not Resource.objects.filter(kind=Resource.Kind.CLINICIAN).exists():
        make_clinician()
    kind = visit_type or VisitType.objects.filter(slug="first-visit").first() or make_visit_type()
    return actions.request_appointment(
        visit_type=kind,
        starts_at=starts_at,
        details=make_details(**details),
        submission_id=submission_id or uuid4(),
        network="192.0.2.1",
        now=now,
    ).appointment


def make_staff(username: str = "sam", first_name: str = "Sam", last_name: str = "Lee") -> User:
    return User.objects.create_user(
        username, password="correct horse battery", first_name=first_name, last_name=last_name, is_staff=True
    )


def form_data(**changes: Any) -> dict[str, Any]:
    """What a browser posts for a filled-in details form."""
    values: dict[str, Any] = {
        "name": "Ana Diaz",
        "email": "ana@example.test",
        "phone": "(310) 555-0123",
        "adult": "yes",
        "standing": "new",
        "contact_by": "email",
        "voicemail": "no",
        "insurance": "unsure",
        "submission": str(uuid4()),
    }
    return {**values, **changes}


def later(start: datetime, **delta: int) -> datetime:
    return start + timedelta(**delta)
