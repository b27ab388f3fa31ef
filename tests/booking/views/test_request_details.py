import re
from datetime import timedelta

import pytest
from django.test import Client

from booking.models import Appointment, Patient, VisitType
from tests.booking.factories import START, form_data, make_appointment
from tests.booking.views.own_page import words

ADDRESS = "/book/first-visit/20261202T1800Z/"


def test_shows_the_form_for_a_free_time(client: Client, first_visit: VisitType) -> None:
    response = client.get(ADDRESS)
    page = response.content.decode()

    assert response.status_code == 200
    assert "Wednesday, December 2, 10:00 AM Pacific time" in words(response.content)
    assert "<title>Your details</title>" in page
    assert "textarea" not in page  # nobody reads a free text in time


def test_errors_stand_beside_the_field_and_the_answers_are_kept(client: Client, first_visit: VisitType) -> None:
    page = client.post(ADDRESS, form_data(email="ana@", name="Ana Diaz")).content.decode()

    assert "<title>Error: Your details</title>" in page
    assert 'href="#id_email"' in page
    assert page.count("Enter your e-mail address, like name@example.com") >= 2
    assert 'value="Ana Diaz"' in page
    assert 'value="ana@"' in page


def test_good_answers_lead_to_the_check_and_store_nothing(client: Client, first_visit: VisitType) -> None:
    response = client.post(ADDRESS, form_data(needs=["hearing"]))
    page = response.content.decode()

    assert "<title>Check your answers</title>" in page
    assert "Help with hearing" in page
    assert "Wednesday, December 2, 2026" in page
    assert (Appointment.objects.count(), Patient.objects.count()) == (0, 0)


def test_the_answers_can_be_changed(client: Client, first_visit: VisitType) -> None:
    page = client.post(ADDRESS, form_data(change="1", name="Ana Diaz", needs=["hearing"])).content.decode()

    assert "<title>Your details</title>" in page
    assert 'value="Ana Diaz"' in page
    assert len(re.findall(r"<input[^>]*\bchecked\b", page)) == 7  # one for each question, and a need


def test_the_first_question_is_not_asked_twice(client: Client, first_visit: VisitType) -> None:
    page = client.get(f"{ADDRESS}?been=returning").content.decode()
    assert '<input type="hidden" name="been" value="returning"' in page
    assert 'name="standing"' not in page

    data = form_data(been="returning")
    del data["standing"]
    check = client.post(ADDRESS, data).content.decode()
    assert "<dt>Have you been to this office before?</dt><dd>Yes</dd>" in check
    assert '<input type="hidden" name="been" value="returning">' in check

    again = client.post(ADDRESS, {**data, "change": "1"}).content.decode()
    assert re.search(r'name="standing" value="returning"[^>]*checked', again)
    assert 'name="been"' not in again


def test_where_the_first_question_was_not_answered_it_is_asked(client: Client, first_visit: VisitType) -> None:
    for address in (ADDRESS, f"{ADDRESS}?been=maybe"):
        page = client.get(address).content.decode()
        assert page.count('type="radio" class="form-check-input" name="standing"') == 3
        assert 'name="been"' not in page


def test_who_takes_them_home_is_asked_where_somebody_must(client: Client, first_visit: VisitType) -> None:
    assert 'name="ride_name"' not in client.get(ADDRESS).content.decode()
    VisitType.objects.update(needs_ride=True)
    assert 'name="ride_name"' in client.get(ADDRESS).content.decode()

    unknown = client.post(ADDRESS, form_data()).content.decode()
    assert "I don’t know yet" in unknown
    known = client.post(ADDRESS, form_data(ride_name="Max Diaz", ride_phone="310 555 0199")).content.decode()
    assert "<dd>Max Diaz, (310) 555-0199</dd>" in known
    assert '<input type="hidden" name="ride_name" value="Max Diaz">' in known
    nameless = client.post(ADDRESS, form_data(ride_phone="310 555 0199")).content.decode()
    assert "<title>Error: Your details</title>" in nameless
    assert 'href="#id_ride_name"' in nameless


def test_the_check_says_what_the_last_press_does(client: Client, first_visit: VisitType) -> None:
    asked = client.post(ADDRESS, form_data()).content.decode()
    VisitType.objects.update(needs_confirmation=False)
    booked = client.post(ADDRESS, form_data()).content.decode()

    for page, says, not_this in (
        (asked, "Send the request", "Book the visit"),
        (booked, "Book the visit", "confirm it"),
    ):
        assert says in page
        assert not_this not in page


@pytest.mark.parametrize(
    "start", ["20261202T1807Z", "20261129T1800Z", "20261130T1700Z", "20301202T1800Z", "20261205T1800Z"]
)
def test_a_time_that_is_not_offered_leads_to_the_nearest_ones(
    client: Client, first_visit: VisitType, start: str
) -> None:
    response = client.get(f"/book/first-visit/{start}/")

    assert response.status_code == 409
    assert "Error:" in response.content.decode()
    if start < "2027":
        assert len(response.context["nearest"]) == 3


def test_a_time_that_has_gone_keeps_the_answers(client: Client, first_visit: VisitType) -> None:
    make_appointment(first_visit)
    data = form_data(name="Bob Ray")

    response = client.post(ADDRESS, data)
    page = response.content.decode()

    assert response.status_code == 409
    nearest = [start.at for start in response.context["nearest"]]
    assert nearest == [START - timedelta(hours=1), START + timedelta(hours=1), START + timedelta(minutes=90)]
    assert "Sorry, Wednesday, December 2, 10:00 AM Pacific time is no longer available." in words(response.content)
    assert "Nothing was booked, and your answers are kept." in words(response.content)
    assert page.count('value="Bob Ray"') == 1
    assert 'formaction="/book/first-visit/20261202T1700Z/"' in page
    again = client.post("/book/first-visit/20261202T1700Z/", data)
    assert "<title>Check your answers</title>" in again.content.decode()


@pytest.mark.parametrize(
    "start", ["20260230T1000Z", "20261202T2460Z", "2026-12-02", "99999999T9999Z", "00000101T0000Z"]
)
def test_what_is_no_time_is_not_found(client: Client, first_visit: VisitType, start: str) -> None:
    assert client.get(f"/book/first-visit/{start}/").status_code == 404


@pytest.mark.parametrize(
    ("start", "status"), [("00010101T0000Z", 404), ("99991231T2359Z", 404), ("21991231T2359Z", 409)]
)
def test_moments_at_the_end_of_time_do_no_harm(client: Client, first_visit: VisitType, start: str, status: int) -> None:
    assert client.get(f"/book/first-visit/{start}/").status_code == status
