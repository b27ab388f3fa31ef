"""The records in the browser: the changes of a patient and a visit, who has read what, and keeping a record."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions
from booking.models import Appointment, VisitType
from clinic.records.models import Reading
from clinic.records.removal import remove_due
from tests.booking import factories
from tests.e2e.looking import accessibility_problems, is_too_wide
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts

pytestmark = pytest.mark.e2e


@pytest.fixture
def visit(server: str) -> Appointment:
    user = factories.make_staff()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label__in=["booking", "records"]))
    kind = VisitType.objects.get(slug="first-visit")
    made = factories.make_appointment(kind, starts_at=free_starts(kind)[0], now=timezone.now())
    actions.confirm(appointment=made, by=actions.staff(User.objects.get()), now=timezone.now())
    remove_due(now=timezone.now())
    return made


@pytest.mark.parametrize("width", [768, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_records_are_accessible(open_browser: Any, visit: Appointment, width: int, scheme: str) -> None:
    page: Page = open_browser(scripts=True, viewport={"width": width, "height": 1000}, color_scheme=scheme)
    sign_in(page)
    patient = f"booking/patient/{visit.patient_id}"
    found = []
    for path in (
        f"{patient}/change/",
        f"{patient}/keep/",
        f"{patient}/stop-keeping/",
        f"booking/appointment/{visit.pk}/change/",
        "records/reading/",
        "records/reading/{latest}/change/",
        "records/removal/",
    ):
        latest = Reading.objects.order_by("pk").values_list("pk", flat=True).last()
        page.goto(f"/admin/{path.format(latest=latest)}")
        if page.locator(".changes summary").count():
            page.locator(".changes summary").click()
        found += [f"{path}: {problem}" for problem in accessibility_problems(page)]
        if is_too_wide(page):
            found.append(f"{path} is too wide")
    assert found == []


def test_a_record_is_kept_without_scripts(open_browser: Any, visit: Appointment) -> None:
    page: Page = open_browser(viewport={"width": 768, "height": 900})
    sign_in(page)
    page.goto(f"/admin/booking/patient/{visit.patient_id}/change/")
    page.get_by_role("link", name="Keep this record").click()
    page.get_by_label("Why").fill("Letter of Nov 3")
    page.get_by_role("button", name="Keep this record").click()
    expect(page.locator(".messagelist")).to_contain_text("This record is kept from now on.")
    page.get_by_text("Every change").click()
    expect(page.locator(".changes li").first).to_contain_text("Letter of Nov 3")
