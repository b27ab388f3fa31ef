"""What is measured: the pages that staff and patients wait for, and the statements under them."""

from collections.abc import Callable
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.template import engines
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from booking.models import Appointment, Patient

Page = Callable[[], object]


def floors() -> dict[str, Page]:
    """What no page can beat: one question to the database and its answer; an empty template."""
    empty = engines["django"].from_string("")

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()

    return {
        "one SELECT 1": ask,
        "an empty template": empty.render,
        "an answer without a page": _get(Client(), "/healthz"),
    }


def pages(user: User) -> dict[str, Page]:
    desk, visitor = Client(), Client()
    desk.force_login(user)
    many = Appointment.objects.count()
    visit = Appointment.objects.order_by("-pk")[many // 50]
    patient = Patient.objects.order_by("pk")[Patient.objects.count() // 100]
    lists = {
        name: reverse(f"admin:booking_{name}_changelist") for name in ("appointment", "patient", "message", "course")
    }
    a_month_ago = timezone.localdate() - timedelta(days=30)
    some = f"{reverse('admin:booking_appointment_csv')}?q=garcia"
    got = {
        "the desk": "/admin/",
        "appointments": lists["appointment"],
        "appointments, the middle": f"{lists['appointment']}?p={many // 100}",
        "appointments, today": f"{lists['appointment']}?day=today",
        "appointments by name": f"{lists['appointment']}?q=nunez zoe",
        "appointments by phone": f"{lists['appointment']}?q=(213) 004-8500",
        "appointments by reference": f"{lists['appointment']}?q={visit.reference}",
        "appointments by e-mail": f"{lists['appointment']}?q={patient.email}",
        "patients": lists["patient"],
        "patients by name": f"{lists['patient']}?q=nunez zoe",
        "patients by reference": f"{lists['patient']}?q={visit.reference}",
        "find a patient": f"{reverse('admin:booking_patient_find')}?q=oneill",
        "messages": lists["message"],
        "messages by reference": f"{lists['message']}?q={visit.reference}",
        "messages that failed": f"{lists['message']}?state__exact=failed",
        "courses": lists["course"],
        "earlier times": reverse("admin:booking_earlierrequest_changelist"),
        "offers": reverse("admin:booking_offer_changelist"),
        "blocked times": reverse("admin:booking_hold_changelist"),
        "the diary's day": reverse("admin:booking_appointment_diary", args=["day"]),
        "the diary's week": reverse("admin:booking_appointment_diary", args=["week"]),
        "the diary's month": reverse("admin:booking_appointment_diary", args=["month"]),
        "a visit": reverse("admin:booking_appointment_change", args=[visit.pk]),
        "a patient": reverse("admin:booking_patient_change", args=[patient.pk]),
        "a patient's history": reverse("admin:booking_patient_history", args=[patient.pk]),
        "who has read what": reverse("admin:records_reading_changelist"),
        "who has read whose": f"{reverse('admin:records_reading_changelist')}?patient={patient.pk}",
        "reports, 12 weeks": reverse("reports"),
        "reports, 8 years": f"{reverse('reports')}?by=month&first={date(a_month_ago.year - 8, 1, 1)}",
    }
    measured = {name: _get(desk, path) for name, path in got.items()}
    measured["CSV of some thousand"] = _post(desk, some)
    measured["free times of a month"] = _get(visitor, "/book/first-visit/")
    return measured


def _get(client: Client, path: str) -> Page:
    def get() -> None:
        response = client.get(path)
        assert response.status_code == 200, (path, response.status_code)

    return get


def _post(client: Client, path: str) -> Page:
    def post() -> None:
        response = client.post(path)
        assert response["Content-Type"].startswith("text/csv"), path

    return post
