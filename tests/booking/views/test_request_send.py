import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from booking.models import Appointment, Message, Standing, Status, VisitType
from tests.booking.factories import NOW, START, form_data, make_appointment, make_visit_type

ADDRESS = "/book/first-visit/20261202T1800Z/send/"


def test_stores_the_request_and_shows_it(client: Client, first_visit: VisitType) -> None:
    response = client.post(ADDRESS, form_data())

    appointment = Appointment.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/visit/{appointment.public_id}/"
    page = client.get(response["Location"]).content.decode()
    assert "We have your request" in page
    assert appointment.reference in page


def test_all_that_was_told_is_stored(client: Client, first_visit: VisitType) -> None:
    VisitType.objects.update(needs_ride=True)
    data = form_data(been="returning", messages="plain", ride_name="Max Diaz", ride_phone="310 555 0199")
    del data["standing"]

    client.post(ADDRESS, data)

    appointment = Appointment.objects.get()
    assert (appointment.ride_name, appointment.ride_phone) == ("Max Diaz", "+13105550199")
    assert appointment.ride_confirmed_at is None
    assert (appointment.patient.standing, appointment.patient.plain_messages) == (Standing.RETURNING, True)


def test_a_kind_that_needs_no_answer_is_booked_at_once(client: Client, first_visit: VisitType) -> None:
    VisitType.objects.update(needs_confirmation=False)

    response = client.post(ADDRESS, form_data())

    assert Appointment.objects.get().status == Status.CONFIRMED
    assert "Your appointment is confirmed" in client.get(response["Location"]).content.decode()


def test_sent_twice_it_is_the_same_request(client: Client, first_visit: VisitType) -> None:
    data = form_data()

    first = client.post(ADDRESS, data)
    second = client.post(ADDRESS, data)

    assert second["Location"] == first["Location"]
    assert (Appointment.objects.count(), Message.objects.count()) == (1, 2)


def test_sent_again_with_other_answers_says_which_are_stored(client: Client, first_visit: VisitType) -> None:
    data = form_data()
    client.post(ADDRESS, data)

    response = Client().post(ADDRESS, {**data, "name": "Eve Else"})

    assert "You have already sent this request" in response.content.decode()
    assert "Ana" not in response.content.decode()
    assert response.cookies.get("csrf") is None or not any("visit-" in name for name in response.cookies)
    assert Appointment.objects.get().patient.name == "Ana Diaz"


def test_a_lost_race_offers_the_nearest_times_with_the_answers(client: Client, first_visit: VisitType) -> None:
    make_appointment(first_visit, starts_at=START)
    VisitType.objects.update(needs_ride=True)
    data = form_data(name="Bob Ray", been="unsure", messages="plain", ride_name="Max Ray")
    del data["standing"]

    response = client.post(ADDRESS, data)
    page = response.content.decode()

    assert response.status_code == 409
    assert Appointment.objects.count() == 1
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    kept.pop("csrfmiddlewaretoken")
    assert kept == data
    [first, *others] = re.findall(r'formaction="(/book/[^"?]+)"', page)
    assert len(others) == 2
    client.post(f"{first}send/", kept)
    assert Appointment.objects.filter(patient__name="Bob Ray", ride_name="Max Ray").count() == 1


def test_a_kind_that_is_no_longer_in_use_keeps_the_answers(client: Client, first_visit: VisitType) -> None:
    make_visit_type("follow-up", name="Follow-up visit")
    VisitType.objects.filter(pk=first_visit.pk).update(is_active=False)
    data = form_data(name="Bob Ray", standing="unsure")

    response = client.post(ADDRESS, data)
    page = response.content.decode()

    assert response.status_code == 409
    assert "Nothing was booked, and your answers are kept." in page
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    kept.pop("csrfmiddlewaretoken")
    assert kept == data
    [other] = re.findall(r'<button formaction="(/book/[^"?]+)"', page)
    assert "Your answers are kept." in client.post(other, kept).content.decode()
    assert not Appointment.objects.exists()


@pytest.mark.parametrize(("minutes", "version"), [(31, 1), (0, 2)])
def test_a_form_sent_again_later_opens_no_page(
    client: Client, first_visit: VisitType, minutes: int, version: int
) -> None:
    """Out of a browser's history, perhaps on somebody else's screen; or after staff have closed the older links."""
    data = form_data()
    with time_machine.travel(NOW):
        page = client.post(ADDRESS, data)["Location"]
    Appointment.objects.update(link_version=version)
    other = Client()
    with time_machine.travel(NOW + timedelta(minutes=minutes)):
        assert other.post(ADDRESS, data)["Location"] == page
        assert other.get(page).status_code == 404


def test_errors_go_back_to_the_form(client: Client, first_visit: VisitType) -> None:
    page = client.post(ADDRESS, form_data(phone="1")).content.decode()

    assert "<title>Error: Your details</title>" in page
    assert Appointment.objects.count() == 0


def test_too_many_requests_are_told_to_call(client: Client, first_visit: VisitType, settings: Any) -> None:
    settings.BOOKING_LIMIT_PER_NETWORK = 1
    client.post(ADDRESS, form_data(), REMOTE_ADDR="1.1.1.1")

    response = client.post("/book/first-visit/20261203T1800Z/send/", form_data(), REMOTE_ADDR="1.1.1.1")

    assert response.status_code == 429
    assert "Please call the office" in response.content.decode()
    assert Appointment.objects.count() == 1


def test_opened_without_a_form_it_leads_to_the_form(client: Client, first_visit: VisitType) -> None:
    assert client.get(ADDRESS)["Location"] == "/book/first-visit/20261202T1800Z/"


def test_a_form_without_its_cookie_is_refused_with_an_explanation(first_visit: VisitType) -> None:
    response = Client(enforce_csrf_checks=True).post(ADDRESS, form_data())

    assert response.status_code == 403
    assert "cookie" in response.content.decode()
    assert Appointment.objects.count() == 0
