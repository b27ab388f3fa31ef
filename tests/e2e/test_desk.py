"""The front desk: sign in, see what waits, confirm it; the patient's calendar gets it."""

import re
from typing import Any

import icalendar
import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions
from booking.models import Appointment, Message, Status, VisitType
from booking.tasks import deliver_messages
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, is_too_wide
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts
from tests.faults.mailbox import Mailbox

pytestmark = pytest.mark.e2e


@pytest.fixture
def sam(server: str) -> User:
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="booking"))
    return user


@pytest.fixture
def waiting(server: str, sam: User) -> Appointment:
    """One request, behind two visits that are settled."""
    visit_type = VisitType.objects.get(slug="first-visit")
    for name in ("Bo Lind", "Cy Roth"):
        settled = factories.make_appointment(
            visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now(), name=name
        )
        actions.confirm(appointment=settled, by=actions.staff(sam), now=timezone.now())
    return factories.make_appointment(visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now())


def test_staff_confirm_and_the_patients_calendar_gets_it(
    open_browser: Any, waiting: Appointment, real_mail: Mailbox
) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto("/admin/booking/appointment/")
    first = page.locator("#result_list tbody tr").first
    expect(first).to_contain_text("Ana Diaz")
    expect(first).to_contain_text(waiting.reference)
    first.get_by_role("link", name="Ana Diaz").click()
    page.get_by_role("link", name=re.compile("^Confirm")).or_(page.get_by_role("button", name="Confirm")).first.click()
    page.locator("main, #content").first.get_by_role("button", name=re.compile("[Cc]onfirm")).click()
    expect(page.locator(".messagelist")).to_contain_text("Ana Diaz will get an e-mail")
    waiting.refresh_from_db()
    assert waiting.status == Status.CONFIRMED

    Message.objects.exclude(appointment=waiting).delete()
    deliver_messages()
    mail = real_mail.to("ana@example.test")[-1]
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == "REQUEST"
    calendar = icalendar.Calendar.from_ical(part.get_content())
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event["SUMMARY"] == "Appointment"
    assert event.decoded("DTSTART") == waiting.starts_at
    assert event.decoded("DTEND") == waiting.ends_at
    assert event["UID"] == waiting.calendar_uid


@pytest.mark.parametrize("path", ["", "booking/appointment/", "booking/message/", "booking/hold/", "booking/patient/"])
def test_desk_pages_are_accessible(open_browser: Any, waiting: Appointment, path: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto(f"/admin/{path}")
    assert accessibility_problems(page) == []


def test_desk_detail_is_accessible(open_browser: Any, waiting: Appointment) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    found = []
    for last in ("change", "confirm", "decline", "cancel", "link", "move"):
        page.goto(f"/admin/booking/appointment/{waiting.pk}/{last}/")
        found += [f"{last}: {problem}" for problem in accessibility_problems(page)]
    for last in ("change", "correct"):
        page.goto(f"/admin/booking/patient/{waiting.patient_id}/{last}/")
        found += [f"patient {last}: {problem}" for problem in accessibility_problems(page)]
    assert found == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staff_move_a_visit_without_scripts(open_browser: Any, waiting: Appointment, scheme: str) -> None:
    before = waiting.starts_at
    page: Page = open_browser(viewport={"width": 768, "height": 900}, color_scheme=scheme)
    sign_in(page)
    page.goto(f"/admin/booking/appointment/{waiting.pk}/change/")
    page.get_by_role("link", name="Move").click()
    page.locator(".times a").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move this visit?")
    assert not is_too_wide(page)
    page.get_by_role("button", name="Move the visit").click()
    expect(page.locator(".messagelist")).to_contain_text("Ana Diaz will get an e-mail")
    waiting.refresh_from_db()
    assert waiting.starts_at > before
