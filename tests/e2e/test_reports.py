"""Reports and files of lists in a browser: readable at every width, drawn without a script."""

import csv
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Download, Page, expect

from booking import actions
from booking.models import Appointment, Resource, Status, VisitType
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, heading_problems, is_too_wide, too_wide_parts
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts

pytestmark = pytest.mark.e2e

WIDTHS = [360, 768, 1280]


def read(download: Download) -> list[list[str]]:
    with Path(download.path()).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def chief(server: str) -> User:
    return User.objects.create_superuser("sam", password="correct horse battery")


@pytest.fixture
def visits(chief: User) -> list[Appointment]:
    """Three that were confirmed, one of them taken back to last week and missed; and one that waits."""
    factories.make_chair()
    kind = VisitType.objects.get(slug="first-visit")
    made = []
    for name in ("Ana Diaz", "Bo Lind", "=1+1", "Di Voss"):
        start = free_starts(kind)[0]
        made.append(factories.make_appointment(kind, starts_at=start, now=timezone.now(), name=name))
    for visit in made[:3]:
        actions.confirm(appointment=visit, by=actions.staff(chief), now=timezone.now())
    last_week = timezone.now() - timedelta(days=7)
    moved = {"status": Status.NO_SHOW, "starts_at": last_week, "ends_at": last_week + timedelta(hours=1)}
    Appointment.objects.filter(pk=made[0].pk).update(created_at=last_week - timedelta(days=9), **moved)
    assert Resource.objects.count() == 2
    return made


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_reports_at_each_width(open_browser: Any, visits: list[Appointment], width: int, scheme: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(page)
    page.get_by_role("link", name="Reports").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reports")
    expect(page.get_by_role("img", name="Requests and conversion, drawn as columns")).to_be_visible()
    assert not is_too_wide(page), too_wide_parts(page)
    assert accessibility_problems(page) == []
    assert heading_problems(page) == []


def test_choosing_and_downloading_without_scripts(open_browser: Any, visits: list[Appointment]) -> None:
    page: Page = open_browser(viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto("/admin/reports/")
    page.get_by_label("By").select_option("month")
    page.locator("#id_last").fill("2000-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("The last day must not come before the first.")).to_be_visible()
    page.get_by_role("link", name="Last 12 months").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^Download this table.*No-shows$")).click()
    assert waiting.value.suggested_filename == f"no-shows-{timezone.localdate()}.csv"
    rows = read(waiting.value)
    assert len(rows) == 14
    assert rows[-1][-1] == "1 of 1"


def test_a_list_as_a_file(open_browser: Any, visits: list[Appointment]) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": 1280, "height": 900})
    sign_in(page)
    page.goto("/admin/booking/patient/")
    page.get_by_role("link", name="Download this list (CSV)").click()
    expect(page.get_by_text("4 rows")).to_be_visible()
    assert accessibility_problems(page) == []
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the file").click()
    rows = read(waiting.value)
    assert sorted(row[0] for row in rows[1:]) == ["'=1+1", "Ana Diaz", "Bo Lind", "Di Voss"]
