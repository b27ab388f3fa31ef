import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from booking import actions, links
from booking.models import Appointment, Patient, Status, VisitType
from tests.booking.factories import NOW, START, make_appointment, make_chair, make_staff, make_visit_type


@pytest.fixture
def visit(client: Client, first_visit: VisitType) -> Appointment:
    """A visit that this browser has opened with its link, and a kind that staff clear patients for."""
    appointment = make_appointment(first_visit, starts_at=START.replace(hour=22))
    make_chair()
    make_visit_type(
        "long-visit",
        open_to=VisitType.OpenTo.CLEARED,
        needs_chair=True,
        needs_ride=True,
        needs_confirmation=False,
        length_minutes=150,
        clinician_minutes=30,
        order=1,
    )
    client.get(f"/v/{links.token_for(appointment)}/")
    return appointment


@pytest.fixture
def cleared(visit: Appointment) -> Appointment:
    kind = VisitType.objects.get(slug="long-visit")
    actions.clear_for(patient=visit.patient, visit_type=kind, by=actions.staff(make_staff()), now=NOW)
    return visit


def address(visit: Appointment, rest: str = "") -> str:
    return f"/visit/{visit.public_id}/book/{rest}"


def answers(**changes: Any) -> dict[str, Any]:
    return {"book": "1", "submission": str(uuid4()), **changes}


def test_shows_what_is_open_to_this_patient(client: Client, visit: Appointment) -> None:
    assert [kind.slug for kind in client.get(address(visit)).context["visit_types"]] == ["first-visit"]

    kind = VisitType.objects.get(slug="long-visit")
    actions.clear_for(patient=visit.patient, visit_type=kind, by=actions.staff(make_staff()), now=NOW)

    page = client.get(address(visit))
    assert [kind.slug for kind in page.context["visit_types"]] == ["long-visit", "first-visit"]
    assert "2 hours 30 minutes" in page.content.decode()


def test_first_visits_come_last_and_not_at_all_after_one(client: Client, cleared: Appointment) -> None:
    VisitType.objects.filter(slug="first-visit").update(suits=VisitType.Suits.NEW, order=0)
    make_visit_type("talk", order=1)
    make_visit_type("follow-up", suits=VisitType.Suits.RETURNING, order=2)

    def shown() -> list[str]:
        return [kind.slug for kind in client.get(address(cleared)).context["visit_types"]]

    assert shown() == ["long-visit", "follow-up", "talk", "first-visit"]
    Appointment.objects.update(status=Status.NO_SHOW)
    assert shown()[-1] == "first-visit"
    Appointment.objects.update(status=Status.COMPLETED)
    assert shown() == ["long-visit", "follow-up", "talk"]


@pytest.mark.parametrize("rest", ["long-visit/", "long-visit/20261203T1800Z/", "no-such/"])
def test_a_kind_that_is_not_open_to_them_is_not_there(client: Client, visit: Appointment, rest: str) -> None:
    assert client.get(address(visit, rest)).status_code == 404
    assert client.post(address(visit, rest), answers()).status_code == 404
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("rest", ["", "20261203T1800Z/", "20261203T1800Z/send/"])
def test_no_public_page_knows_such_a_kind(client: Client, cleared: Appointment, rest: str) -> None:
    assert client.get(f"/book/long-visit/{rest}").status_code == 404
    if rest:
        assert client.post(f"/book/long-visit/{rest}", answers()).status_code == 404


def test_only_who_came_by_the_link_gets_in(cleared: Appointment) -> None:
    for rest in ("", "long-visit/", "long-visit/20261203T1800Z/"):
        stranger = Client().get(address(cleared, rest))
        assert stranger.status_code == 404
        assert "Ana" not in stranger.content.decode()
    assert Client().post(address(cleared, "long-visit/20261203T1800Z/"), answers()).status_code == 404
    assert Appointment.objects.count() == 1


def test_times_lead_to_the_check_and_the_check_books_nothing(client: Client, cleared: Appointment) -> None:
    times = client.get(address(cleared, "long-visit/")).content.decode()
    check = address(cleared, "long-visit/20261203T1800Z/")
    assert f'href="{check}"' in times

    page = client.get(check).content.decode()

    assert "Thursday, December 3, 2026" in page
    assert 'name="ride_name"' in page
    assert "Book the visit" in page
    carried = client.post(check, {"submission": str(uuid4()), "ride_name": "Max Diaz"})  # not by its own button
    assert 'value="Max Diaz"' in carried.content.decode()
    assert Appointment.objects.count() == 1


def test_books_for_the_same_patient_and_opens_the_new_visit(client: Client, cleared: Appointment) -> None:
    data = answers(ride_name="Max Diaz", ride_phone="310 555 0199")

    response = client.post(address(cleared, "long-visit/20261203T1800Z/"), data)

    booked = Appointment.objects.exclude(pk=cleared.pk).get()
    assert response["Location"] == f"/visit/{booked.public_id}/"
    assert (booked.patient, booked.status, booked.ride_name) == (cleared.patient, Status.CONFIRMED, "Max Diaz")
    assert Patient.objects.count() == 1
    assert client.get(response["Location"]).status_code == 200
    again = client.post(address(cleared, "long-visit/20261203T1800Z/"), data)
    assert again["Location"] == response["Location"]
    assert Appointment.objects.count() == 2


def test_a_patient_is_never_in_two_places(client: Client, cleared: Appointment) -> None:
    """The long visit needs the clinician for half an hour only, so that another may begin while it lasts."""
    client.post(address(cleared, "long-visit/20261203T1800Z/"), answers())
    taken = address(cleared, "first-visit/20261203T1900Z/")

    assert taken not in client.get(address(cleared, "first-visit/?week=2026-W49")).content.decode()
    for response in (client.get(taken), client.post(taken, answers())):
        assert response.status_code == 409
        assert "20261203T1900Z" not in response.content.decode()
    assert Appointment.objects.count() == 2
    assert client.post(address(cleared, "first-visit/20261203T2030Z/"), answers()).status_code == 302


def test_what_can_not_be_right_is_said(client: Client, cleared: Appointment) -> None:
    page = client.post(address(cleared, "long-visit/20261203T1800Z/"), answers(ride_phone="12")).content.decode()

    assert "<title>Error: Is this right?</title>" in page
    assert 'href="#id_ride_phone"' in page
    assert Appointment.objects.count() == 1


def test_a_lost_race_offers_the_nearest_times_with_the_answers(client: Client, cleared: Appointment) -> None:
    taken = make_appointment(VisitType.objects.get(slug="first-visit"), starts_at=START)
    data = answers(ride_name="Max Diaz")

    response = client.post(address(cleared, f"long-visit/{START:%Y%m%dT%H%MZ}/"), data)
    page = response.content.decode()

    assert response.status_code == 409
    assert 'name="ride_name" value="Max Diaz"' in page
    offers = re.findall(r'formaction="(/visit/[^"?]+)"', page)
    assert len(offers) == 3
    check = client.post(offers[0], {name: value for name, value in data.items() if name != "book"}).content.decode()
    assert 'value="Max Diaz"' in check
    assert data["submission"] in check
    other_week = client.post(address(cleared, "long-visit/?week=2026-W50"), data).content.decode()
    assert 'name="ride_name" value="Max Diaz"' in other_week
    assert set(Appointment.objects.all()) == {cleared, taken}


def test_too_many_are_told_to_call(client: Client, cleared: Appointment, settings: Any) -> None:
    settings.BOOKING_LIMIT_PER_NETWORK = 0

    response = client.post(address(cleared, "first-visit/20261203T1800Z/"), answers(), REMOTE_ADDR="1.1.1.1")

    assert response.status_code == 429
    assert "Please call the office" in response.content.decode()
