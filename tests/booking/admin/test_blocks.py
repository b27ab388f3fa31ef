"""Blocking time: what stands in the way is named, and a race is no fault."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from threading import Barrier
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client

from booking import actions
from booking.models import Appointment, Hold, Resource
from booking.slots import Span
from tests.booking.admin.conftest import signed_in
from tests.booking.admin.pages import cells, flashes, links, text
from tests.booking.factories import START, later, make_chair, make_clinician

URL = "/admin/booking/hold/"
ADD = f"{URL}add/"


def filled(clinician: Resource, **changes: str) -> dict[str, Any]:
    """December 2, 9:00 AM to 1:00 PM: over Ana's visit at 10."""
    values = {
        "resource": str(clinician.pk),
        "starts_at_0": "2026-12-02",
        "starts_at_1": "09:00",
        "ends_at_0": "2026-12-02",
        "ends_at_1": "13:00",
        "reason": "Conference",
    }
    return values | changes


def test_blocked_in_the_clinic_s_zone(chief: Client) -> None:
    clinician = make_clinician()
    response = chief.post(ADD, filled(clinician))
    told = "Blocked: Dr. Bacchus, Wednesday, December 2, 9:00 AM – 1:00 PM Pacific time."
    assert (response["Location"], flashes(response)) == (URL, [("success", told)])
    hold = Hold.objects.get()
    assert (hold.resource, hold.appointment, hold.reason) == (clinician, None, "Conference")
    assert hold.span == Span(datetime(2026, 12, 2, 17, tzinfo=UTC), datetime(2026, 12, 2, 21, tzinfo=UTC))


def test_each_field_of_a_moment_says_what_it_is(chief: Client) -> None:
    """And keeps what was chosen, as a browser's own fields take it."""
    page = chief.post(ADD, filled(make_clinician(), reason="")).content.decode()
    for name, value, kind, said in (
        ("starts_at_0", "2026-12-02", "date", "From: date"),
        ("starts_at_1", "09:00", "time", "From: time"),
        ("ends_at_0", "2026-12-02", "date", "To: date"),
        ("ends_at_1", "13:00", "time", "To: time"),
    ):
        assert f'<input type="{kind}" name="{name}" value="{value}" aria-label="{said}"' in page


def test_from_the_diary_the_day_is_filled_in(chief: Client, reader: Client) -> None:
    way = f"{ADD}?day=2026-12-02"
    diary = "/admin/booking/appointment/diary/week/?day=2026-12-02"
    assert links(chief.get(diary), ADD) == [way]
    assert links(reader.get(diary), ADD) == []
    assert chief.get(way).content.decode().count('value="2026-12-02"') == 2
    assert "Block time" in text(chief.get(f"{ADD}?day=nonsense"))


def test_the_list_holds_blocks_only(chief: Client, request_of_ana: Appointment) -> None:
    chair = make_chair()
    actions.block_time(resource=chair, span=Span(START, later(START, days=2)), reason="Repair")
    period = "Wednesday, December 2, 10:00 AM – Friday, December 4, 10:00 AM Pacific time"
    assert cells(chief.get(URL)) == [[period, "Chair 1", "Repair"]]


def test_over_a_visit_its_reference_and_time_are_named(chief: Client, request_of_ana: Appointment) -> None:
    clinician = Resource.objects.get()
    actions.block_time(resource=clinician, span=Span(later(START, hours=2), later(START, hours=3)), reason="Lunch")
    before = list(Hold.objects.order_by("pk").values())
    response = chief.post(ADD, filled(clinician))
    assert response.status_code == 200
    assert "Something stands in the way. Nothing was blocked." in text(response)
    assert (
        "What stands in the way Wednesday, December 2, 10:00 AM – 11:00 AM Pacific time"
        f" {request_of_ana.reference}: First visit · Ana Diaz Open {request_of_ana.reference}, in a new tab"
        f" Move {request_of_ana.reference}, in a new tab"
        " Wednesday, December 2, 12:00 PM – 1:00 PM Pacific time “Lunch”"
    ) in text(response)
    assert list(Hold.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"ends_at_1": "09:00"}, "The end must be after the start."),
        ({"ends_at_0": "2026-12-01"}, "The end must be after the start."),
        ({"ends_at_0": "9999-12-31"}, "Please check the year."),
        ({"starts_at_0": "0001-01-01"}, "Please check the year."),
        ({"starts_at_1": "soon"}, "Enter a valid time."),
        ({"reason": ""}, "This field is required."),
        ({"reason": "a\x00b"}, "Please leave out line breaks and special control characters."),
        ({"resource": "0"}, "Select a valid choice. 0 is not one of the available choices."),
    ],
)
def test_what_can_t_be_blocked_is_said(chief: Client, changes: dict[str, str], told: str) -> None:
    response = chief.post(ADD, filled(make_clinician(), **changes))
    assert response.status_code == 200
    assert told in text(response)
    assert Hold.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_block_at_once() -> None:
    clinician = make_clinician()
    clients = [signed_in(User.objects.create_superuser(name, password="x")) for name in ("one", "two")]
    together = Barrier(2)

    def press(client: Client) -> Any:
        together.wait()
        try:
            return client.post(ADD, filled(clinician))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        responses = list(pool.map(press, clients))
    assert sorted(response.status_code for response in responses) == [200, 302]
    told = "Wednesday, December 2, 9:00 AM – 1:00 PM Pacific time “Conference”"
    assert [told in text(response) for response in responses if response.status_code == 200] == [True]
    assert Hold.objects.count() == 1


def test_deleting_frees_the_time(chief: Client) -> None:
    clinician = make_clinician()
    span = Span(START, later(START, hours=1))
    hold = actions.block_time(resource=clinician, span=span, reason="Lunch")
    url = f"{URL}{hold.pk}/delete/"
    shown = text(chief.get(url))
    assert "Wednesday, December 2, 10:00 AM – 11:00 AM Pacific time" in shown
    assert Hold.objects.count() == 1
    assert flashes(chief.post(url, {"post": "yes"})) == [("success", "This time is free again.")]
    actions.block_time(resource=clinician, span=span, reason="Lunch")
    told = "There is no such blocked time. It may have been freed already."
    assert flashes(chief.post(url, {"post": "yes"}))[-1] == ("warning", told)


def test_the_hold_of_a_visit_can_t_be_deleted(chief: Client, request_of_ana: Appointment) -> None:
    hold = Hold.objects.get()
    assert chief.post(f"{URL}{hold.pk}/delete/", {"post": "yes"})["Location"] == URL
    assert list(Hold.objects.all()) == [hold]


def test_who_may(client: Client, outsider: Client, reader: Client) -> None:
    values = filled(make_clinician())
    assert client.post(ADD, values).status_code == 302
    assert outsider.post(ADD, values).status_code == 403
    assert reader.post(ADD, values).status_code == 403
    assert reader.get(URL).status_code == 200
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("clock", ["9:00 AM", "09:00 am", "9 AM", "9am", "09:00"])
def test_a_time_may_be_typed_as_it_is_said(clock: str) -> None:
    """Django's own form takes only the 24-hour clock."""
    assert forms.TimeField().clean(clock) == time(9)
