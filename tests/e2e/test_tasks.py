"""What is due, ticked off on the desk; a session placed again; time cleared of visits. Without scripts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions, when
from booking.models import Appointment, Closure, Course, Hold, Task, VisitType
from tests.booking import factories
from tests.booking.courses import make_cleared_patient, make_template
from tests.e2e.looking import accessibility_problems, is_too_wide
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts

pytestmark = pytest.mark.e2e


@pytest.fixture
def sam(server: str) -> User:
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="booking"))
    return user


@pytest.fixture
def visit(sam: User) -> Appointment:
    kind, now = VisitType.objects.get(slug="first-visit"), timezone.now()
    asked = factories.make_appointment(kind, starts_at=free_starts(kind)[0], now=now, insurance="no")
    confirmed = actions.confirm(appointment=asked, by=actions.staff(sam), now=now)
    today = when.local(now).date()
    Task.objects.update_or_create(
        appointment=confirmed, kind="estimate", defaults={"due_on": today - timedelta(days=2), "created_at": now}
    )
    return confirmed


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_ticked_off_and_taken_back(open_browser: Any, visit: Appointment, width: int, scheme: str) -> None:
    page: Page = open_browser(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page)
    assert not is_too_wide(page)
    due = page.locator(".due")
    expect(due).to_contain_text("2 days overdue")
    due.get_by_role("button", name="Done").click()
    expect(page.locator(".messagelist")).to_contain_text("Done: Good faith estimate, Ana Diaz.")
    expect(page.locator(".due")).to_have_count(0)
    page.locator(".messagelist").get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Not done after all").click()
    expect(page.locator(".due")).to_contain_text("2 days overdue")

    page.goto("/admin/booking/task/")
    assert not is_too_wide(page)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#result_list")).to_contain_text("done by Sam Lee")
    assert Task.objects.get(appointment=visit).done_by == User.objects.get(username="sam")


@pytest.fixture
def course(sam: User) -> Course:
    """Its second session is cancelled."""
    factories.make_chair()
    template, now = make_template(min_gap_days=1), timezone.now()
    kind = template.visit_type
    starts: list[Any] = []
    for start in free_starts(kind):
        if not starts or start - starts[-1] >= timedelta(days=4):
            starts.append(start)
    placed = actions.place_course(
        patient=make_cleared_patient(template, sam),
        template=template,
        starts=starts[:4],
        review_start=None,
        submission_id=uuid4(),
        by=actions.staff(sam),
        now=now,
    )
    second = placed.appointments.get(course_position=2)
    actions.cancel(appointment=second, by=actions.staff(sam), now=now)
    return placed


def test_a_session_is_placed_again(open_browser: Any, course: Course) -> None:
    page: Page = open_browser(viewport={"width": 768, "height": 900})
    sign_in(page)
    page.goto(f"/admin/booking/course/{course.pk}/change/")
    page.get_by_role("link", name="Find another time for session 2").click()
    assert not is_too_wide(page)
    page.locator(".card .times a").first.click()
    page.get_by_role("button", name="Book it").click()
    expect(page.locator(".messagelist")).to_contain_text("will get an e-mail")
    expect(page.locator(".sessions")).to_contain_text("Session 2 of 4")
    assert course.appointments.filter(course_position=2, status="confirmed").count() == 1


def test_time_is_cleared_of_a_visit(open_browser: Any, visit: Appointment) -> None:
    page: Page = open_browser(viewport={"width": 768, "height": 900})
    sign_in(page)
    page.goto("/admin/booking/hold/add/")
    day = when.local(visit.starts_at).strftime("%Y-%m-%d")
    page.get_by_label("The whole office").check()
    page.get_by_label("Whole days").check()
    for name in ("starts_at", "ends_at"):
        page.locator(f"#id_{name}_0").fill(day)
        page.locator(f"#id_{name}_1").fill("09:00")
    page.locator("#id_reason").fill("Conference")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#content")).to_contain_text("What stands in the way")
    page.get_by_role("button", name="Block what is free now").click()
    page.get_by_role("link", name="Move").click()
    page.get_by_role("link", name="Later week").click()
    page.locator(".times a").first.click()
    page.get_by_role("button", name="Move the visit").click()
    expect(page.locator("#content")).to_contain_text("All of it is blocked")
    assert Closure.objects.get().in_the_way().count() == 0
    assert Hold.objects.blocks().count() == 3


def test_the_new_pages_are_accessible(open_browser: Any, visit: Appointment, course: Course) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    task = Task.objects.get(appointment=visit)
    found = []
    for path in (
        "",
        "booking/task/",
        f"booking/task/{task.pk}/tick/",
        f"booking/patient/{visit.patient_id}/insurance/",
        f"booking/course/{course.pk}/change/",
        f"booking/course/{course.pk}/again/2/",
        f"booking/course/{course.pk}/cancel-rest/",
    ):
        page.goto(f"/admin/{path}")
        found += [f"{path}: {problem}" for problem in accessibility_problems(page)]
        found += [f"{path}: too wide"] if is_too_wide(page) else []
    assert found == []
