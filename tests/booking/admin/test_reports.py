"""The page of reports: figures with their meaning, drawn and as tables, for those who steer the practice."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.admin.report_words import NOTHING, REPORTS, label, of
from booking.models import Appointment, Status
from booking.tally import Stretch
from clinic.records.models import Reading
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import between, text
from tests.booking.factories import NOW, START, make_appointment, make_chair, make_staff, make_visit_type

URL = "/admin/reports/"


@pytest.fixture
def boss(sam: User) -> Client:
    grant(sam, "report_appointment")
    return signed_in(sam)


def table(client: Client, report: str, **params: str) -> list[list[str]]:
    """As a spreadsheet reads the file."""
    response = client.get(reverse("reports_csv", args=[report]), params)
    assert response.status_code == 200
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_twelve_weeks_each_with_its_days_and_all(boss: Client, request_of_ana: Appointment) -> None:
    head, *rows = table(boss, "requests")

    assert head == [
        "Requests and conversion", "From", "To",
        "Asked for", "Confirmed", "Declined", "Taken back", "Waiting", "Conversion",
    ]  # fmt: skip
    assert len(rows) == 13
    assert rows[0][:3] == ["Sep 14 – 20, 2026", "2026-09-14", "2026-09-20"]
    assert rows[11] == ["Nov 30, 2026", "2026-11-30", "2026-11-30", "1", "0", "0", "0", "1", NOTHING]
    assert rows[12][:4] == ["All", "2026-09-14", "2026-11-30", "1"]


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(3, 4, "3 of 4"), (0, 0, NOTHING), (0, 9, "0 of 9"), (9, 12, "9 of 12, 75 %"), (1, 1200, "1 of 1,200, 0 %")],
)
def test_a_share_of_few_is_told_as_it_is(part: int, whole: int, said: str) -> None:
    assert of(part, whole) == said


@pytest.mark.parametrize(
    ("days", "by", "said"),
    [
        (("2026-11-23", "2026-11-29"), "week", "Nov 23 – 29, 2026"),
        (("2026-11-30", "2026-12-06"), "week", "Nov 30 – Dec 6, 2026, so far"),
        (("2026-11-01", "2026-11-30"), "month", "November 2026"),
        (("2026-11-15", "2026-11-30"), "month", "Nov 15 – 30, 2026"),
        (("2026-11-30", "2026-11-30"), "week", "Nov 30, 2026"),
    ],
)
def test_a_stretch_has_a_name(days: tuple[str, str], by: str, said: str) -> None:
    first, last = (NOW.date().fromisoformat(day) for day in days)

    assert label(Stretch(first, last), by, NOW.date()) == said


def test_each_figure_says_what_it_counts(boss: Client, request_of_ana: Appointment) -> None:
    page = boss.get(URL)

    shown = text(page)
    for words in (
        "by the day they asked",
        "of all that no longer wait for an answer",
        "within 1 working day",
        "Visits to come are never counted",
        "as its time stands now",
        "while a clinician is there, without closed days and blocked time",
        "weeks begin on Monday",
    ):
        assert words in shown
    assert page.content.decode().count('role="img" aria-label="') == 2, "requests and lead time are drawn"
    assert shown.count("There is nothing to draw for these days.") == 3
    assert page.content.decode().count("<thead>") == len(REPORTS)


def test_nobody_is_named_and_nothing_noted(boss: Client, request_of_ana: Appointment) -> None:
    for path in (URL, *(reverse("reports_csv", args=[report]) for report in REPORTS)):
        assert "Ana Diaz" not in boss.get(path).content.decode()

    assert not Reading.objects.exists()


def test_by_month_and_by_kind(boss: Client, request_of_ana: Appointment) -> None:
    other = make_visit_type("follow-up", name="Follow-up")
    make_appointment(other, starts_at=START + timedelta(hours=2))

    rows = table(boss, "requests", by="month", kind=str(other.pk))

    assert len(rows) == 14
    assert rows[12][:4] == ["November 2026", "2026-11-01", "2026-11-30", "1"]
    assert "Only “Follow-up”." in text(boss.get(URL, {"kind": str(other.pk)}))


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"first": "2026-12-02", "last": "2026-12-01"}, "The last day must not come before the first."),
        ({"first": "0026-12-02"}, "Please check the year."),
        ({"first": "2016-12-02"}, "That is more than 120 rows."),
        ({"by": "year"}, "Select a valid choice."),
        ({"kind": "x"}, "Select a valid choice."),
        ({"first": "yesterday"}, "Enter a valid date."),
    ],
)
def test_what_is_asked_wrongly_is_said_beside_the_field(boss: Client, params: dict[str, str], said: str) -> None:
    page = boss.get(URL, params)

    assert said in text(page)
    assert "<thead>" not in page.content.decode()
    for name, value in params.items():
        assert f'value="{value}"' in page.content.decode() or name in ("by", "kind"), "what was typed stays"
    assert boss.get(reverse("reports_csv", args=["requests"]), params).status_code == 404


def test_an_empty_practice(boss: Client) -> None:
    page = boss.get(URL)

    assert page.status_code == 200
    assert text(page).count("There is nothing to draw for these days.") == 5
    assert between(page, "Use of chairs", "Download").endswith(f"All 0.0 0.0 {NOTHING}")


def test_no_such_report(boss: Client) -> None:
    assert boss.get(reverse("reports_csv", args=["names"])).status_code == 404


@pytest.mark.parametrize("weeks", [1, 52])
@pytest.mark.parametrize("visits", [1, 6])
def test_queries_do_not_grow(
    boss: Client, sam: User, visits: int, weeks: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_chair()
    for day in range(visits):
        visit = make_appointment(starts_at=START + timedelta(days=7 * day))
        actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)
    first = NOW.date() - timedelta(weeks=weeks)
    # session, user, permissions (two), the kinds of visit, the facts, and the reports' own: requests; holidays and
    # answers; outcomes; lead times twice; held, hours (two), holidays, chairs, blocks
    with django_assert_num_queries(18):
        assert boss.get(URL, {"first": first.isoformat()}).status_code == 200


def test_who_may_see_them(client: Client, desk: Client, boss: Client, db: None) -> None:
    other = signed_in(make_staff("kim", "Kim", "Roe"))
    for path in (URL, reverse("reports_csv", args=["requests"])):
        assert client.get(path).status_code == 302
        assert other.get(path).status_code == 403
        assert boss.get(path).status_code == 200
    assert Client().get(URL)["Location"].startswith("/admin/login/")


def test_the_desk_leads_there_for_those_who_may(boss: Client, reader: Client, db: None) -> None:
    assert f'href="{URL}"' in boss.get("/admin/").content.decode()
    assert f'href="{URL}"' not in reader.get("/admin/").content.decode()


def columns(page: Any) -> str:
    return str(page.content.decode())


def test_columns_stand_at_shares_of_the_drawing(boss: Client, sam: User) -> None:
    for hours, status in ((0, Status.COMPLETED), (1, Status.COMPLETED), (2, Status.COMPLETED), (3, Status.NO_SHOW)):
        visit = make_appointment(starts_at=START + timedelta(hours=hours))
        Appointment.objects.filter(pk=visit.pk).update(status=status)

    page = columns(boss.get(URL, {"first": "2026-11-30", "last": "2026-12-06"}))

    section = page[page.index('id="no-shows"') : page.index('id="lead-time"')]
    assert '<rect class="bad" x="18.00%" y="75.00%" width="64.00%" height="25.00%">' in section
    assert '<rect class="pale" x="18.00%" y="0.00%" width="64.00%" height="75.00%">' in section
    assert "1 of 4" in section
    assert "25 %" not in section
