"""A patient's record as a whole, in the browser: put together, handed over, erased, and the changes of an account."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions
from booking.models import Appointment, Patient, VisitType
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, is_too_wide
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts

pytestmark = pytest.mark.e2e

SIZES = [360, 768, 1280]


@pytest.fixture
def people(server: str) -> list[Appointment]:
    """Ana, on two records with two addresses; and Ben, who has an open visit no more."""
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["booking", "records", "auth"]))
    user.groups.add(Group.objects.create(name="Helpers"))
    kind = VisitType.objects.get(slug="first-visit")
    now, starts = timezone.now(), free_starts(kind)
    others: tuple[dict[str, Any], ...] = (
        {"needs": ["interpreter", "step_free"]},
        {"name": "Anna Díaz-Montgomery", "email": "anna.diaz-montgomery@other.test", "voicemail_ok": True},
        {"name": "Ben Roth", "email": "ben@test.test", "phone": "+12135550188"},
    )
    made = [
        factories.make_appointment(kind, starts_at=starts[4 * number], now=now, **details)
        for number, details in enumerate(others)
    ]
    actions.cancel(appointment=made[2], by=actions.staff(User.objects.get()), now=now)
    return made


def compare(page: Page, people: list[Appointment]) -> None:
    ana, anna, _ben = (visit.patient_id for visit in people)
    page.goto(f"/admin/booking/patient/{ana}/same/{anna}/")


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(open_browser: Any, people: list[Appointment], width: int, scheme: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": width, "height": 1000}, color_scheme=scheme)
    sign_in(page)
    found: list[str] = []

    def look(name: str) -> None:
        found.extend(f"{name}: {problem}" for problem in accessibility_problems(page))
        if is_too_wide(page):
            found.append(f"{name} is too wide")

    ana, _anna, ben = (visit.patient_id for visit in people)
    for path in ("{}/change/", "{}/same/", "{}/same/?q=ben", "{}/export/", "{}/erase/"):
        page.goto("/admin/booking/patient/" + path.format(ana))
        look(path)
    page.goto(f"/admin/booking/patient/{ben}/erase/")
    look("erase ben")
    page.goto(f"/admin/auth/user/{User.objects.get().pk}/change/")
    page.locator(".changes summary").click()
    look("account")
    compare(page, people)
    look("together")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Make them one")).to_be_visible()
    look("together, check")
    page.get_by_role("button", name="Make them one").click()
    expect(page.locator(".messagelist")).to_be_visible()
    look("one record")
    page.goto(f"/admin/booking/patient/{ana}/apart/")
    look("apart")
    assert found == []


def test_put_together_and_taken_apart_without_scripts(open_browser: Any, people: list[Appointment]) -> None:
    page: Page = open_browser(viewport={"width": 360, "height": 800})
    sign_in(page)
    page.goto(f"/admin/booking/patient/{people[0].patient_id}/change/")
    page.get_by_role("link", name="Same person as …").click()
    page.get_by_role("link", name=re.compile("Compare.*Anna")).click()
    page.get_by_label("E-mail: anna.diaz-montgomery@other.test").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".card")).to_contain_text("Links that went to ana@example.test stop working at once")
    page.get_by_role("button", name="Make them one").click()
    expect(page.locator(".messagelist")).to_contain_text("The two records are one now.")
    page.get_by_role("link", name="Take apart again").click()
    page.get_by_role("button", name="Take apart again").click()
    expect(page.locator(".messagelist")).to_contain_text("These are two records again.")
    assert Patient.objects.standing().count() == 3


def test_exported_and_erased_without_scripts(open_browser: Any, people: list[Appointment]) -> None:
    page: Page = open_browser(viewport={"width": 768, "height": 900}, accept_downloads=True)
    sign_in(page)
    ben = people[2]
    page.goto(f"/admin/booking/patient/{ben.patient_id}/change/")
    page.get_by_role("link", name="Export everything we hold").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    assert re.fullmatch(r"record-\d+-[\d-]+\.zip", download.value.suggested_filename)
    page.get_by_role("link", name="Back to the patient").click()
    page.get_by_role("link", name="Erase this record").click()
    page.get_by_label("Why").select_option("The patient has asked for it")
    page.get_by_label("Number of the record").fill(ben.reference)
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator(".messagelist")).to_contain_text("is erased")
    assert not Patient.objects.filter(pk=ben.patient_id).exists()
