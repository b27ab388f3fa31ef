"""The patient's own page: everything on it without scripts and with the keyboard alone, and how it looks."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions, links
from booking.models import Appointment, Offer, Preparation, Status, VisitType
from booking.tasks import deliver_messages
from tests.booking import factories
from tests.booking.views.own_page import placed_course
from tests.e2e.test_booking import tab_to
from tests.e2e.test_pages import look
from tests.faults.asking import free_starts
from tests.faults.mailbox import Mailbox
from tests.test_get_changes_nothing import everything

pytestmark = pytest.mark.e2e

WHOLE_TIME = re.compile(r"^\w+, \w+ \d{1,2}, \d{1,2}:\d{2} [AP]M Pacific time$")


@pytest.fixture
def kind(server: str) -> VisitType:
    """A kind of visit with everything that one may ask of a patient."""
    made = factories.make_visit_type(
        "monitored-visit", name="Monitored visit", needs_ride=True, bring_text="Your insurance card\nA photo ID"
    )
    Preparation.objects.create(visit_type=made, text="Nothing to eat after {time}", minutes_before=120)
    return made


@pytest.fixture
def visit(kind: VisitType) -> Appointment:
    """Confirmed, in about four weeks."""
    made = factories.make_appointment(kind, starts_at=free_starts(kind)[280], now=timezone.now())
    staff = actions.staff(factories.make_staff())
    return actions.confirm(appointment=made, by=staff, now=timezone.now())


def hold_an_earlier_time(visit: Appointment) -> Offer:
    """Somebody else gives up a time within the fortnight."""
    now = timezone.now()
    starts_at = free_starts(visit.visit_type)[60]
    other = factories.make_appointment(visit.visit_type, starts_at=starts_at, now=now, name="Cora Lane")
    actions.cancel(appointment=other, by=actions.PATIENT, now=now)
    actions.offer_freed_times(now=now)
    return visit.offers.get(state=Offer.State.OPEN)


def mailed_links(mailbox: Mailbox) -> list[str]:
    """The path of each link of ours in each mail to the patient, in text and HTML."""
    found = set()
    for mail in mailbox.to("ana@example.test"):
        for part in mail.walk():
            if part.get_content_maintype() == "text":
                found |= set(re.findall(r"https?://[^\s\"<>]+", part.get_content()))
    return sorted({urlsplit(link).path for link in found})


def press(page: Page, selector: str) -> None:
    """Enter on a link or button that leads to another page."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def expect_news(page: Page, text: str) -> None:
    """Said first, with the focus on it, so that it is read out."""
    expect(page.locator(".news")).to_have_text(text)
    expect(page.locator(".news")).to_be_focused()


def start_of(visit: Appointment) -> datetime:
    visit.refresh_from_db()
    return visit.starts_at


def test_the_whole_way_with_the_keyboard(page: Page, visit: Appointment) -> None:
    page.goto(f"/v/{links.token_for(visit)}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")
    expect(page.get_by_role("heading", name="Tell us who takes you home")).to_be_visible()
    for name in ("Change who takes you home", "Ask for an earlier time", "Change how we reach you"):
        expect(page.get_by_role("link", name=name)).to_be_visible()

    press(page, 'a[href$="/ride/"]')
    tab_to(page, "#id_ride_name")
    page.keyboard.type("Bo Lind")
    tab_to(page, "#id_ride_sure")
    page.keyboard.press("Space")
    press(page, 'main button[type="submit"]')
    expect_news(page, "Thank you. Your ride home is confirmed.")

    before = start_of(visit)
    press(page, 'a[href$="/move/"]')
    press(page, 'main a[href*="week="]')
    names = [one.get_attribute("aria-label") or "" for one in page.locator("ul.times a").all()]
    assert names
    assert [name for name in names if not WHOLE_TIME.match(name)] == []
    press(page, "ul.times a")
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Move from .+ to .+?"))
    assert start_of(visit) == before
    press(page, 'main button[type="submit"]')
    expect_news(page, "Done. Your visit has a new time.")
    moved = start_of(visit)
    assert moved != before

    press(page, ".next-thing button")  # agreed to the old time; the new one takes one press
    expect_news(page, "Thank you. Your ride home is confirmed.")
    expect(page.locator(".next-thing")).to_have_count(0)

    press(page, 'a[href$="/cancel/"]')
    press(page, 'main button[type="submit"]')
    expect(page.get_by_role("heading", level=1)).to_have_text("This visit is cancelled")
    visit.refresh_from_db()
    assert visit.status == Status.CANCELLED


def test_an_earlier_time_asked_for_and_taken_with_the_keyboard(page: Page, visit: Appointment) -> None:
    page.goto(f"/v/{links.token_for(visit)}/")
    press(page, 'a[href$="/earlier/"]')
    press(page, 'main button[type="submit"]')
    expect_news(page, "Done. We write to you as soon as an earlier time is free for you.")
    offer = hold_an_earlier_time(visit)

    page.reload()
    expect(page.get_by_role("heading", name=re.compile("^An earlier time is held for you until"))).to_be_visible()
    press(page, 'a[href$="/offer/"]')
    press(page, 'button[value="take"]')

    expect_news(page, "Done. Your visit has a new time.")
    assert start_of(visit) == offer.starts_at


def test_a_closed_page_mails_a_fresh_link_with_the_keyboard(page: Page, visit: Appointment, real_mail: Mailbox) -> None:
    page.goto(f"/visit/{visit.public_id}/")
    press(page, 'main button[type="submit"]')
    expect(page.get_by_role("heading", level=1)).to_have_text("Please look at your e-mail")

    deliver_messages()
    page.goto(mailed_links(real_mail)[-1])
    expect(page.get_by_role("heading", level=1)).to_have_text("Your appointment is confirmed")


def test_a_scanner_that_opens_every_link_changes_nothing(
    open_browser: Any, visit: Appointment, real_mail: Mailbox
) -> None:
    """Every link in every mail, with scripts on, and every link on each page that these lead to, two steps deep."""
    actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=timezone.now())
    hold_an_earlier_time(visit)
    actions.send_fresh_link(appointment=visit, by=actions.PATIENT, now=timezone.now())
    deliver_messages()
    scanner: Page = open_browser(scripts=True, accept_downloads=False)
    found = [path for path in mailed_links(real_mail) if path.startswith("/v/")]
    own_page = f"/v/{links.token_for(visit)}/"
    assert own_page in found  # beside that of whose time has become free
    scanner.goto(own_page)
    pages = links_on(scanner)
    assert {"ride/", "move/", "cancel/", "earlier/", "offer/", "contact/", "feed/"} <= {
        path.partition(visit.public_id)[2].lstrip("/") for path in pages
    }
    before = everything()

    opened = set(found)
    for path in [*found, *pages]:
        answer = scanner.context.request.get(path)
        assert answer.status < 500
        opened.add(path)
    for path in [page for page in pages if not page.endswith(".ics")]:
        scanner.goto(path)
        for further in [link for link in links_on(scanner) if link not in opened][:20]:
            assert scanner.context.request.get(further).status < 500
            opened.add(further)

    assert everything() == before


def links_on(page: Page) -> list[str]:
    found = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
    return sorted({path for path in found if path.startswith(("/visit/", "/v/"))})


def own(tail: str = "") -> Callable[[Page, Appointment], None]:
    def show(page: Page, visit: Appointment) -> None:
        page.goto(f"/v/{links.token_for(visit)}/")
        if tail:
            page.goto(f"/visit/{visit.public_id}/{tail}")

    return show


def moving(page: Page, visit: Appointment) -> None:
    own("move/")(page, visit)
    page.locator("ul.times a").first.click()


def no_longer_free(page: Page, visit: Appointment) -> None:
    own("move/20200101T1800Z/")(page, visit)


def ride_with_errors(page: Page, visit: Appointment) -> None:
    own("ride/")(page, visit)
    page.locator("#id_ride_phone").fill("12")
    page.locator("#id_ride_sure").check()
    page.get_by_role("button", name="Save").click()


def ride_told(page: Page, visit: Appointment) -> None:
    ride = actions.Ride("Bartholomew Featherstonehaugh-Cholmondeley")
    actions.tell_ride(appointment=visit, ride=ride, sure=False, by=actions.PATIENT, now=timezone.now())
    own()(page, visit)


def something_done(page: Page, visit: Appointment) -> None:
    own("contact/")(page, visit)
    page.get_by_role("button", name="Save").click()


def asked(page: Page, visit: Appointment) -> None:
    actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=timezone.now())
    own("earlier/")(page, visit)


def offered(tail: str = "") -> Callable[[Page, Appointment], None]:
    def show(page: Page, visit: Appointment) -> None:
        actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=timezone.now())
        hold_an_earlier_time(visit)
        own(tail)(page, visit)

    return show


def too_late(page: Page, visit: Appointment) -> None:
    soon = timezone.now() + timedelta(hours=3)
    Appointment.objects.filter(pk=visit.pk).update(starts_at=soon, ends_at=soon + timedelta(hours=1))
    own()(page, visit)


def unanswered(page: Page, visit: Appointment) -> None:
    past = timezone.now() - timedelta(days=1)
    Appointment.objects.update(status=Status.REQUESTED, starts_at=past, ends_at=past + timedelta(hours=1))
    own()(page, visit)


def session(page: Page, visit: Appointment) -> None:
    template_kind = visit.visit_type
    VisitType.objects.filter(pk=template_kind.pk).update(horizon_days=366)
    course = placed_course(visit, starts=free_starts(template_kind)[20:100:20])
    own()(page, course.appointments.get(course_position=3))


def closed(page: Page, visit: Appointment) -> None:
    page.goto(f"/visit/{visit.public_id}/")


def link_sent(page: Page, visit: Appointment) -> None:
    closed(page, visit)
    page.get_by_role("button", name="Send me a fresh link").click()


PAGES: dict[str, Callable[[Page, Appointment], None]] = {
    "visit": own(),
    "ride told": ride_told,
    "something done": something_done,
    "an offer": offered(),
    "too late": too_late,
    "unanswered": unanswered,
    "a session": session,
    "cancelling": own("cancel/"),
    "choosing a time": own("move/"),
    "moving": moving,
    "no longer free": no_longer_free,
    "ride": own("ride/"),
    "ride with errors": ride_with_errors,
    "contact": own("contact/"),
    "earlier": own("earlier/"),
    "asked for earlier": asked,
    "offer": offered("offer/"),
    "no offer": own("offer/"),
    "feed": own("feed/"),
    "closed": closed,
    "link sent": link_sent,
}


@pytest.mark.parametrize("name", PAGES)
def test_page(open_browser: Any, visit: Appointment, name: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 360, "height": 800})
    PAGES[name](page, visit)
    assert page.locator("h1").count() == 1
    assert page.title()
    assert look(page, where=name) == []
