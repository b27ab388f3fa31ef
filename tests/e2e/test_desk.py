"""The front desk: sign in, see what waits, confirm it; the patient's calendar gets it."""

import re
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions, holidays, when
from booking.models import Appointment, Message, Resource, Status, Task, VisitType
from booking.tasks import deliver_messages
from booking.week import start_name
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


LISTS = ["appointment", "message", "hold", "patient", "holiday", "visittype"]
DIARY = [f"booking/appointment/diary/{span}/" for span in ("day", "week", "month")]
BY_HAND = ["booking/patient/find/?q=ana", "booking/patient/book/first-visit/"]


@pytest.mark.parametrize("path", ["", "booking/hold/add/", *(f"booking/{name}/" for name in LISTS), *DIARY, *BY_HAND])
def test_desk_pages_are_accessible(open_browser: Any, waiting: Appointment, path: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto(f"/admin/{path}")
    assert accessibility_problems(page) == []


def test_the_sheet_of_a_day_opens_the_print_window(open_browser: Any, waiting: Appointment) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    page.add_init_script("window.print = () => document.documentElement.setAttribute('data-asked', 'yes')")
    sign_in(page)
    page.goto(f"/admin/booking/appointment/diary/day/?day={timezone.localtime(waiting.starts_at).date()}")
    page.get_by_role("link", name="Print this day").click()
    expect(page.locator("html[data-asked=yes]")).to_be_attached()
    assert accessibility_problems(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("link", name="Ana Diaz")).to_be_visible()
    expect(page.get_by_text("Your browser’s print window opens")).to_be_hidden()
    expect(page.get_by_text("As it stood on")).to_be_visible()


def test_the_hours_of_a_clinician_are_accessible(open_browser: Any, waiting: Appointment) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto(f"/admin/booking/resource/{Resource.objects.get(kind=Resource.Kind.CLINICIAN).pk}/change/")
    assert page.locator('input[type="time"]').count() > 10
    # The head of the column with the rows' names is empty in Django's own template.
    found = [problem for problem in accessibility_problems(page) if not problem.startswith("empty-table-header")]
    assert found == []


@pytest.mark.parametrize("width", [768, 1280])
@pytest.mark.parametrize("name", ["appointment", "holiday", "message", "visittype"])
def test_every_column_of_a_list_is_in_sight(open_browser: Any, waiting: Appointment, name: str, width: int) -> None:
    holidays.propose(today=timezone.localdate())
    page: Page = open_browser(viewport={"width": width, "height": 900})
    sign_in(page)
    page.goto(f"/admin/booking/{name}/")
    assert not is_too_wide(page)
    hidden = page.locator("#changelist .results").evaluate("(box) => box.scrollWidth - box.clientWidth")
    assert hidden == 0


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
    chosen = page.locator(".times a").last  # later in the week or earlier, whatever day it is today
    address = chosen.get_attribute("href") or ""
    chosen.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move this visit?")
    assert not is_too_wide(page)
    page.get_by_role("button", name="Move the visit").click()
    expect(page.locator(".messagelist")).to_contain_text("Ana Diaz will get an e-mail")
    waiting.refresh_from_db()
    assert waiting.starts_at != before
    assert f"/move/{waiting.starts_at:%Y%m%dT%H%MZ}/" in address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_somebody_on_the_phone_is_booked_without_scripts(open_browser: Any, waiting: Appointment, scheme: str) -> None:
    """From the desk: a part of the name, the kind, the time, and it stands."""
    page: Page = open_browser(viewport={"width": 768, "height": 900}, color_scheme=scheme)
    sign_in(page)
    page.get_by_label("Find a patient").fill("DIAZ ana")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("^Book a visit")).click()
    page.get_by_role("link", name="Follow-up").click()
    page.locator(".times a").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Book this visit?")
    assert not is_too_wide(page)
    page.get_by_role("button", name="Book the visit").click()
    expect(page.locator(".messagelist")).to_contain_text("Ana Diaz will get an e-mail")
    booked = waiting.patient.appointments.exclude(pk=waiting.pk).get()
    assert booked.status == Status.CONFIRMED
    page.goto(f"/admin/booking/appointment/diary/week/?day={timezone.localtime(booked.starts_at).date()}")
    expect(page.locator("a.block", has_text="Ana Diaz").first).to_be_visible()
    assert not is_too_wide(page)


def sticks_out(page: Page, inner: str, outer: str) -> list[str]:
    """The texts of what is not within the box that it belongs to."""
    found: list[str] = page.locator(inner).evaluate_all(
        """(parts, outer) => parts.filter((part) =>
            part.getBoundingClientRect().right > part.closest(outer).getBoundingClientRect().right
        ).map((part) => part.textContent)""",
        outer,
    )
    return found


@pytest.mark.parametrize("width", [768, 1280])
def test_all_of_a_missed_visit_is_in_sight(open_browser: Any, waiting: Appointment, width: int) -> None:
    today = when.whole_day(timezone.localdate())
    monitored = factories.make_visit_type("monitored", name="Monitored visit", needs_ride=True)
    Appointment.objects.exclude(pk=waiting.pk).update(
        visit_type=monitored, starts_at=today.start, ends_at=today.start + timedelta(hours=2)
    )
    missed, _here = Appointment.objects.exclude(pk=waiting.pk).order_by("pk")
    Appointment.objects.filter(pk=missed.pk).update(status=Status.NO_SHOW)
    times = {"created_at": timezone.now(), "dropped_at": timezone.now()}
    Task.objects.create(
        appointment=missed,
        kind=Task.Kind.ESTIMATE,
        due_on=timezone.localdate(),
        dropped_because=Task.Dropped.MISSED,
        **times,
    )
    page: Page = open_browser(viewport={"width": width, "height": 800})
    sign_in(page)
    expect(page.locator(".coming")).to_contain_text("did not come")
    assert sticks_out(page, ".coming td, .coming .pill", ".scroll") == []
    page.goto(f"/admin/booking/appointment/{missed.pk}/change/")
    expect(page.locator(".due .pill")).to_contain_text("the patient did not come")
    assert sticks_out(page, ".pill", "table, .card") == []
    assert sticks_out(page, ".module table", ".module") == []


def test_boxes_to_tick_stand_beside_their_words(open_browser: Any, waiting: Appointment) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 800})
    sign_in(page)
    free = free_starts(VisitType.objects.get(slug="first-visit"))[3]
    for path in ("hold/add/", f"patient/book/first-visit/{start_name(free)}/"):
        page.goto(f"/admin/booking/{path}")
        boxes = page.locator(".form-row label:has(> input)")
        assert boxes.count() > 0
        for box in boxes.all():
            words, tick = box.bounding_box(), box.locator("input").bounding_box()
            assert words
            assert tick
            assert words["y"] + words["height"] / 2 == pytest.approx(tick["y"] + tick["height"] / 2, abs=1)


def test_what_is_wrong_is_as_large_as_what_is_asked(open_browser: Any, waiting: Appointment) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 800})
    sign_in(page)
    page.goto(f"/admin/booking/patient/{waiting.patient_id}/correct/")
    page.locator("[name=phone]").fill("12")
    page.locator(".form-row [name=phone]").press("Enter")
    wrong = page.locator("ul.errorlist li").first
    expect(wrong).to_contain_text("Enter the phone number")
    expect(wrong).to_have_css("font-size", "16px")
