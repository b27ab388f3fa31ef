from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.test import Client

from clinic.staff.signoff import BEGAN
from tests.booking.admin.pages import flashes
from tests.booking.factories import NOW, make_appointment

pytestmark = pytest.mark.django_db

DESK = "/admin/"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(client: Client, sam: User, clock: time_machine.Traveller) -> Client:
    User.objects.filter(pk=sam.pk).update(is_superuser=True)
    client.force_login(sam)
    return client


def test_fifteen_idle_minutes_end_it(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(15 * MINUTE)
    assert desk.get(DESK).status_code == 200
    clock.shift(15 * MINUTE + timedelta(seconds=1))

    answer = desk.get("/admin/booking/patient/?q=x")

    assert answer["Location"] == "/admin/login/?next=/admin/booking/patient/%3Fq%3Dx"
    assert flashes(answer) == [("info", "You were signed off for safety. Sign in to go on where you were.")]
    assert desk.get(DESK).status_code == 302


def test_eight_hours_end_it_however_busy(desk: Client, clock: time_machine.Traveller) -> None:
    for _ in range(48):
        clock.shift(10 * MINUTE)
        assert desk.get(DESK).status_code == 200
    clock.shift(MINUTE)

    assert desk.get(DESK).status_code == 302


def test_it_ends_in_the_database_not_in_the_browser(desk: Client, clock: time_machine.Traveller) -> None:
    key = desk.cookies["session"].value
    clock.shift(16 * MINUTE)
    desk.get(DESK)

    assert not desk.session.__class__().exists(key)


def test_what_was_sent_too_late_changes_nothing_and_is_told_kindly(desk: Client, clock: time_machine.Traveller) -> None:
    visit = make_appointment()
    page = f"/admin/booking/appointment/{visit.pk}/confirm/"
    clock.shift(16 * MINUTE)

    answer = desk.post(page, {"seen": "1"})

    visit.refresh_from_db()
    assert visit.status == "requested"
    assert answer["Location"] == f"/admin/login/?next={page}"
    [(level, told)] = flashes(answer)
    assert level == "warning"
    assert "was not saved and nothing was changed" in told


def test_a_session_that_did_not_begin_by_our_sign_in_is_none(client: Client, sam: User) -> None:
    session = client.session
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(sam.pk), sam.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session.save()

    assert client.get("/admin/account/").status_code == 302
    assert BEGAN not in client.session


def test_when_it_was_last_used_is_noted_once_a_minute(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(2 * MINUTE)
    desk.get(DESK)
    clock.shift(timedelta(seconds=30))
    desk.get(DESK)

    assert UserSession.objects.get().last_seen_at == NOW + 2 * MINUTE


def test_public_pages_look_at_no_session(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(60 * MINUTE)
    answer = desk.get("/robots.txt")

    assert answer.status_code == 200
    assert "Cookie" not in answer.get("Vary", "")
