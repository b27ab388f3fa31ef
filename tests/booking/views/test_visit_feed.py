from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from booking import actions, links
from booking.models import Appointment, VisitType
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.views.own_page import opened, placed_course


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    return actions.confirm(appointment=make_appointment(first_visit), by=actions.staff(make_staff()), now=NOW)


def path(appointment: Appointment) -> str:
    return f"/visit/feed/{links.feed_token_for(appointment)}/appointments.ics"


def entries(client: Client, address: str) -> list[tuple[datetime, str, int]]:
    """Start, state and sequence of each entry of the calendar file there."""
    response = client.get(address)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    events: list[Any] = Calendar.from_ical(response.content).walk("VEVENT")
    return [(event.decoded("DTSTART"), str(event["STATUS"]), int(event["SEQUENCE"])) for event in events]


def test_the_calendar_file_comes_with_the_confirmation(client: Client, first_visit: VisitType) -> None:
    ana = make_appointment(first_visit)
    address = opened(client, ana)
    assert client.get(f"{address}appointment.ics")["Location"] == address

    actions.confirm(appointment=ana, by=actions.staff(make_staff()), now=NOW)

    assert entries(client, f"{address}appointment.ics") == [(START, "CONFIRMED", 0)]


def test_the_feed_needs_no_cookie_and_follows_the_visits(client: Client, ana: Appointment) -> None:
    course = placed_course(ana, sessions=2)
    make_appointment(ana.visit_type, starts_at=later(START, hours=2), name="Ana Diaz")  # another row: not this patient
    at = [START, later(START, days=7), later(START, days=14)]
    assert entries(client, path(ana)) == [(start, "CONFIRMED", 0) for start in at]

    second = course.appointments.get(course_position=2)
    actions.reschedule(appointment=second, starts_at=later(at[2], days=1), by=actions.PATIENT, now=NOW)
    actions.cancel(appointment=course.appointments.get(course_position=1), by=actions.PATIENT, now=NOW)

    changed = [(at[0], "CONFIRMED", 0), (at[1], "CANCELLED", 1), (later(at[2], days=1), "CONFIRMED", 1)]
    assert entries(client, path(ana)) == entries(client, path(second)) == changed
    with time_machine.travel(START + timedelta(days=30)):
        assert len(entries(client, path(ana))) == 3
    with time_machine.travel(START + timedelta(days=30, minutes=1)):
        assert len(entries(client, path(ana))) == 2


def test_a_request_is_in_no_calendar(client: Client, first_visit: VisitType) -> None:
    ana = make_appointment(first_visit)

    assert entries(client, path(ana)) == []
    actions.cancel(appointment=ana, by=actions.PATIENT, now=NOW)
    assert entries(client, path(ana)) == []


def test_says_nothing_that_others_may_not_see(client: Client, ana: Appointment) -> None:
    response = client.get(path(ana))

    text = response.content.decode()
    assert "METHOD:PUBLISH" in text
    assert "SUMMARY:Appointment" in text
    assert "X-WR-CALNAME:Appointments" in text
    assert "X-PUBLISHED-TTL:PT4H" in text
    for word in ("Ana", "ana@", "First visit", "sychiat", "Suite", "ATTENDEE"):
        assert word not in text
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"
    assert not response.cookies


def test_the_link_opens_no_feed_and_the_feed_no_visit(client: Client, ana: Appointment) -> None:
    link, feed = links.token_for(ana), links.feed_token_for(ana)
    assert link != feed

    assert client.get(f"/visit/feed/{link}/appointments.ics").status_code == 404
    assert client.get(f"/v/{feed}/").status_code == 404
    assert client.get(f"/visit/{ana.public_id}/").status_code == 404


def test_closing_older_links_closes_the_feed(client: Client, ana: Appointment) -> None:
    address = path(ana)
    assert client.get(address).status_code == 200

    actions.replace_link(appointment=ana, by=actions.staff(make_staff("kim")), now=NOW)

    assert client.get(address).status_code == 404
    ana.refresh_from_db()
    assert client.get(path(ana)).status_code == 200


@pytest.mark.parametrize("token", ["x", "A" * 22 + "." + "B" * 22, "%00", "é" * 45])
def test_no_such_feed(client: Client, db: None, token: str) -> None:
    assert client.get(f"/visit/feed/{token}/appointments.ics").status_code == 404


def test_the_page_gives_the_address_and_says_who_sees_what(client: Client, ana: Appointment) -> None:
    response = client.get(f"{opened(client, ana)}feed/")

    page = response.content.decode()
    assert links.feed_url_for(ana) in page
    assert f'href="webcal://127.0.0.1:8000{path(ana)}"' in page
    assert "Whoever has this address sees your times" in page


def test_an_empty_calendar_is_offered_to_nobody(client: Client, first_visit: VisitType) -> None:
    """Until something has been confirmed, be it another visit than the one whose page it is."""
    ana = make_appointment(first_visit)
    address = opened(client, ana)
    row = f'href="{address}feed/"'
    assert row not in client.get(address).content.decode()
    assert client.get(f"{address}feed/")["Location"] == address

    placed_course(ana, sessions=1)

    assert row in client.get(address).content.decode()
    assert client.get(f"{address}feed/").status_code == 200
