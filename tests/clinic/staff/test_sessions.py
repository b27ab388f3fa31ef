from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clinic.staff.sessions import device
from tests.booking.admin.pages import text
from tests.clinic.staff.codes import paper_codes
from tests.signing_in import PASSWORD

pytestmark = pytest.mark.django_db

LIST, DESK = "/admin/account/sessions/", "/admin/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


def arrive(user: User, agent: str, address: str) -> Client:
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    client.post("/admin/login/", {"login": user.username, "password": PASSWORD})
    client.post("/admin/login/code/", {"code": paper_codes(user)[0]})
    return client


@pytest.fixture
def office(sam: User) -> Client:
    return arrive(sam, FIREFOX, "198.51.100.1")


@pytest.fixture
def phone(sam: User, office: Client) -> Client:
    return arrive(sam, SAFARI, "203.0.113.9")


def test_all_are_listed_with_device_and_network(office: Client, phone: Client) -> None:
    shown = text(office.get(LIST))

    assert "Firefox, Windows this one 198.51.100.1" in shown
    assert "Safari, iPhone 203.0.113.9" in shown


def test_one_is_ended(office: Client, phone: Client) -> None:
    other = UserSession.objects.get(ip="203.0.113.9")
    office.post(LIST, {"end": str(other.pk)})

    assert phone.get(DESK).status_code == 302
    assert office.get(DESK).status_code == 200


def test_all_others_are_ended(office: Client, phone: Client) -> None:
    office.post(LIST)

    assert phone.get(DESK).status_code == 302
    assert office.get(DESK).status_code == 200
    assert "Safari" not in text(office.get(LIST))


@pytest.mark.parametrize("wanted", ["0", "x", "-1", "9" * 30, "9" * 5000, "²"])
def test_what_is_not_ones_own_is_not_ended(office: Client, newcomer: User, wanted: str) -> None:
    assert office.post(LIST, {"end": wanted}).status_code == 404


def test_nobody_ends_anothers(office: Client, newcomer: User) -> None:
    stranger = Client()
    stranger.force_login(newcomer)
    mine = UserSession.objects.get(ip="198.51.100.1")

    assert stranger.post(LIST, {"end": str(mine.pk)}).status_code == 404
    assert office.get(DESK).status_code == 200


def test_a_new_password_ends_the_others(sam: User, office: Client, phone: Client) -> None:
    new = {"new_password1": "another horse battery", "new_password2": "another horse battery"}
    office.post("/admin/password_change/", {"old_password": PASSWORD, **new})

    assert office.get(DESK).status_code == 200
    assert phone.get(DESK).status_code == 302


def test_what_has_been_idle_too_long_is_not_listed(office: Client, phone: Client) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        office.get(DESK)
    with time_machine.travel(timezone.now() + timedelta(minutes=20)):
        assert "Safari" not in text(office.get(LIST))


def test_an_unknown_device() -> None:
    assert device("curl/8") == "unknown device"
