"""Public holidays: one press closes a day or leaves it open; who did is kept, and visits on it are named."""

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking import availability
from booking.models import Appointment, Holiday
from tests.booking.admin.conftest import grant
from tests.booking.admin.pages import flashes, links, text
from tests.booking.factories import NOW, START

URL = "/admin/booking/holiday/"


@pytest.fixture
def holiday(db: None) -> Holiday:
    """On the day of Ana's visit."""
    return Holiday.objects.create(day=date(2026, 12, 2), name="Founders’ Day")


@pytest.fixture
def may_decide(sam: User) -> None:
    grant(sam, "view_holiday", "change_holiday")


@pytest.mark.usefixtures("may_decide")
def test_a_day_without_visits_is_closed_and_opened(desk: Client, sam: User, holiday: Holiday) -> None:
    response = desk.post(f"{URL}{holiday.pk}/closed/")
    told = [("success", "Wed, December 2, 2026, Founders’ Day: closed.")]
    assert (response["Location"], flashes(response)) == (URL, told)
    holiday.refresh_from_db()
    assert (holiday.decision, holiday.decided_by, holiday.decided_at) == ("closed", sam, NOW)
    desk.post(f"{URL}{holiday.pk}/open/")
    holiday.refresh_from_db()
    assert holiday.decision == "open"


@pytest.mark.usefixtures("may_decide")
def test_visits_on_a_day_that_is_closed_are_named(desk: Client, request_of_ana: Appointment, holiday: Holiday) -> None:
    response = desk.post(f"{URL}{holiday.pk}/closed/")
    page = f"{URL}{holiday.pk}/change/"
    assert response["Location"] == page
    assert flashes(response)[1] == ("warning", "1 visit is booked on that day. Please move it.")
    shown = desk.get(page)
    assert f"10:00 AM Ana Diaz First visit · {request_of_ana.reference}" in text(shown)
    assert f"/admin/booking/appointment/{request_of_ana.pk}/move/" in links(shown, "/move/")
    assert availability.why_not(request_of_ana.visit_type, START, now=NOW) is not None


def test_opening_an_address_decides_nothing(chief: Client, holiday: Holiday) -> None:
    assert chief.get(f"{URL}{holiday.pk}/closed/").status_code == 405
    holiday.refresh_from_db()
    assert holiday.decision == "undecided"


@pytest.mark.usefixtures("may_decide")
def test_a_day_that_has_passed_is_left_as_it_is(desk: Client) -> None:
    past = Holiday.objects.create(day=date(2026, 11, 26), name="Thanksgiving Day")
    response = desk.post(f"{URL}{past.pk}/closed/")
    assert flashes(response) == [("error", "That day has passed. Nothing was changed.")]
    past.refresh_from_db()
    assert past.decision == "undecided"


def test_a_day_of_the_practice_s_own_may_be_added(chief: Client, holiday: Holiday) -> None:
    for day, told in (("2026-11-01", "That day has passed."), ("2026-12-02", "already exists")):
        assert told in text(chief.post(f"{URL}add/", {"day": day, "name": "Moving day"}))
    assert chief.post(f"{URL}add/", {"day": "2026-12-31", "name": "Moving day"}).status_code == 302
    assert Holiday.objects.get(name="Moving day").decision == "undecided"


def test_what_is_to_come_stands_first(chief: Client, holiday: Holiday) -> None:
    Holiday.objects.create(day=date(2026, 11, 26), name="Thanksgiving Day")
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    shown = text(chief.get(URL))
    places = [shown.index(name) for name in ("Founders’ Day", "Christmas Day", "Thanksgiving Day")]
    assert places == sorted(places)


def test_who_may(client: Client, outsider: Client, reader: Client, holiday: Holiday) -> None:
    for who, status in ((client, 302), (outsider, 403), (reader, 403)):
        assert who.post(f"{URL}{holiday.pk}/closed/").status_code == status
    holiday.refresh_from_db()
    assert holiday.decision == "undecided"
