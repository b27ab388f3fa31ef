"""Every kind of page, on a phone and a desk, light and dark: accessible, not too wide, with the crisis notice."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from django.test import override_settings
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from booking import actions, links
from booking.models import Appointment, VisitType
from content.models import Page as Text
from tests.booking import factories
from tests.e2e import steps
from tests.e2e.looking import (
    accessibility_problems,
    assert_crisis_notice,
    cookies,
    heading_problems,
    is_too_wide,
    settle,
    too_wide_parts,
)
from tests.faults.asking import free_starts, path_of

pytestmark = pytest.mark.e2e

Scheme = Literal["light", "dark"]
WIDTHS = (360, 1280)
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


def request_of() -> Appointment:
    visit_type = VisitType.objects.get(slug="first-visit")
    return factories.make_appointment(visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now())


def link_to(appointment: Appointment) -> str:
    return f"/v/{links.token_for(appointment)}/"


def first_path() -> str:
    visit_type = VisitType.objects.get(slug="first-visit")
    return path_of(visit_type, free_starts(visit_type)[0])


def address(path: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        page.goto(path)

    return show


def details(page: Page) -> None:
    page.goto(first_path())


def details_with_errors(page: Page) -> None:
    page.goto(first_path())
    page.get_by_role("button", name="Continue").click()


def check(page: Page) -> None:
    page.goto(first_path())
    steps.fill_in(page)
    steps.continue_to_check(page)


def taken(page: Page) -> None:
    check(page)
    request_of()
    steps.send(page)


def taken_before_the_form(page: Page) -> None:
    page.goto("/book/first-visit/20200101T1800Z/")


def already(page: Page) -> None:
    check(page)
    assert steps.send_behind(page).status == 302
    page.locator('form[action$="/send/"] input[name="name"]').evaluate("one => one.value = 'Somebody Else'")
    steps.send(page)


def no_times(page: Page) -> None:
    VisitType.objects.update(horizon_days=1, notice_hours=48)
    page.goto("/book/first-visit/")


def no_kinds(page: Page) -> None:
    VisitType.objects.update(is_active=False)
    page.goto("/book/")


def visit(*verbs: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        appointment = request_of()
        staff = actions.staff(factories.make_staff())
        for verb in verbs:
            now = appointment.starts_at if verb == "complete" else timezone.now()
            getattr(actions, verb)(appointment=appointment, by=staff, now=now)
        page.goto(link_to(appointment))

    return show


def cancelling(page: Page) -> None:
    page.goto(link_to(request_of()))
    page.get_by_role("link", name="Take back my request").click()


def again(rest: str = "", *, book: bool = False) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        appointment = request_of()
        page.goto(link_to(appointment))
        VisitType.objects.update(needs_ride=True)
        start = f"{first_path().split('/')[-2]}/" if rest else ""
        page.goto(f"/visit/{appointment.public_id}/book/{rest}{start if book else ''}")

    return show


def replaced_link(page: Page) -> None:
    appointment = request_of()
    Appointment.objects.update(link_version=2)
    page.goto(link_to(appointment))


def no_cookie(page: Page) -> None:
    page.goto(first_path())
    page.context.clear_cookies()
    page.get_by_role("button", name="Continue").click()


def too_many(page: Page) -> None:
    check(page)
    # Only a visitor from the Internet is counted: the test's proxy says that it is one.
    page.context.set_extra_http_headers({"X-Forwarded-For": "1.1.1.1"})
    with override_settings(BOOKING_LIMIT_PER_NETWORK=0, TRUSTED_PROXY_COUNT=1):
        steps.send(page)
        page.get_by_role("alert").wait_for()


PAGES: dict[str, Callable[[Page], None]] = {
    "been": address("/book/"),
    "kinds": address("/book/?been=unsure"),
    "no kinds": no_kinds,
    "times": address("/book/first-visit/"),
    "no times": no_times,
    "details": details,
    "details with errors": details_with_errors,
    "check": check,
    "taken": taken,
    "not offered": taken_before_the_form,
    "already sent": already,
    "too many": too_many,
    "visit requested": visit(),
    "visit confirmed": visit("confirm"),
    "visit declined": visit("decline"),
    "visit cancelled": visit("confirm", "cancel"),
    "visit over": visit("confirm", "complete"),
    "again kinds": again(),
    "again times": again("first-visit/"),
    "again check": again("first-visit/", book=True),
    "cancelling": cancelling,
    "link unknown": address(f"/v/{'A' * 22}.x/"),
    "link replaced": replaced_link,
    "404": address("/no-such-page/"),
    "403 csrf": no_cookie,
}


def look(page: Page, *, where: str) -> list[str]:
    """What is wrong with the page as it is shown now, at each width and in both colors."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            settle(page)
            problems = accessibility_problems(page)
            found += [f"{where} at {width} px, {scheme}: {problem}" for problem in problems]
        assert_crisis_notice(page)
    page.set_viewport_size({"width": 320, "height": 640})
    if is_too_wide(page):
        found.append(f"{where} scrolls sideways at 320 px: {too_wide_parts(page)}")
    return found


@pytest.mark.parametrize("name", PAGES)
def test_page(open_browser: Any, name: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 360, "height": 800})
    PAGES[name](page)
    assert page.locator("h1").count() == 1
    assert page.title()
    assert look(page, where=name) == []


def test_every_information_page(open_browser: Any) -> None:
    """Each is opened once and looked at in two ways: on a phone in light colors, on a desk in dark ones."""
    page: Page = open_browser(scripts=True)
    texts = Text.objects.published().order_by("path").values_list("path", flat=True)
    paths = ["/", *(f"/{path}/" for path in texts), "/sources/", "/site-map/"]
    paths += ["/search/", "/search/?q=blood+presure", "/search/?q=xyzzyx"]
    assert len(paths) > 30
    found = []
    for path in paths:
        page.goto(path)
        for width, scheme in zip(WIDTHS, SCHEMES, strict=True):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            settle(page)
            found += [f"{path} at {width} px, {scheme}: {problem}" for problem in accessibility_problems(page)]
            assert_crisis_notice(page)
        page.set_viewport_size({"width": 320, "height": 640})
        if is_too_wide(page):
            found.append(f"{path} scrolls sideways at 320 px: {too_wide_parts(page)}")
        found += [f"{path}: {problem}" for problem in heading_problems(page)]
        found += [f"{path} sets the cookie {name}" for name in cookies(page)]
    assert found == []


@pytest.mark.parametrize("status", [400, 403, 429, 500, 503])
def test_error_page(open_browser: Any, settings: Settings, status: int) -> None:
    settings.ROOT_URLCONF = "tests.e2e.broken_urls"
    page: Page = open_browser(scripts=True, viewport={"width": 360, "height": 800})
    response = page.goto(f"/fails/{status}/")
    assert response
    assert response.status == status
    assert "Psychiatry" not in page.title()
    assert look(page, where=str(status)) == []


@pytest.mark.parametrize("status", [500, 503])
def test_error_page_with_the_answers_kept(open_browser: Any, settings: Settings, status: int) -> None:
    settings.ROOT_URLCONF = "tests.e2e.broken_urls"
    page: Page = open_browser(scripts=True, viewport={"width": 360, "height": 800})
    page.goto(f"/book/fails/{status}/")
    for _ in range(2):  # pressing "Try again" sends the same again
        with page.expect_response(lambda response: response.request.method == "POST") as answer:
            page.get_by_role("button").click()
        assert answer.value.status == status
        page.wait_for_load_state()
        kept = page.locator("main form input[type=hidden]:not([name=csrfmiddlewaretoken])")
        pairs = [(one.get_attribute("name"), one.get_attribute("value")) for one in kept.all()]
        assert pairs == [("name", "Ana Díaz"), ("needs", "other"), ("needs", "vision")]
    assert look(page, where=f"{status} with answers") == []
