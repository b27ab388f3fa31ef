"""Every list of the admin, whoever adds one: how much it asks of the database, and the file of it."""

import csv
import html
import io
import math
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.admin import ModelAdmin, site
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from booking.discreet import gives_away
from booking.models import Appointment, Patient
from clinic import list_csv, practice
from clinic.records.models import Reading
from tests import rows
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import cells, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

VISIT_LIST = site.get_model_admin(Appointment)
VISITS = "/admin/booking/appointment/csv/"
LISTS = [pytest.param(listed, id=listed.opts.label_lower) for listed in rows.lists()]


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Any:
    settings.STAFF_IDLE = settings.STAFF_DAY = timedelta(days=30)
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def facts_stay_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read once a second: on a slow machine a page more than expected."""
    monkeypatch.setattr(practice, "MAX_AGE", math.inf)


@pytest.fixture
def chief() -> User:
    return User.objects.create_superuser("chief", password="correct horse battery")


@pytest.fixture
def desk(chief: User) -> Client:
    return signed_in(chief)


def url(listed: ModelAdmin[Any], view: str = "changelist") -> str:
    return reverse(f"admin:{listed.opts.app_label}_{listed.opts.model_name}_{view}")


def read(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""), strict=True))


# --- How much they ask ----------------------------------------------------------------------------------------------
def asked(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        assert client.get(path).status_code == 200
    return len(found)


def test_no_list_nor_the_desk_asks_more_of_many_rows_than_of_few(desk: Client, chief: User) -> None:
    rows.one_of_each(chief)
    paths = {"the desk": "/admin/", **{listed.opts.label: url(listed) for listed in rows.lists()}}
    rows.many(5)
    few = {name: asked(desk, path) for name, path in paths.items()}
    rows.many(200)

    assert {name: asked(desk, path) for name, path in paths.items()} == few
    assert max(few.values()) <= 25, "the desk, for who sees everything"


# --- The file ---------------------------------------------------------------------------------------------------------
def words(cells: list[str]) -> set[str]:
    return set(" ".join(cells).replace("'", "").split())


@pytest.mark.parametrize("listed", LISTS)
def test_the_file_holds_what_the_list_shows(desk: Client, chief: User, listed: ModelAdmin[Any]) -> None:
    rows.one_of_each(chief)
    page = desk.get(url(listed))
    shown = cells(page)

    assert url(listed, "csv") in page.content.decode()
    head, *found = read(desk.post(url(listed, "csv")))

    assert all(len(row) == len(head) > 0 for row in found)
    assert not any("<" in cell for row in found for cell in row)
    found = found[-len(shown) :]  # looking at the list has added a row to that of readings
    assert len(found) == len(shown) > 0
    for row, on_page in zip(found, shown, strict=True):
        assert words(row) - {"Yes", "No"} <= words(on_page), "yes and no are pictures there"


def test_in_full(desk: Client) -> None:
    visit = make_appointment(now=NOW, name="Zoë Núñez-O’Neill")

    answer = desk.post(VISITS)

    assert read(answer) == [
        ["State", "Answer", "When (Pacific time)", "Patient", "Phone", "Kind of visit", "Reference"],
        [
            "requested", "just now", "Wed, Dec 2, 10:00 AM", "Zoë Núñez-O’Neill", "(310) 555-0123", "First visit",
            visit.reference,
        ],
    ]  # fmt: skip
    assert answer["Content-Disposition"] == 'attachment; filename="appointments-2026-11-30.csv"'
    assert answer.content.startswith("\ufeff".encode()), "by which Excel knows UTF-8"
    assert answer.content.endswith(b'"\r\n')
    assert "no-store" in answer["Cache-Control"]


def test_what_somebody_typed_is_no_formula(desk: Client) -> None:
    visit = make_appointment(now=NOW)
    Patient.objects.update(name="=cmd|' /C calc'!A0", email="+1@example.test", phone="+442079460958")

    [_head, patient] = read(desk.post("/admin/booking/patient/csv/"))
    [_head, shown] = read(desk.post(VISITS))

    assert patient[0] == "'=cmd|' /C calc'!A0"
    assert patient[2] == "'+1@example.test"
    assert shown[3] == patient[0]
    assert shown[-1] == visit.reference


def test_all_pages_as_searched_filtered_and_sorted(desk: Client, chief: User) -> None:
    rows.one_of_each(chief)
    rows.many(120)
    Patient.objects.filter(pk__in=Patient.objects.order_by("pk").values("pk")[:60]).update(name="Bo Lind")

    assert len(read(desk.post("/admin/booking/patient/csv/"))) == 121
    found = read(desk.post("/admin/booking/patient/csv/?q=lind&o=3&p=2&all="))
    assert {row[0] for row in found[1:]} == {"Bo Lind"}
    assert len(found) == 61
    waiting = read(desk.post(f"{VISITS}?status__exact=confirmed"))
    assert len(waiting) == 1


def test_a_filter_that_makes_no_sense_leads_back_to_the_list(desk: Client) -> None:
    for slug in ("first-visit", "follow-up"):
        make_visit_type(slug)  # of one kind alone there is nothing to choose
    assert desk.get(f"{VISITS}?visit_type__id__exact=x")["Location"] == url(VISIT_LIST)


# --- The question before it -------------------------------------------------------------------------------------------
def test_the_page_says_what_would_be_in_it_and_makes_nothing(desk: Client) -> None:
    make_appointment(now=NOW)
    listed = desk.get(f"{url(VISIT_LIST)}?q=ana&status__exact=requested")
    [link] = links(listed, "/csv/")

    page = desk.get(html.unescape(link))

    shown = text(page)
    assert "1 row , as the list stands now" in shown
    assert "searched for “ana”" in shown
    assert "state: requested" in shown
    assert "State, Answer, When (Pacific time), Patient, Phone, Kind of visit, Reference." in shown
    assert "Ana Diaz" not in shown
    assert 'action="/admin/booking/appointment/csv/?q=ana&amp;status__exact=requested"' in page.content.decode()
    assert Reading.objects.count() == 1, "the list's own"


def test_everybody_in_the_file_is_noted(desk: Client, chief: User) -> None:
    made = [make_appointment(starts_at=later(START, hours=hours), name=f"Person {hours}") for hours in range(3)]
    desk.post(VISITS)

    [noted] = Reading.objects.all()
    assert (noted.page, noted.route, noted.user) == ("export", "admin:booking_appointment_csv", chief)
    assert noted.patients == sorted(visit.patient_id for visit in made)
    assert noted.visits == sorted(visit.pk for visit in made)


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_for_somebody_who_has_just_shown_that_it_is_them(
    desk: Client, clock: time_machine.Traveller, method: str
) -> None:
    make_appointment(now=NOW)
    clock.shift(timedelta(minutes=6))

    answer = getattr(desk, method)(f"{VISITS}?q=ana")

    assert answer["Location"].startswith("/admin/account/confirm/")
    assert answer["Location"].endswith("?next=%2Fadmin%2Fbooking%2Fappointment%2Fcsv%2F%3Fq%3Dana")
    assert not Reading.objects.exists()


def test_who_may_see_a_list_may_have_it_and_nobody_else(client: Client) -> None:
    make_appointment(now=NOW)
    user = make_staff()
    grant(user, "view_appointment")
    desk = signed_in(user)

    assert desk.post(VISITS).status_code == 200
    assert desk.post("/admin/booking/patient/csv/").status_code == 403
    assert client.post(VISITS)["Location"].startswith("/admin/login/")


def test_too_long_a_list_is_refused_with_the_way_out(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    make_appointment(now=NOW)
    make_appointment(starts_at=later(START, hours=1), name="Bo Lind", email="bo@example.test")
    monkeypatch.setattr(list_csv, "MOST", 1)

    page = desk.get(VISITS)
    assert "At most 1 rows go into one file. Narrow the list" in text(page)
    assert "Download the file" not in text(page)
    refused = desk.post(VISITS)
    assert refused.status_code == 400
    assert "Bo Lind" not in text(refused)
    assert len(read(desk.post(f"{VISITS}?q=lind"))) == 2


@pytest.mark.parametrize("listed", LISTS)
def test_no_file_is_named_after_what_the_practice_treats(listed: ModelAdmin[Any]) -> None:
    assert gives_away(list_csv.as_file(b"", named=str(listed.opts.verbose_name_plural))["Content-Disposition"]) is None
