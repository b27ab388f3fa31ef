from datetime import timedelta
from typing import cast

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar, Event

from booking import actions, links
from booking.models import Appointment, AppointmentEvent, Hold, Message, Status, VisitType
from booking.transactions import Busy
from tests.booking.factories import NOW, START, make_appointment, make_staff

UNKNOWN = "Please open the link in our e-mail again"


def opened(client: Client, appointment: Appointment) -> str:
    """Opens the link in the mail; gives the address it leads to."""
    response = client.get(f"/v/{links.token_for(appointment)}/")
    assert response.status_code == 302
    return str(response["Location"])


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    return make_appointment(first_visit)


def test_the_link_takes_the_token_out_of_the_address(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    assert address == f"/visit/{ana.public_id}/"
    assert links.token_for(ana).partition(".")[2] not in address
    cookie = client.cookies[f"visit-{ana.public_id}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (address, True, "Lax", 1800)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.REQUESTED, "We have your request"),
        (Status.CONFIRMED, "Your appointment is confirmed"),
        (Status.DECLINED, "We could not confirm this visit"),
        (Status.CANCELLED, "This visit is cancelled"),
        (Status.COMPLETED, "This visit is over"),
        (Status.NO_SHOW, "This visit is over"),
    ],
)
def test_shows_the_present_state(client: Client, ana: Appointment, status: Status, words: str) -> None:
    Appointment.objects.update(status=status)

    page = client.get(opened(client, ana)).content.decode()

    assert words in page
    assert ("visit/" + ana.public_id + "/cancel/" in page) is (status in (Status.REQUESTED, Status.CONFIRMED))


def test_nobody_opens_a_visit_without_its_link(client: Client, ana: Appointment, first_visit: VisitType) -> None:
    bob = make_appointment(first_visit, starts_at=START + timedelta(hours=2), name="Bob Ray")
    opened(client, bob)

    for path in ("", "cancel/", "appointment.ics"):
        response = client.get(f"/visit/{ana.public_id}/{path}")
        assert response.status_code == 404
        assert UNKNOWN in response.content.decode()
    assert client.post(f"/visit/{ana.public_id}/cancel/").status_code == 404
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 22 + "." + "B" * 22, "." * 60, "=" * 100])
def test_a_wrong_link_says_what_to_do(client: Client, db: None, token: str) -> None:
    response = client.get(f"/v/{token}/")

    assert response.status_code == 404
    assert UNKNOWN in response.content.decode()


def test_a_forged_cookie_opens_nothing(client: Client, ana: Appointment) -> None:
    client.cookies[f"visit-{ana.public_id}"] = "1:forged:signature"

    assert client.get(f"/visit/{ana.public_id}/").status_code == 404


def test_the_page_closes_after_half_an_hour(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    with time_machine.travel(NOW + timedelta(minutes=31)):
        assert client.get(address).status_code == 404


def test_a_replaced_link_is_told_apart(client: Client, ana: Appointment) -> None:
    token = links.token_for(ana)
    Appointment.objects.update(link_version=2)

    response = client.get(f"/v/{token}/")

    assert response.status_code == 410
    assert "A newer link has replaced this one" in response.content.decode()


def test_cancelling_takes_a_press_of_a_button(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    page = client.get(f"{address}cancel/")
    assert "Take back your request?" in page.content.decode()
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED

    response = client.post(f"{address}cancel/")
    assert response["Location"] == address
    ana.refresh_from_db()
    assert ana.status == Status.CANCELLED
    assert "This visit is cancelled" in client.get(address).content.decode()


def test_cancelling_twice_is_cancelling_once(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    client.post(f"{address}cancel/")
    response = client.post(f"{address}cancel/")

    assert response["Location"] == address
    assert AppointmentEvent.objects.filter(verb="cancel").count() == 1


def test_a_visit_that_has_begun_is_not_cancelled(client: Client, ana: Appointment) -> None:
    with time_machine.travel(START + timedelta(minutes=1)):
        address = opened(client, ana)
        assert client.get(f"{address}cancel/")["Location"] == address
        client.post(f"{address}cancel/")

    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED


def test_a_database_that_makes_everybody_wait_is_told(
    client: Client, ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = opened(client, ana)

    def busy(**kwargs: object) -> None:
        raise Busy

    monkeypatch.setattr(actions, "cancel", busy)
    response = client.post(f"{address}cancel/")

    assert response.status_code == 503
    assert "Please press again." in response.content.decode()


def test_the_calendar_file_comes_with_the_confirmation(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)
    assert client.get(f"{address}appointment.ics").status_code == 404

    actions.confirm(appointment=ana, by=actions.staff(make_staff()), now=NOW)
    response = client.get(f"{address}appointment.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    event = cast(Event, Calendar.from_ical(response.content).walk("VEVENT")[0])
    assert (event.start, str(event["SUMMARY"])) == (START, "Appointment")


def test_opening_links_changes_nothing_however_often(client: Client, ana: Appointment) -> None:
    def everything() -> list[object]:
        models = (Appointment, AppointmentEvent, Hold, Message)
        return [list(model.objects.order_by("pk").values()) for model in models]

    before = everything()

    for method in (client.get, client.head, client.options):
        for path in (f"/v/{links.token_for(ana)}/", *(f"/visit/{ana.public_id}/{tail}" for tail in ("", "cancel/"))):
            method(path)

    assert everything() == before


def test_the_page_and_its_address_name_no_treatment(client: Client, ana: Appointment) -> None:
    response = client.get(opened(client, ana))

    title = response.content.decode().split("<title>")[1].split("</title>")[0]
    assert title == "Your request"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"
