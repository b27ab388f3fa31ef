"""The manager words a message, and a clinician gets a calendar address: in a browser, without scripts, by keyboard."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from booking.models import MessageText, Resource
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, is_too_wide, too_wide_parts
from tests.e2e.steps import sign_in

pytestmark = pytest.mark.e2e
PAGE = "/admin/booking/messagetext/confirmed/change/"


@pytest.fixture
def chief(server: str) -> User:
    user = factories.make_staff("max", "Max", "Roy")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return user


def calendar_page() -> str:
    clinician = Resource.objects.filter(kind=Resource.Kind.CLINICIAN).order_by("pk").first()
    assert clinician
    return f"/admin/booking/resource/{clinician.pk}/calendar/"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_message_is_worded_by_keyboard(open_browser: Any, chief: User, scheme: str) -> None:
    page: Page = open_browser(viewport={"width": 768, "height": 900}, color_scheme=scheme)
    sign_in(page, "max")
    page.goto("/admin/booking/messagetext/")
    page.get_by_role("link", name="Appointment confirmed").click()
    page.get_by_label("Subject").focus()
    page.keyboard.type("Your ketamine visit")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_text("Please leave out “ketamine”.")).to_be_visible()
    page.get_by_label("Subject").fill("See you on {day}")
    page.get_by_label("First sentences").fill("It was good to hear from you.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the first button is the preview
    expect(page.get_by_role("heading", name="Preview of what you typed")).to_be_visible()
    expect(page.locator("article").first).to_contain_text("It was good to hear from you.")
    assert not MessageText.objects.exists()
    assert not is_too_wide(page), too_wide_parts(page)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("It holds for every message that has not gone yet.")
    assert MessageText.objects.get().subject == "See you on {day}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_these_pages_are_accessible(open_browser: Any, chief: User, scheme: str, width: int) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(page, "max")
    found = []
    for path in ("/admin/booking/messagetext/", PAGE, calendar_page(), f"{calendar_page()}new/"):
        page.goto(path)
        found += [f"{path}: {problem}" for problem in accessibility_problems(page)]
        found += [f"{path}: too wide: {part}" for part in too_wide_parts(page) if is_too_wide(page)]
    assert found == []


def test_a_calendar_address_is_made_and_stands_there_to_copy(open_browser: Any, chief: User) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 900})
    sign_in(page, "max")
    page.goto(calendar_page())
    page.get_by_role("button", name="Make an address").press("Enter")
    first = page.get_by_label("The address to copy").input_value()
    assert page.request.get(first).status == 200
    page.get_by_role("link", name="Make a new address").press("Enter")
    page.get_by_role("button", name="Make a new address").press("Enter")
    second = page.get_by_label("The address to copy").input_value()
    assert page.request.get(first).status == 404
    assert page.request.get(second).headers["content-type"] == "text/calendar; charset=utf-8"
    assert page.request.get(second).headers.get("set-cookie") is None


# --- By keyboard ----------------------------------------------------------------------------------------------

STOP = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return {
        name: one.outerHTML.slice(0, 90),
        ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 2 && box.height > 2,
        at: [Math.round(box.left + window.scrollX), Math.round(box.top + window.scrollY)].join(),
    };
}"""
WORK = [
    "/admin/", "/admin/booking/appointment/", "/admin/booking/message/", "/admin/booking/holiday/",
    "/admin/booking/appointment/diary/week/", "/admin/content/page/", "/admin/booking/hold/add/", PAGE,
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", WORK)
def test_every_stop_of_the_tab_key_is_seen_and_there_is_a_way_out(
    open_browser: Any, chief: User, path: str, scheme: str
) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, "max")
    page.goto(path)
    stops: list[dict[str, Any]] = []
    while len(stops) < 400:
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            break
        stops.append(stop)

    begins_in_a_field = path.endswith("/add/")  # Django puts whoever adds something into its first field
    assert begins_in_a_field or "skip-to-content-link" in stops[0]["name"]
    assert len(stops) < 400, "the way out"
    assert [stop["name"] for stop in stops if not (stop["ring"] and stop["seen"])] == []
    reachable = page.locator("main a[href]:visible, main button:visible, main summary:visible").count()
    assert len(stops) + begins_in_a_field >= reachable


def test_past_the_skip_link_the_desk_begins_with_the_search(open_browser: Any, chief: User) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 900})
    sign_in(page, "max")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Find a patient")).to_be_focused()


@pytest.mark.parametrize("name", ["page", "source", "notice", "safetystatement", "redirect", "review"])
def test_lists_of_texts_look_like_the_others(open_browser: Any, chief: User, name: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 768, "height": 900})
    sign_in(page, "max")
    page.goto(f"/admin/content/{name}/")
    assert not is_too_wide(page), too_wide_parts(page)
    assert page.locator("#nav-sidebar").count() == 0
    assert accessibility_problems(page) == []
