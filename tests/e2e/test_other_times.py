"""The office can't offer the time asked for: staff offer three others, and the patient picks one from the mail."""

import re
from typing import Any
from urllib.parse import urlsplit

import icalendar
import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import when
from booking.models import Appointment, Message, Offer, Status, VisitType
from booking.tasks import deliver_messages
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, heading_problems, is_too_wide, settle
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts
from tests.faults.mailbox import Mailbox

pytestmark = pytest.mark.e2e


@pytest.fixture
def ana(server: str) -> Appointment:
    """Her request lies some weeks ahead, and a week has free times before it and after it."""
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="booking"))
    kind = VisitType.objects.get(slug="first-visit")
    return factories.make_appointment(kind, starts_at=free_starts(kind)[150], now=timezone.now())


def tick_three(page: Page) -> None:
    """Two in the week of the visit, and one in the week after."""
    page.get_by_role("link", name=re.compile("^Offer other times")).click()
    days = page.locator("fieldset.day:has(input)")
    days.first.locator("input").first.check()
    days.nth(1).locator("input").nth(4).check()
    page.get_by_role("button", name="Later week").click()
    page.locator("fieldset.day input").nth(2).check()
    expect(page.locator("fieldset.chosen input:checked")).to_have_count(2)


def press_enter(page: Page) -> None:
    """In the field of the week it shows that week, on a tick it goes on; and nobody meets the button that takes it."""
    first = page.locator("form.offering button").first
    assert first.evaluate("(button) => button.tabIndex") == -1
    later = page.get_by_label("The week of").input_value()
    page.get_by_role("button", name="Earlier week").click()
    page.get_by_label("The week of").fill(later)
    page.get_by_label("The week of").press("Enter")
    expect(page.get_by_label("The week of")).to_have_value(later)
    expect(page.locator("fieldset.chosen input:checked")).to_have_count(2)
    page.locator("fieldset.day input:checked").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Offer these times?")
    page.get_by_role("link", name="Change the times").click()


def expect_well_made(page: Page) -> None:
    settle(page)
    assert accessibility_problems(page) == []
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert not is_too_wide(page), width


def links_in(mailbox: Mailbox, subject: str) -> str:
    [mail] = [mail for mail in mailbox.to("ana@example.test") if mail["Subject"] == subject]
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_content()
    return str(urlsplit(re.findall(r"https?://\S+/v/\S+", text)[0]).path)


def test_staff_offer_three_and_the_patient_picks_the_second(
    open_browser: Any, ana: Appointment, real_mail: Mailbox
) -> None:
    desk: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(desk)
    tick_three(desk)
    expect_well_made(desk)
    press_enter(desk)
    desk.get_by_role("button", name="Go on").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Offer these times?")
    expect_well_made(desk)
    desk.get_by_role("button", name="Offer these times").click()
    expect(desk.locator(".messagelist")).to_contain_text("3 times are offered until")
    expect_well_made(desk)
    desk.goto("/admin/")
    expect(desk.locator(".module", has_text="Offers out")).to_contain_text("3 other times")
    expect_well_made(desk)

    Message.objects.update(due_at=timezone.now())
    deliver_messages()
    second = Offer.objects.order_by("starts_at")[1]
    patient: Page = open_browser(scripts=True, viewport={"width": 360, "height": 800})
    patient.goto(links_in(real_mail, "Please choose another time for your appointment"))
    expect(patient.get_by_role("heading", level=1)).to_have_text("Please choose another time")
    assert heading_problems(patient) == []
    expect_well_made(patient)
    patient.get_by_role("button", name=when.plain(when.day_with_year(second.starts_at))).first.click()
    expect(patient.locator(".news")).to_have_text("Done. Your visit has a new time.")
    expect(patient.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")

    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.CONFIRMED, second.starts_at)
    expect_one_mail_with_the_calendar_entry(ana, real_mail)
    desk.reload()
    expect(desk.locator(".module", has_text="Offers out")).to_have_count(0)
    expect(desk.locator(".news")).to_contain_text("moved by the patient")


def expect_one_mail_with_the_calendar_entry(ana: Appointment, mailbox: Mailbox) -> None:
    before = len(mailbox.to("ana@example.test"))
    Message.objects.filter(state=Message.State.QUEUED).update(due_at=timezone.now())
    deliver_messages()
    [mail] = mailbox.to("ana@example.test")[before:]
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    calendar = icalendar.Calendar.from_ical(part.get_content())
    [event] = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["SUMMARY"], event["UID"]) == ("REQUEST", "Appointment", ana.calendar_uid)
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (ana.starts_at, ana.ends_at)


def test_without_scripts_and_in_the_dark(open_browser: Any, ana: Appointment, real_mail: Mailbox) -> None:
    desk: Page = open_browser(viewport={"width": 360, "height": 900}, color_scheme="dark")
    sign_in(desk)
    tick_three(desk)
    desk.get_by_role("button", name="Go on").click()
    desk.get_by_role("button", name="Offer these times").click()
    expect(desk.locator(".messagelist")).to_contain_text("3 times are offered until")
