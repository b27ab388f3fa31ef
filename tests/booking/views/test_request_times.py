from datetime import UTC, datetime

import pytest
from django.test import Client

from booking.models import VisitType
from tests.booking.factories import START, form_data, make_appointment, make_visit_type


def days(client: Client, query: str = "") -> dict[str, int]:
    response = client.get(f"/book/first-visit/{query}")
    assert response.status_code == 200
    return {f"{day.at:%m-%d}": len(day.starts) for day in response.context["days"]}


def test_opens_at_the_week_of_the_first_free_time(client: Client, first_visit: VisitType) -> None:
    response = client.get("/book/first-visit/")

    assert response.context["first"].at == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert days(client) == {"11-30": 0, "12-01": 15, "12-02": 15, "12-03": 15, "12-04": 15}


def test_a_button_says_the_whole_time(client: Client, first_visit: VisitType) -> None:
    page = client.get("/book/first-visit/").content.decode()

    assert 'aria-label="Wednesday, December 2, 10:00 AM Pacific time"' in page
    assert "All times are Los Angeles time." in page


def test_a_taken_time_is_gone(client: Client, first_visit: VisitType) -> None:
    make_appointment(first_visit)

    page = client.get("/book/first-visit/").content.decode()

    assert "December 2, 10:00 AM" not in page
    assert "December 2, 11:00 AM" in page


@pytest.mark.parametrize(
    ("query", "first_day", "earlier", "later"),
    [
        ("", "11-30", None, "2026-W50"),
        ("?week=2026-W50", "12-07", "2026-W49", "2026-W51"),
        ("?week=1999-W01", "11-30", None, "2026-W50"),
        ("?week=2031-W20", "01-25", "2027-W03", None),
        ("?week=2026-W99", "11-30", None, "2026-W50"),
        ("?week=²026-W50", "11-30", None, "2026-W50"),
    ],
)
def test_a_week_can_be_linked_to(
    client: Client, first_visit: VisitType, query: str, first_day: str, earlier: str | None, later: str | None
) -> None:
    context = client.get(f"/book/first-visit/{query}").context

    assert f"{context['days'][0].at:%m-%d}" == first_day
    assert (context["earlier"] and context["earlier"].name) == earlier
    assert (context["later"] and context["later"].name) == later


def test_costs_the_same_however_much_is_booked(
    client: Client, first_visit: VisitType, django_assert_num_queries: object
) -> None:
    client.get("/book/first-visit/")
    with django_assert_num_queries(3):  # type: ignore[operator]  # kind, hours, holds
        client.get("/book/first-visit/")
    for hour in range(3):
        make_appointment(first_visit, starts_at=START.replace(hour=18 + 2 * hour))
    with django_assert_num_queries(3):  # type: ignore[operator]
        client.get("/book/first-visit/")


def test_a_kind_that_is_not_open_to_anyone_is_not_there(client: Client, first_visit: VisitType) -> None:
    make_visit_type("cleared-only", open_to=VisitType.OpenTo.CLEARED)

    assert client.get("/book/cleared-only/").status_code == 404
    assert client.get("/book/no-such/").status_code == 404


def test_says_so_when_no_time_is_free(client: Client, db: None) -> None:
    make_visit_type()

    assert "There is no free time in the coming weeks" in client.get("/book/first-visit/").content.decode()


def test_another_time_can_be_chosen_with_the_answers_kept(client: Client, first_visit: VisitType) -> None:
    data = form_data(name="Bob Ray", needs=["hearing"])

    page = client.post("/book/first-visit/?week=2026-W50", data).content.decode()

    assert page.count('value="Bob Ray"') == 1
    assert 'formaction="?week=2026-W49#week"' in page
    assert 'formaction="/book/first-visit/20261207T1700Z/"' in page
    assert '<a class="time"' not in page
    again = client.post("/book/first-visit/20261207T1700Z/", data).content.decode()
    assert "Monday, December 7, 2026" in again
    assert "Help with hearing" in again
