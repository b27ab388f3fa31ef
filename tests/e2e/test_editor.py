"""The editor in a browser: with scripts the preview follows, without them it opens a tab; both obey the policy."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from content import actions
from content.models import Page
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, is_too_wide, settle
from tests.e2e.steps import sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def office(server: str) -> Page:
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="content"))
    return Page.objects.get(path="office")


def edit(tab: Tab, page: Page) -> None:
    sign_in(tab)
    tab.goto(f"/admin/content/page/{page.pk}/change/")


def test_without_scripts_the_preview_is_a_tab_and_publishing_is_seen(open_browser: Any, office: Page) -> None:
    tab: Tab = open_browser(viewport={"width": 768, "height": 900})
    edit(tab, office)
    tab.locator("#id_body").fill(f"{office.body}\n\nA bench stands before the door.")
    with tab.context.expect_page() as opened:
        tab.get_by_role("button", name="Preview").click()
    preview = opened.value
    expect(preview.get_by_text("A bench stands before the door.")).to_be_visible()
    preview.goto("/office/")
    expect(preview.get_by_text("A bench stands before the door.")).to_have_count(0)

    tab.get_by_role("button", name="Publish").click()

    expect(tab.locator(".messagelist")).to_contain_text("Everybody sees it now")
    preview.goto("/office/")
    expect(preview.get_by_text("A bench stands before the door.")).to_be_visible()
    assert not is_too_wide(tab)


def test_the_enter_key_publishes_nothing(open_browser: Any, office: Page) -> None:
    tab: Tab = open_browser(viewport={"width": 1280, "height": 900})
    edit(tab, office)
    tab.locator("#id_h1").fill("Another heading")
    tab.locator("#id_h1").press("Enter")
    expect(tab.locator(".messagelist")).to_contain_text("Kept as a draft")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_scripts_the_preview_follows(open_browser: Any, office: Page, scheme: str) -> None:
    tab: Tab = open_browser(scripts=True, viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    edit(tab, office)
    shown = tab.frame_locator('iframe[name="live-preview"]')
    expect(shown.get_by_role("heading", level=1)).to_have_text(office.h1)

    tab.locator("#id_h1").fill("A heading as I type")
    expect(shown.get_by_role("heading", level=1)).to_have_text("A heading as I type")
    tab.locator("#id_body").fill(f"{office.body}\n\nIt can cure you.")
    expect(shown.get_by_text("“cure” is a word we don’t use.")).to_be_visible()

    tab.locator("#marks > summary").click()
    tab.locator("#marks summary", has_text="Drawings").click()
    tab.locator("#id_body").evaluate("field => field.setSelectionRange(0, 0)")
    tab.get_by_role("button", name="Insert ::drawing course").click()
    expect(tab.locator("#id_body")).to_have_value(re.compile(r"^::drawing course\n\n\S"))
    settle(tab)
    assert accessibility_problems(tab) == []
    assert Page.objects.get(pk=office.pk).h1 == office.h1


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 768)])
def test_the_pages_around_it_are_accessible(open_browser: Any, office: Page, scheme: str, width: int) -> None:
    office.h1, office.body = "Our house", f"{office.body}\n\nIt can cure you."
    draft = actions.save_draft(page=office, by=User.objects.get(username="sam"), now=timezone.now())
    tab: Tab = open_browser(scripts=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(tab)
    found = []
    for path in (
        "",
        "content/page/",
        "content/page/add/",
        f"content/page/{office.pk}/change/",
        f"content/page/{office.pk}/history/",
        f"content/page/{office.pk}/saved/{draft.pk}/",
        f"content/page/{office.pk}/do/hide/",
        "content/review/",
        f"content/review/add/?page={office.pk}",
        "content/redirect/",
        "content/redirect/add/",
        "content/notice/",
        "content/source/",
    ):
        tab.goto(f"/admin/{path}")
        for summary in tab.locator(".standing summary").all():
            summary.click()
        settle(tab)
        found += [f"{path}: {problem}" for problem in accessibility_problems(tab)]
        found += [f"{path}: too wide"] if is_too_wide(tab) else []
    assert found == []
