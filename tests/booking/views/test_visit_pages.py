"""What holds for every page of one visit, whichever it is."""

import pytest
from django.test import Client

from booking import actions, links
from booking.models import Appointment, Message, Offer, Status, VisitType
from clinic import urls
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.views.own_page import held_offer, opened
from tests.routes import routes
from tests.test_get_changes_nothing import everything, samples

OF_ONE_VISIT = [route for route in routes(urls.patient) if "<public_id" in route]
WITHOUT_COOKIE = "fresh-link/"  # asked for by those who can't open the page


@pytest.fixture
def visit(first_visit: VisitType) -> Appointment:
    """Confirmed, with a ride told and an earlier time held: whatever a page may change is there to be changed."""
    VisitType.objects.filter(pk=first_visit.pk).update(needs_ride=True)
    first_visit.refresh_from_db()
    appointment = make_appointment(first_visit, starts_at=later(START, days=7))
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)
    actions.tell_ride(appointment=appointment, ride=actions.Ride("Bo Lind"), sure=False, by=actions.PATIENT, now=NOW)
    held_offer(appointment)
    return appointment


@pytest.fixture
def bob(visit: Appointment) -> Appointment:
    return make_appointment(visit.visit_type, starts_at=later(START, hours=1), name="Bob Ray")


def posts(offer: Offer) -> list[dict[str, str]]:
    """What the forms of these pages send."""
    return [
        {},
        {"choice": "ask"},
        {"choice": "stop"},
        {"choice": "take", "offer": str(offer.pk)},
        {"choice": "refuse", "offer": str(offer.pk)},
        {"ride_name": "Eve Moss", "ride_sure": "on", "for_start": offer.appointment.starts_at.isoformat()},
        {"contact_by": "phone", "voicemail": "yes", "messages": "plain"},
        {"book": "1", "submission": "0b0c6b4e-5d0e-4c8e-9c4b-000000000001"},
    ]


@pytest.mark.parametrize("route", OF_ONE_VISIT)
def test_nobody_gets_at_a_visit_with_the_cookie_of_another(
    client: Client, visit: Appointment, bob: Appointment, route: str
) -> None:
    address = opened(client, bob)
    path = samples(route, visit)
    before = everything()

    if WITHOUT_COOKIE not in route:
        assert client.get(path).status_code == 404
        for data in posts(visit.offers.get()):
            assert client.post(path, data).status_code in (404, 405)
    # Nor with what belongs to the other visit, through their own page.
    for choice in ("take", "refuse"):
        answer = client.post(f"{address}offer/", {"choice": choice, "offer": visit.offers.get().pk})
        assert answer.status_code == 410

    assert everything() == before


@pytest.mark.parametrize("route", OF_ONE_VISIT)
def test_opening_changes_nothing_though_there_is_much_to_change(client: Client, visit: Appointment, route: str) -> None:
    opened(client, visit)
    path = samples(route, visit)
    before = everything()

    for method in (client.get, client.head, client.options):
        assert method(path).status_code < 500
        for data in posts(visit.offers.get()):
            assert method(path, data).status_code < 500

    assert everything() == before


@pytest.mark.parametrize("route", OF_ONE_VISIT)
def test_a_post_from_elsewhere_changes_nothing(visit: Appointment, route: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    opened(browser, visit)
    before = everything()

    for data in posts(visit.offers.get()):
        assert browser.post(samples(route, visit), data).status_code in (403, 405)

    assert everything() == before


@pytest.mark.parametrize("route", OF_ONE_VISIT)
def test_every_page_is_private_and_its_title_names_nobody(client: Client, visit: Appointment, route: str) -> None:
    opened(client, visit)

    for response in (client.get(samples(route, visit)), Client().get(samples(route, visit))):
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert response["Referrer-Policy"] == "same-origin"
        page = response.content.decode()
        title = page.partition("<title>")[2].partition("</title>")[0]
        assert title or "text/html" not in response["Content-Type"] or not page
        for word in ("Ana", "Diaz", "Lind", visit.reference, "Psychiatry", "Bacchus"):
            assert word not in title
            assert word not in response.get("Location", "")


@pytest.mark.parametrize("status", [Status.DECLINED, Status.CANCELLED, Status.COMPLETED, Status.NO_SHOW])
@pytest.mark.parametrize("tail", ["cancel/", "move/20261203T1800Z/", "ride/", "earlier/", "offer/"])
def test_what_has_ended_is_shown_as_it_is(client: Client, visit: Appointment, status: Status, tail: str) -> None:
    Appointment.objects.filter(pk=visit.pk).update(status=status)
    address = opened(client, visit)
    sent = Message.objects.count()

    for data in posts(visit.offers.get()):
        client.post(f"{address}{tail}", data)

    visit.refresh_from_db()
    assert (visit.status, visit.starts_at) == (status, later(START, days=7))
    assert (visit.ride_name, Message.objects.count()) == ("Bo Lind", sent)
    assert client.get(address).status_code == 200


def test_the_link_of_a_moved_visit_opens_it_at_its_new_time(client: Client, visit: Appointment) -> None:
    token = links.token_for(visit)
    actions.reschedule(appointment=visit, starts_at=later(START, days=1), by=actions.PATIENT, now=NOW)

    response = client.get(f"/v/{token}/", follow=True)

    assert "Thursday, December 3, 2026" in response.content.decode()
