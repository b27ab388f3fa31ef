"""The front desk: what is to be done today."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.models import Appointment, Holiday, Message
from tests.booking.admin.pages import between, links, text
from tests.booking.factories import NOW, START, make_appointment

URL = reverse("admin:index")

# session, user, his permissions (two), the facts, failed messages, requests, closed days, today's visits,
# how many wait, rides, and the note of who has read it
QUERIES = 12


def test_requests_with_their_age_and_buttons_oldest_first(desk: Client, request_of_ana: Appointment) -> None:
    oldest = make_appointment(starts_at=START + timedelta(hours=2), now=NOW - timedelta(days=5), name="Ben Old")
    response = desk.get(URL)
    assert between(response, "Requests waiting", "Visits today") == (
        "Wednesday, December 2, 12:00 PM Pacific time Ben Old waiting 5 days, late First visit · (310) 555-0123"
        " Confirm : Ben Old Decline : Ben Old Open : Ben Old"
        " Wednesday, December 2, 10:00 AM Pacific time Ana Diaz just now First visit · (310) 555-0123"
        " Confirm : Ana Diaz Decline : Ana Diaz Open : Ana Diaz"
    )
    base = f"/admin/booking/appointment/{oldest.pk}/"
    assert links(response, base) == [f"{base}change/", f"{base}confirm/", f"{base}decline/", f"{base}change/"]


def test_the_figures(desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller) -> None:
    confirmed = make_appointment(starts_at=START + timedelta(hours=2), name="Ben Today")
    actions.confirm(appointment=confirmed, by=actions.staff(sam), now=NOW)
    cancelled = make_appointment(starts_at=START + timedelta(hours=4), name="Cy Gone")
    actions.cancel(appointment=cancelled, by=actions.PATIENT, now=NOW)
    tomorrow = make_appointment(starts_at=START + timedelta(days=1), name="Di Tomorrow")
    actions.confirm(appointment=tomorrow, by=actions.staff(sam), now=NOW)
    Message.objects.filter(appointment=confirmed).update(state="failed")
    clock.move_to(START)
    response = desk.get(URL)
    assert between(response, "Today 1", "Requests waiting") == (
        "request waiting 2 visits today 3 messages could not be sent Why isn’t a time offered?"
    )
    assert between(response, "Visits today", "Appointments") == (
        "10:00 AM Pacific time Ana Diaz First visit requested 12:00 PM Pacific time Ben Today First visit confirmed"
    )
    assert links(response, "state__exact") == ["/admin/booking/message/?state__exact=failed"]


def test_a_closed_holiday_makes_no_request_late(desk: Client, clock: time_machine.Traveller) -> None:
    """Asked on Wednesday before Thanksgiving; one working day is promised, and that Thursday and Friday are none."""
    wednesday = NOW - timedelta(days=5)
    make_appointment(now=wednesday)
    assert "waiting 5 days, late" in text(desk.get(URL))
    for days in (1, 2):
        Holiday.objects.create(day=(wednesday + timedelta(days=days)).date(), name="Closed", decision="closed")
    response = desk.get(URL)
    assert "waiting 5 days First visit" in text(response)
    assert 'class="late"' not in response.content.decode()


def test_nothing_to_do(desk: Client) -> None:
    response = desk.get(URL)
    assert between(response, "Requests waiting", "Visits today") == "No request is waiting for an answer."
    assert between(response, "Visits today", "Appointments") == "No visit today."


@pytest.mark.parametrize("requests", [1, 3])
def test_queries_do_not_grow_with_the_requests(
    desk: Client,
    request_of_ana: Appointment,
    requests: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for day in range(1, requests):
        make_appointment(starts_at=START + timedelta(days=day))
    with django_assert_num_queries(QUERIES):
        desk.get(URL)


def test_who_may_only_see_gets_no_buttons(reader: Client, request_of_ana: Appointment) -> None:
    base = f"/admin/booking/appointment/{request_of_ana.pk}/"
    assert links(reader.get(URL), base) == [f"{base}change/", f"{base}change/"]


def test_without_permission_nothing_of_patients_is_shown(outsider: Client, request_of_ana: Appointment) -> None:
    shown = text(outsider.get(URL))
    assert "Ana Diaz" not in shown
    assert "waiting" not in shown


def test_nobody_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(URL)["Location"] == "/admin/login/?next=/admin/"
