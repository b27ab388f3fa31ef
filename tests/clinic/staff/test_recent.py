from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from tests.booking.admin.pages import flashes, text
from tests.booking.factories import NOW
from tests.clinic.staff.codes import app_code, paper_codes
from tests.signing_in import PASSWORD

pytestmark = pytest.mark.django_db

CONFIRM = "/admin/account/confirm/"
# What changes or shows a factor, or the password.
GUARDED = ["app/add/", "app/remove/", "passkeys/add/", "codes/", "codes/new/", "../password_change/"]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(client: Client, sam: User, clock: time_machine.Traveller) -> Client:
    client.force_login(sam)
    return client


def address(part: str) -> str:
    return f"/admin/account/{part}".replace("account/../", "")


@pytest.mark.parametrize("part", GUARDED)
def test_five_minutes_after_the_sign_in_it_is_asked_again(
    desk: Client, sam: User, clock: time_machine.Traveller, part: str
) -> None:
    clock.shift(timedelta(minutes=4, seconds=59))
    assert not (found := desk.get(address(part))).get("Location", "").startswith(CONFIRM), found
    clock.shift(timedelta(seconds=1))

    asked = desk.get(address(part))
    assert asked["Location"].partition("?")[0] == CONFIRM
    assert "Is it still you?" in text(desk.get(asked["Location"]))

    back = desk.post(CONFIRM, {"code": app_code(sam), "next": address(part)})
    assert back["Location"] == address(part)
    assert not desk.get(address(part)).get("Location", "").startswith(CONFIRM)


def test_a_press_is_not_kept_over_the_question(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=6))
    answer = desk.post("/admin/password_change/", {"old_password": PASSWORD})

    assert answer["Location"] == "/admin/account/confirm/?next=%2Fadmin%2Fpassword_change%2F"
    assert flashes(answer)[0][1].startswith("Nothing was changed yet.")
    assert PASSWORD not in str(dict(desk.session))


def test_new_codes_are_made_only_after_confirming(desk: Client, sam: User, clock: time_machine.Traveller) -> None:
    before = paper_codes(sam)
    clock.shift(timedelta(minutes=6))
    desk.post("/admin/account/codes/new/")
    assert paper_codes(sam) == before

    desk.post(CONFIRM, {"code": before[0]})
    desk.post("/admin/account/codes/new/")
    assert set(paper_codes(sam)).isdisjoint(before)


def test_who_has_a_factor_does_not_confirm_by_password(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=6))
    answer = desk.post("/admin/account/confirm/password/", {"password": PASSWORD})

    assert answer["Location"].startswith(CONFIRM)
    assert desk.get("/admin/account/codes/")["Location"].startswith(CONFIRM)


def test_who_has_none_yet_confirms_by_password(client: Client, newcomer: User, clock: time_machine.Traveller) -> None:
    client.post("/admin/login/", {"login": "kim", "password": PASSWORD})
    clock.shift(timedelta(minutes=6))
    asked = client.get("/admin/account/app/add/")
    assert asked["Location"] == "/admin/account/confirm/password/?next=%2Fadmin%2Faccount%2Fapp%2Fadd%2F"

    back = client.post("/admin/account/confirm/password/", {"password": PASSWORD, "next": "/admin/account/app/add/"})

    assert back["Location"] == "/admin/account/app/add/"
    assert client.get("/admin/account/app/add/").status_code == 200


def test_a_wrong_code_confirms_nothing_and_guessing_ends(desk: Client, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(minutes=6))
    answers = [desk.post(CONFIRM, {"code": "000000"}).status_code for _ in range(11)]

    assert answers == [200] * 10 + [429]
    assert desk.get("/admin/account/codes/").status_code == 302
