"""Signing in as staff do it: a new user adds a factor, signs in with it, and confirms with it."""

import re
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission, User
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from clinic.sessions import SessionStore
from clinic.staff import factors
from tests.booking.factories import make_staff
from tests.clinic.staff.codes import app_code, paper_codes, shown_by_app
from tests.e2e.looking import Watch, accessibility_problems, is_too_wide, settle
from tests.e2e.steps import sign_in
from tests.signing_in import PASSWORD

pytestmark = pytest.mark.e2e


@pytest.fixture
def sam(server: str) -> User:
    cache.clear()
    user = make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="booking"))
    return user


def type_password(page: Page, where: str = "/admin/") -> None:
    page.goto(where)
    page.get_by_label("Username").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def test_a_new_user_adds_an_app_without_scripts_and_signs_in_by_it(page: Page, sam: User) -> None:
    type_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your sign-in")
    page.get_by_role("link", name="Add an app").click()
    expect(page.locator(".qr svg")).to_be_visible()
    page.get_by_label("Code of the app").fill(shown_by_app(page.locator(".secret").inner_text()))
    page.get_by_role("button", name="Add the app").click()
    expect(page.locator(".codes li")).to_have_count(10)
    assert not is_too_wide(page)
    page.get_by_role("link", name="Go on to the front desk").click()
    expect(page).to_have_url(re.compile("/admin/$"))

    page.get_by_role("button", name="Log out").click()
    type_password(page, "/admin/booking/appointment/")
    page.get_by_label("Code of your authenticator app").fill(app_code(sam, steps=1))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/admin/booking/appointment/$"))


def test_a_passkey(browser: Browser, server: str, sam: User) -> None:
    """With a key that the browser plays; a passkey belongs to a name, so the address is localhost."""
    site = server.replace("127.0.0.1", "localhost")
    page = browser.new_context(locale="en-US").new_page()
    watch = Watch(page, site)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**key, "automaticPresenceSimulation": True}})

    type_password(page, f"{site}/admin/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Desk")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.goto(f"{site}/admin/account/")
    expect(page.locator("#content")).to_contain_text("Desk")
    page.get_by_role("button", name="Log out").click()

    type_password(page, f"{site}/admin/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(f"{site}/admin/")

    store = SessionStore(UserSession.objects.latest("pk").session_key)
    store[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {**record, "at": 0} for record in store[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    store.save()
    page.goto(f"{site}/admin/account/codes/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.context.close()
    watch.assert_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_its_pages_are_accessible_and_fit(open_browser: Any, sam: User, scheme: str, width: int) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    found: list[str] = []

    def look(name: str) -> None:
        settle(page)
        found.extend(f"{name}: {problem}" for problem in accessibility_problems(page))
        if is_too_wide(page):
            found.append(f"{name}: too wide")

    page.goto("/admin/login/")
    look("password")
    type_password(page)
    look("overview of a new user")
    for part in ("app/add/", "passkeys/add/"):
        page.goto(f"/admin/account/{part}")
        look(part)
    page.get_by_role("button", name="Log out").click()
    factors.renew(sam)
    type_password(page)
    look("code")
    page.locator("#id_code").fill(paper_codes(sam)[0])
    page.get_by_role("button", name="Sign in").click()
    for part in ("", "codes/", "codes/new/", "sessions/", "app/remove/", "confirm/", "../password_change/"):
        page.goto(f"/admin/account/{part}")
        look(part or "overview")

    assert found == []


def test_the_helper_of_other_tests_ends_where_the_real_sign_in_does(page: Page, sam: User) -> None:
    sign_in(page)
    expect(page.get_by_role("link", name="Your sign-in")).to_be_visible()
