"""Browsers with the page already open, who have only to press; and visits by the hundred to press about."""

import os
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from booking import links
from booking.models import Appointment, Hold, Insurance, Patient, Resource, Standing, VisitType
from clinic.sessions import SessionStore
from tests.faults.parts import Site
from tests.faults.visitor import Visitor

MANY = int(os.environ.get("CROWD", "40"))  # 200 on a machine of its own


def browser(site: Site) -> Visitor:
    """Has seen a form of ours: the cookie that belongs to it is there, without asking for the page."""
    visitor = Visitor(site.web_port, timeout=500)
    visitor.cookies["csrf"] = "x" * 32
    return visitor


def patients_browser(site: Site, appointment: Appointment) -> Visitor:
    """Has come by the link in a message."""
    visitor, response = browser(site), HttpResponse()
    links.remember(response, appointment)
    visitor.cookies |= {name: morsel.value for name, morsel in response.cookies.items()}
    return visitor


def staff_browsers(site: Site, count: int, people: int = 10) -> list[Visitor]:
    """Signed-in staff, some of them at several machines."""
    users = [User.objects.create_superuser(f"staff{number}", password="x") for number in range(people)]
    visitors = []
    for number in range(count):
        client, visitor = Client(), browser(site)
        client.force_login(users[number % people])
        visitor.cookies["session"] = client.cookies[settings.SESSION_COOKIE_NAME].value
        visitors.append(visitor)
    return visitors


def told(visitor: Visitor) -> str:
    """What the next page of that member of staff will say."""
    return str(SessionStore(visitor.cookies["session"]).get("_messages"))


def visits_at(kind: VisitType, starts: Sequence[datetime]) -> list[Appointment]:
    """Requests of as many people, a clinician held for each; written at one go, for there may be hundreds."""
    clinician, now, stay = Resource.objects.get(), timezone.now(), kind.rule().stay
    details = {"phone": "+13105550100", "contact_by": "email", "standing": Standing.NEW, "insurance": Insurance.UNSURE}
    people = Patient.objects.bulk_create(
        Patient(name=f"Person {number}", email=f"person{number}@example.test", created_at=now, **details)
        for number, _ in enumerate(starts)
    )
    visits = Appointment.objects.bulk_create(
        Appointment(visit_type=kind, patient=person, starts_at=start, ends_at=start + stay, created_at=now)
        for person, start in zip(people, starts, strict=True)
    )
    Hold.objects.bulk_create(
        Hold(resource=clinician, appointment=visit, period=DateTimeTZRange(visit.starts_at, visit.ends_at))
        for visit in visits
    )
    return visits


def deadlocks() -> int:
    """How often Postgres had to end somebody's transaction in this database because two waited for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
