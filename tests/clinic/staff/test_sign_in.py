"""Password, second factor, in; and what does not get in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from clinic.staff import factors
from tests.booking.admin.pages import text
from tests.clinic.staff.codes import app_code, paper_codes, shown_by_app
from tests.signing_in import PASSWORD, by_password_alone

pytestmark = pytest.mark.django_db

LOGIN, CODE, DESK = "/admin/login/", "/admin/login/code/", "/admin/"


def type_password(client: Client, name: str = "sam", password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"login": name, "password": password, **more})


def gets_in(client: Client) -> bool:
    return client.get(DESK).status_code == 200


def test_password_and_code_lead_to_the_page_that_was_asked_for(client: Client, sam: User) -> None:
    asked = client.get("/admin/account/sessions/")
    assert asked["Location"] == "/admin/login/?next=/admin/account/sessions/"
    assert type_password(client, next="/admin/account/sessions/")["Location"] == CODE
    assert not gets_in(client)

    done = client.post(CODE, {"code": app_code(sam)})

    assert done["Location"] == "/admin/account/sessions/"
    assert gets_in(client)


def test_the_right_password_alone_opens_nothing(client: Client, sam: User) -> None:
    type_password(client)

    for path in (
        DESK,
        "/admin/account/",
        "/admin/account/codes/",
        "/admin/account/app/add/",
        "/admin/password_change/",
    ):
        assert client.get(path).status_code == 302, path
    assert "_auth_user_id" not in client.session


def test_each_code_works_once(sam: User) -> None:
    code, paper = app_code(sam), paper_codes(sam)[0]
    for once in (code, paper):
        for client, works in ((Client(), True), (Client(), False)):
            type_password(client)
            client.post(CODE, {"code": once})
            assert gets_in(client) is works


def test_a_code_of_long_ago_does_not_work(client: Client, sam: User) -> None:
    type_password(client)
    answer = client.post(CODE, {"code": app_code(sam, steps=-3)})

    assert "Incorrect code" in text(answer)
    assert not gets_in(client)


def test_a_new_session_begins_at_the_sign_in(client: Client, sam: User) -> None:
    type_password(client)
    before = client.cookies["session"].value
    client.post(CODE, {"code": app_code(sam)})

    assert client.cookies["session"].value != before
    stale = Client()
    stale.cookies["session"] = before
    assert not gets_in(stale)


@pytest.mark.parametrize("name", ["sam", "nobody", "gone", "patient"])
def test_the_answer_is_the_same_whether_there_is_such_a_user(sam: User, name: str) -> None:
    """A wrong password, no such user, one that left, one that is no staff: with the right password, too."""
    User.objects.create_user("gone", password=PASSWORD, is_staff=True, is_active=False)
    User.objects.create_user("patient", password=PASSWORD)
    password = "a wrong guess at it" if name == "sam" else PASSWORD

    answer = type_password(Client(), name, password)

    assert answer.status_code == 200
    assert "The username and/or password you specified are not correct." in text(answer)
    assert text(answer) == text(type_password(Client(), "x", "y"))


def test_a_password_is_hashed_for_an_unknown_name_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))
    type_password(client, "nobody")

    assert hashed == [PASSWORD]


def test_guessing_passwords_comes_to_an_end(client: Client) -> None:
    answers = [type_password(client, "frontdesk", f"guess {n}").status_code for n in range(11)]

    assert answers == [200] * 10 + [429]


def test_even_the_right_password_is_refused_then_but_not_elsewhere(client: Client, sam: User) -> None:
    for number in range(10):
        type_password(client, password=f"guess {number}")

    assert type_password(client).status_code == 429
    assert type_password(Client(REMOTE_ADDR="198.51.100.7"))["Location"] == CODE


@pytest.mark.parametrize("name", ["frontdesk ", " FRONTDESK", "ｆrontdesk", "frontdesk\t"])
def test_another_spelling_of_a_name_is_the_same_name(client: Client, name: str) -> None:
    for number in range(10):
        type_password(client, "frontdesk", f"guess {number}")

    assert type_password(client, name, "guess").status_code == 429


def test_many_names_from_one_network_come_to_an_end(client: Client) -> None:
    answers = [type_password(client, f"u{n}", "guess").status_code for n in range(61)]

    assert answers == [200] * 60 + [429]


def test_guessing_codes_comes_to_an_end_from_wherever(sam: User) -> None:
    for number in range(5):
        client = Client(REMOTE_ADDR=f"198.51.100.{number}")
        type_password(client)
        client.post(CODE, {"code": "000000"})
    client = Client(REMOTE_ADDR="203.0.113.1")
    type_password(client)
    client.post(CODE, {"code": app_code(sam)})

    assert not gets_in(client)

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        client = Client()
        type_password(client)
        client.post(CODE, {"code": app_code(sam)})
        assert gets_in(client)


def test_a_new_user_sees_nothing_but_how_to_add_a_factor(client: Client, newcomer: User) -> None:
    User.objects.update(is_superuser=True)
    arrived = client.post(LOGIN, {"login": "kim", "password": PASSWORD}, follow=True)

    assert arrived.redirect_chain[-1][0] == "/admin/account/"
    assert "please add a second factor" in text(arrived)
    for path in (DESK, "/admin/booking/patient/", "/admin/auth/user/", "/admin/account/sessions/", "/admin/jsi18n/"):
        assert client.get(path, follow=True).redirect_chain[-1][0] == "/admin/account/" or path.endswith("jsi18n/")


def test_adding_an_app_opens_the_desk_and_shows_the_recovery_codes_once_asked(client: Client, newcomer: User) -> None:
    client.post(LOGIN, {"login": "kim", "password": PASSWORD})
    secret = client.get("/admin/account/app/add/").context["form"].secret
    refused = client.post("/admin/account/app/add/", {"code": "000000"})
    assert "Incorrect code" in text(refused)
    assert not gets_in(client)

    done = client.post("/admin/account/app/add/", {"code": shown_by_app(secret)}, follow=True)

    assert done.redirect_chain[-1][0] == "/admin/account/codes/"
    assert all(code in text(done) for code in paper_codes(newcomer))
    assert gets_in(client)


def test_who_signed_in_by_password_before_there_was_a_factor_does_not_get_in_by_it(newcomer: User) -> None:
    """A thief with the password waits for the user to add one: this session ends, and would open nothing if not."""
    thief, kim = Client(), Client()
    for client in (thief, kim):
        client.post(LOGIN, {"login": "kim", "password": PASSWORD})
    secret = kim.get("/admin/account/app/add/").context["form"].secret
    kim.post("/admin/account/app/add/", {"code": shown_by_app(secret)})
    assert thief.get("/admin/account/")["Location"] == "/admin/login/?next=/admin/account/"

    left = by_password_alone(newcomer)

    assert left.get(DESK)["Location"] == "/admin/login/?next=/admin/"
    assert left.get("/admin/login/?next=/admin/")["Location"] == "/admin/account/confirm/?next=/admin/"
    for path in ("/admin/account/", "/admin/account/codes/", "/admin/account/app/add/", "/admin/account/passkeys/add/"):
        assert left.get(path)["Location"].startswith("/admin/account/confirm/?next="), path
    assert left.post("/admin/account/confirm/", {"code": app_code(newcomer, steps=1)}).status_code == 302
    assert gets_in(left)


def test_a_user_who_leaves_is_out_with_the_next_click(client: Client, sam: User) -> None:
    client.force_login(sam)
    assert gets_in(client)
    User.objects.filter(pk=sam.pk).update(is_staff=False)
    assert not gets_in(client)
    assert client.get(LOGIN).status_code == 200  # and not led in a circle


@pytest.mark.parametrize("next_page", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_elsewhere(client: Client, sam: User, next_page: str) -> None:
    type_password(client, next=next_page)
    assert client.post(CODE, {"code": app_code(sam)})["Location"] == DESK

    assert client.get(LOGIN, {"next": next_page})["Location"] == DESK
    assert by_password_alone(sam).get(LOGIN, {"next": next_page})["Location"] == "/admin/account/confirm/?next=/admin/"


@pytest.mark.parametrize(
    "path",
    ["signup/", "password/reset/", "account/email/", "account/password/set/", "login/webauthn/", "login/code/request/"],
)
def test_there_is_no_other_way_in(client: Client, path: str) -> None:
    for prefix in ("/", "/accounts/", "/admin/"):
        answer = client.get(prefix + path)
        assert answer.status_code == 404 or answer["Location"].startswith(LOGIN), prefix + path


@pytest.mark.parametrize("path", [LOGIN, "/admin/account/", "/admin/account/codes/", "/admin/account/app/add/"])
def test_these_pages_are_kept_and_listed_by_nobody(client: Client, sam: User, path: str) -> None:
    if path != LOGIN:
        client.force_login(sam)
    answer = client.get(path)

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_signing_out_ends_a_sign_in_half_done(client: Client, sam: User) -> None:
    type_password(client)
    assert client.get(LOGIN)["Location"] == CODE
    client.get("/admin/sign-out/")
    assert client.get(LOGIN)["Location"] == CODE
    client.post("/admin/sign-out/")

    assert client.get(LOGIN).status_code == 200


def test_the_only_factor_is_not_removed(client: Client, sam: User) -> None:
    client.force_login(sam)
    client.post("/admin/account/app/remove/")
    assert factors.owned_by(sam).count() == 1
    assert "your only second factor" in text(client.get("/admin/account/app/remove/"))


def test_secrets_are_not_in_the_database_as_they_are(sam: User, settings: Any) -> None:
    kept = factors.owned_by(sam).get().data["secret"]
    code = app_code(sam)
    assert len(kept) > 60

    settings.FACTOR_KEY_FALLBACKS, settings.FACTOR_KEY = [settings.FACTOR_KEY], "n" * 40
    assert app_code(sam) == code
