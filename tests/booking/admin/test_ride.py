"""Who takes the patient home, as staff hear it."""

import pytest
from django.test import Client

from booking import actions
from booking.models import Appointment
from tests.booking.admin.pages import flashes, text
from tests.booking.factories import NOW, START, make_appointment, make_chair, make_visit_type


@pytest.fixture
def visit(db: None, clock: object) -> Appointment:
    make_chair()
    kind = make_visit_type("monitored-visit", name="Monitored visit", needs_chair=True, needs_ride=True)
    return make_appointment(kind)


def url(visit: Appointment, page: str = "ride") -> str:
    return f"/admin/booking/appointment/{visit.pk}/{page}/"


def test_red_until_somebody_has_agreed_then_green(desk: Client, visit: Appointment) -> None:
    assert "Ride home not told yet" in text(desk.get(url(visit, "change")))
    desk.post(url(visit), {"name": "Dana Roth", "phone": "(310) 555-0177"})
    assert "Ride home not confirmed Dana Roth, (310) 555-0177" in text(desk.get(url(visit, "change")))
    desk.post(url(visit), {"name": "Dana Roth", "sure": "on"})
    page = desk.get(url(visit, "change"))
    assert "Ride home confirmed Dana Roth" in text(page)
    assert "ride home confirmed by Sam Lee" in text(page)


def test_nobody_can_t_have_agreed(desk: Client, visit: Appointment) -> None:
    response = desk.post(url(visit), {"name": "", "sure": "on"})
    assert "Enter who takes them home" in text(response)
    assert Appointment.objects.get().ride_confirmed_at is None


def test_what_the_patient_told_meanwhile_is_not_overwritten(desk: Client, visit: Appointment) -> None:
    shown = str(visit.events.latest("pk").pk)
    actions.tell_ride(appointment=visit, ride=actions.Ride("Eve"), sure=True, by=actions.PATIENT, now=NOW)
    response = desk.post(url(visit), {"name": "Dana Roth", "seen": shown})
    assert flashes(response)[0][0] == "error"
    assert Appointment.objects.get().ride_name == "Eve"


def test_only_where_one_is_needed_and_by_those_who_may(desk: Client, reader: Client, visit: Appointment) -> None:
    other = make_appointment(make_visit_type(), starts_at=START.replace(hour=22))
    assert flashes(desk.post(url(other), {"name": "Dana"}))[0][0] == "error"
    assert reader.post(url(visit), {"name": "Dana"}).status_code == 403
