"""A patient's way from the start page to the visit and out again. Without scripts, on a phone."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions
from booking.models import Appointment, Hold, Message, Status
from booking.tasks import deliver_messages
from tests.e2e import steps
from tests.e2e.looking import assert_crisis_notice, cookies
from tests.faults.mailbox import Mailbox

pytestmark = pytest.mark.e2e


def link_in(mailbox: Mailbox, address: str = "ana@example.test") -> str:
    """The path of the patient's own link, from the newest message to them."""
    body = mailbox.to(address)[-1].get_body(("plain",))
    assert body
    found = re.search(r"https?://\S+/v/\S+", body.get_content())
    assert found
    return urlsplit(found[0]).path


def test_from_the_start_page_to_a_cancelled_visit(page: Page, real_mail: Mailbox) -> None:
    page.goto("/")
    assert_crisis_notice(page)
    assert cookies(page) == []
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Treatment").click()
    expect(page).to_have_url(re.compile("/nasal-ketamine/$"))
    assert cookies(page) == []
    page.get_by_role("banner").get_by_role("link", name="Book an appointment").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Have you been to this office before?")
    page.get_by_role("link", name="No, I am new").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What kind of visit would you like?")
    page.locator("ul.kinds a").first.click()
    page.locator("ul.times a").first.click()

    steps.fill_in(page, name="", phone="123", email="ana@")
    page.get_by_role("button", name="Continue").click()
    errors_lead_to_their_fields(page)

    steps.fill_in(page)
    steps.continue_to_check(page)
    for answer in ("Ana Diaz", "ana@example.test", "(310) 555-0123"):
        expect(page.locator("dl.answers")).to_contain_text(answer)
    assert Appointment.objects.count() == 0
    page.get_by_role("button", name="Change my answers").click()
    expect(page.locator("#id_name")).to_have_value("Ana Diaz")
    expect(page.locator('input[name="standing"][value="new"]')).to_be_checked()
    page.locator("#id_name").fill("Ana María Diaz")
    steps.continue_to_check(page)
    steps.send(page)
    steps.expect_received(page)
    appointment = Appointment.objects.get()
    assert appointment.patient.name == "Ana María Diaz"
    expect(page.locator("main")).to_contain_text(appointment.reference)

    page.reload()
    steps.expect_received(page)
    assert Appointment.objects.count() == 1

    page.context.clear_cookies()
    deliver_messages()
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    page.goto(link_in(real_mail))
    expect(page).to_have_url(re.compile(r"/visit/[A-Za-z0-9_-]{22}/$"))
    page.get_by_role("link", name="Take back my request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Take back your request?")
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This visit is cancelled")
    appointment.refresh_from_db()
    assert appointment.status == Status.CANCELLED
    assert not Hold.objects.exists()
    deliver_messages()
    told = {"ana@example.test"}
    if appointment.starts_at - timezone.now() < actions.LATE:  # staff are told at once; of others the desk tells
        told.add("desk@example.test")
    assert {mail["To"] for mail in real_mail.kept[2:]} == told


def errors_lead_to_their_fields(page: Page) -> None:
    assert page.title().startswith("Error:")
    summary = page.get_by_role("alert")
    expect(summary).to_be_visible()
    links = summary.get_by_role("link")
    targets = [link.get_attribute("href") or "" for link in links.all()]
    assert targets == ["#id_name", "#id_email", "#id_phone"]
    for target in targets:
        summary.locator(f'a[href="{target}"]').click()
        field = page.locator(target)
        expect(field).to_be_in_viewport()
        expect(field).to_have_attribute("aria-invalid", "true")
        described = page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[-1]}")
        expect(described).to_be_visible()
    expect(page.locator("#id_email")).to_have_value("ana@")
    expect(page.locator("#id_phone")).to_have_value("123")
    expect(page.locator('input[name="insurance"][value="unsure"]')).to_be_checked()


def test_everything_left_empty_names_every_question(page: Page) -> None:
    steps.go_to_details(page)
    page.get_by_role("button", name="Continue").click()
    links = page.get_by_role("alert").get_by_role("link")
    expect(links).to_have_count(7)
    for link in links.all():
        target = link.get_attribute("href") or ""
        expect(page.locator(f"input{target}")).to_have_count(1)


def test_with_the_keyboard_alone(open_browser: Any) -> None:
    """Tab, Enter, Space and arrow keys, from the first page of booking to the last; focus is always to be seen."""
    page: Page = open_browser(viewport={"width": 1280, "height": 900})
    page.goto("/book/")
    page.keyboard.press("Tab")
    assert "Skip to main content" in focused(page).inner_text()
    page.keyboard.press("Enter")
    tab_to(page, "ul.kinds a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/book/\?been=returning$"))
    tab_to(page, "ul.kinds a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/book/first-visit/\?been=returning$"))
    tab_to(page, "ul.times a")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/book/first-visit/\d+T"))
    for name, value in steps.ANSWERS.items():
        tab_to(page, f"#id_{name}")
        page.keyboard.type(value)
    for name, choice in steps.CHOICES.items():
        if name == "standing":
            continue  # answered on the first page
        tab_to(page, f'input[name="{name}"]')
        page.keyboard.press("Space")
        for _ in range(5):
            if page.locator(f'input[name="{name}"][value="{choice}"]').is_checked():
                break
            page.keyboard.press("ArrowDown")
    tab_to(page, 'input[name="needs"]')
    page.keyboard.press("Space")
    tab_to(page, 'main button[type="submit"]')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(page.locator("dl.answers")).to_contain_text("An interpreter")
    tab_to(page, 'form[action$="/send/"] button')
    page.keyboard.press("Enter")
    steps.expect_received(page)


def focused(page: Page) -> Any:
    return page.locator(":focus")


def tab_to(page: Page, selector: str, limit: int = 60) -> None:
    """Presses Tab until the focus is there, and sees that it shows."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            expect(focused(page)).to_be_in_viewport()
            return
    raise AssertionError(f"The keyboard does not reach {selector}")


def test_the_hidden_field_is_not_in_the_keyboards_way(page: Page) -> None:
    steps.go_to_details(page)
    expect(page.locator("#id_website")).to_have_attribute("tabindex", "-1")
    expect(page.locator("#id_website")).not_to_be_in_viewport()


def test_two_want_the_same_time_and_both_get_a_visit(open_browser: Any) -> None:
    """The second is one press away from the nearest time, with every answer kept."""
    ana, bo = open_browser(viewport={"width": 360, "height": 740}), open_browser()
    for person, name in ((ana, "Ana Diaz"), (bo, "Bo Lind")):
        steps.go_to_details(person)
        steps.fill_in(person, name=name, email=f"{name.split()[0].lower()}@example.test")
        steps.continue_to_check(person)
    steps.send(bo)
    steps.expect_received(bo)
    steps.send(ana)
    assert ana.title().startswith("Error:")
    expect(ana.get_by_role("alert")).to_contain_text("your answers are kept")
    assert_crisis_notice(ana)
    offers = ana.locator("ul.nearest button")
    expect(offers).to_have_count(3)
    offers.first.click()
    expect(ana.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(ana.locator("dl.answers")).to_contain_text("Ana Diaz")
    steps.send(ana)
    steps.expect_received(ana)
    assert {row.patient.name for row in Appointment.objects.select_related("patient")} == {"Ana Diaz", "Bo Lind"}


def test_another_time_keeps_the_answers(page: Page) -> None:
    steps.go_to_details(page)
    steps.fill_in(page)
    steps.continue_to_check(page)
    before = page.locator(".when").inner_text()
    page.get_by_role("button", name="Choose another time").click()
    page.get_by_role("button", name="Later dates").first.click()
    page.locator("ul.times button").nth(2).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your answers")
    expect(page.locator("dl.answers")).to_contain_text("Ana Diaz")
    assert page.locator(".when").inner_text() != before
    steps.send(page)
    steps.expect_received(page)
    assert Appointment.objects.count() == 1


def test_sent_twice_is_one_visit(page: Page) -> None:
    """A double click, or a second tab."""
    steps.go_to_details(page)
    steps.fill_in(page)
    steps.continue_to_check(page)
    first = steps.send_behind(page)
    assert first.status == 302
    steps.send(page)
    steps.expect_received(page)
    assert urlsplit(page.url).path == first.headers["location"]
    assert Appointment.objects.count() == 1


def test_a_scanner_that_runs_scripts_changes_nothing(page: Page, open_browser: Any, real_mail: Mailbox) -> None:
    steps.go_to_details(page)
    steps.fill_in(page)
    steps.continue_to_check(page)
    steps.send(page)
    deliver_messages()
    before = list(Appointment.objects.values()), list(Message.objects.order_by("pk").values())
    scanner = open_browser(scripts=True)
    for _ in range(5):
        scanner.goto(link_in(real_mail))
        for address in [link.get_attribute("href") for link in scanner.locator("main a").all()]:
            if address and address.startswith("/visit/"):
                scanner.goto(address)
                scanner.go_back()
    assert (list(Appointment.objects.values()), list(Message.objects.order_by("pk").values())) == before


def test_the_overview_leads_to_its_day(page: Page) -> None:
    """By names, as a screen reader says them: the day with its free times, then a time with its whole date."""
    page.goto("/book/first-visit/")
    day = page.get_by_role("table").last.get_by_role("link", name=re.compile(r"^\w+, \w+ \d+, \d+ free times$")).last
    words = (day.get_attribute("aria-label") or "").rsplit(",", 1)[0]
    day.click()
    expect(page).to_have_url(re.compile(r"\?week=\d{4}-W\d\d#day-[\d-]{10}$"))
    time = page.get_by_role("link", name=re.compile(f"^{words}, .+ Pacific time$")).first
    expect(time).to_be_in_viewport()
    time.click()
    expect(page.locator(".progress")).to_contain_text(words)


def test_times_name_their_zone_wherever_the_browser_is(open_browser: Any) -> None:
    page = open_browser(timezone_id="Asia/Tokyo", viewport={"width": 360, "height": 740})
    steps.go_to_details(page)
    expect(page.locator(".progress")).to_contain_text("Pacific time")
    assert Appointment.objects.filter(created_at__lte=timezone.now()).count() == 0
