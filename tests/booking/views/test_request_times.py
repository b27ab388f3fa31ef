import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client

from booking import actions
from booking.models import Appointment, DatedHours, Resource, VisitType
from booking.slots import Span
from booking.when import NBSP, plain
from clinic import practice
from tests.booking.factories import START, form_data, make_appointment, make_chair, make_clinician, make_visit_type


def days(client: Client, query: str = "") -> dict[str, int]:
    response = client.get(f"/book/first-visit/{query}")
    assert response.status_code == 200
    return {f"{day.at:%m-%d}": len(times) for day, times in response.context["days"]}


def test_opens_at_the_week_of_the_first_free_time(client: Client, first_visit: VisitType) -> None:
    response = client.get("/book/first-visit/")

    assert response.context["first"].at == datetime(2026, 12, 1, 17, tzinfo=UTC)
    assert days(client) == {"11-30": 0, "12-01": 15, "12-02": 15, "12-03": 15, "12-04": 15}


def test_a_button_says_the_whole_time(client: Client, first_visit: VisitType) -> None:
    page = client.get("/book/first-visit/").content.decode()

    assert 'aria-label="Wednesday, December 2, 10:00 AM Pacific time"' in page
    assert f">10:00{NBSP}AM</a>" in page  # it is not torn apart where there is little room
    assert f"All times are Los Angeles time (Pacific{NBSP}time)." in page


def test_the_first_free_time_is_offered_in_words(client: Client, first_visit: VisitType) -> None:
    page = client.get("/book/first-visit/?week=2026-W51").content.decode()

    [soonest] = re.findall(r'<a class="soonest" href="([^"]+)">(.+)</a>', page)
    assert soonest[0] == "/book/first-visit/20261201T1700Z/"
    assert plain(re.sub("<[^>]+>", "", soonest[1])) == "As soon as possible: Tuesday, December 1, 9:00 AM Pacific time"


def test_each_day_with_free_times_is_a_link_in_the_overview(client: Client, first_visit: VisitType) -> None:
    """Staff need a day off on December 8; on December 9 only one time is left."""
    clinician = Resource.objects.get()
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 8))
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 9), opens=time(9), closes=time(10))
    page = client.get("/book/first-visit/").content.decode()

    assert re.findall("<caption>(.+)</caption>", page) == ["November 2026", "December 2026", "January 2027"]
    links = re.findall(r'<a href="(\?week=2026-W50#[^"]+)" aria-label="([^"]+)">(\d+)</a>', page)
    assert links == [
        ("?week=2026-W50#day-2026-12-07", "Monday, December 7, 15 free times", "7"),
        ("?week=2026-W50#day-2026-12-09", "Wednesday, December 9, 1 free time", "9"),
        ("?week=2026-W50#day-2026-12-10", "Thursday, December 10, 15 free times", "10"),
        ("?week=2026-W50#day-2026-12-11", "Friday, December 11, 15 free times", "11"),
    ]
    assert "December 8, " not in page
    assert "<td>8</td>" in page
    assert 'id="day-2026-12-09"' in client.get("/book/first-visit/?week=2026-W50").content.decode()
    assert page.count('scope="col"') == 15  # no Saturdays and Sundays: nobody is there


def test_the_answer_to_the_first_question_travels_on(client: Client, first_visit: VisitType) -> None:
    page = client.get("/book/first-visit/?been=new&week=2026-W50").content.decode()

    links = re.findall(r'href="((?:\?|/book/)[^"]*)"', page[page.index("<main") : page.index("</main")])
    assert len(links) > 100
    assert [link for link in links if "been=new" not in link] == []
    assert 'href="?been=new&amp;week=2026-W49#week"' in page


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

    assert f"{context['days'][0][0].at:%m-%d}" == first_day
    assert (context["earlier"] and context["earlier"].name) == earlier
    assert (context["later"] and context["later"].name) == later


def test_no_link_leads_to_a_week_without_times(client: Client, first_visit: VisitType) -> None:
    """The second week is blocked: from the first one on to the third, and back; the second may still be asked for."""
    clinician = Resource.objects.get()
    week = Span(datetime(2026, 12, 7, 8, tzinfo=UTC), datetime(2026, 12, 14, 8, tzinfo=UTC))
    actions.block_time(resource=clinician, span=week, reason="Away")

    first, third = (client.get(f"/book/first-visit/?week={name}").context for name in ("2026-W49", "2026-W51"))
    blocked = client.get("/book/first-visit/?week=2026-W50").context

    assert (first["earlier"], first["later"].name, third["earlier"].name) == (None, "2026-W51", "2026-W49")
    assert (blocked["earlier"].name, blocked["later"].name) == ("2026-W49", "2026-W51")


def test_costs_the_same_however_much_is_booked(
    client: Client, django_assert_num_queries: Any, settings: Any, db: None, monday: None
) -> None:
    """The dearest page: kind, weekly hours, hours on dates, holidays, chairs, holds; and the practice's facts."""
    settings.BOOKING_LIMIT_PER_NETWORK = 100
    make_clinician()
    for name in ("Chair 1", "Chair 2"):
        make_chair(name)
    kind = make_visit_type(needs_chair=True, daily_limit=12)
    for many in (False, True):
        for number in range(40 if many else 0):
            start = START + timedelta(days=number // 6, hours=number % 6)
            if start.weekday() < 5:
                make_appointment(kind, starts_at=start)
        practice.forget()
        with django_assert_num_queries(7):
            response = client.get("/book/first-visit/")
        assert len(response.context["months"]) == 3
    assert Appointment.objects.count() > 25


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
