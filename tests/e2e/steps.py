"""What people do on the pages."""

import re

from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import APIResponse, Page, expect

ANSWERS = {"name": "Ana Diaz", "email": "ana@example.test", "phone": "(310) 555-0123"}
CHOICES = {"adult": "yes", "standing": "new", "contact_by": "email", "voicemail": "no", "insurance": "unsure"}


def go_to_details(page: Page) -> None:
    page.goto("/book/")
    page.get_by_role("link", name="No, I am new").click()
    page.get_by_role("link", name="First visit").click()
    page.get_by_role("link", name=re.compile("^As soon as possible")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your details")


def fill_in(page: Page, **changes: str) -> None:
    for name, value in {**ANSWERS, **changes}.items():
        page.locator(f"#id_{name}").fill(value)
    for name, choice in CHOICES.items():
        field = page.locator(f'input[type="radio"][name="{name}"][value="{choice}"]')
        if field.count():  # “been here before” is not asked twice
            field.check()


def continue_to_check(page: Page) -> None:
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")


def send(page: Page) -> None:
    page.get_by_role("button", name="Send the request").click()


def expect_received(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("We have your request")


def send_behind(page: Page) -> APIResponse:
    """The form of the page, sent once more than the page shows: as by a double click or from a second tab."""
    form = page.locator('form[action$="/send/"]')
    values = {one.get_attribute("name") or "": one.get_attribute("value") or "" for one in form.locator("input").all()}
    address = form.get_attribute("action") or ""
    return page.context.request.post(address, form={**values}, max_redirects=0)


def sign_in(page: Page, name: str = "sam") -> None:
    """As one who has been through the sign-in; that itself is in test_sign_in.py."""
    client = Client()
    client.force_login(User.objects.get(username=name))
    page.goto("/robots.txt")  # the cookie belongs to the site's address
    page.context.add_cookies([{"name": "session", "value": client.cookies["session"].value, "url": page.url}])
    page.goto("/admin/")
    expect(page.locator("#content")).to_be_visible()
