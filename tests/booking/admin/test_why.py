"""“Why isn’t 2:30 offered?”, answered in one sentence."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from booking import actions
from booking.models import Appointment, Holiday, Resource, VisitType
from booking.slots import Span
from tests.booking.admin.pages import text
from tests.booking.factories import START, later, make_clinician, make_visit_type

URL = "/admin/booking/visittype/why/"


def ask(client: Client, kind: VisitType, day: str = "2026-12-02", time: str = "10:00", by: str = "patients") -> str:
    return text(client.get(URL, {"kind": str(kind.pk), "day": day, "time": time, "by": by}))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"time": "14:00"}, "It is offered with Dr. Bacchus"),
        ({"day": "2026-11-30", "time": "09:00"}, "Patients must book 24 hours ahead"),
        ({"day": "2026-11-30", "time": "09:00", "by": "staff"}, "It is offered"),
        ({"day": "2026-11-29", "time": "09:00", "by": "staff"}, "This time has passed."),
        ({"day": "2027-03-01"}, "Patients can book at most 60 days ahead"),
        ({"day": "2026-12-05"}, "No clinician has hours on Saturday, December 5."),
        ({"time": "08:00"}, "Dr. Bacchus sees people from 9:00 AM to 5:00 PM that day."),
        (
            {"time": "16:30"},
            "The stay of 60 minutes would end at 5:30 PM, and the hours of Dr. Bacchus end at 5:00 PM.",
        ),
        ({"time": "14:10"}, "Visits of this kind start every 30 minutes, counted from 9:00 AM."),
    ],
)
def test_the_rule_that_closes_the_time_is_named(desk: Client, asked: dict[str, str], told: str) -> None:
    make_clinician()
    assert told in ask(desk, make_visit_type(), **asked)


def test_what_holds_the_clinician_is_named(desk: Client, request_of_ana: Appointment) -> None:
    kind, clinician = request_of_ana.visit_type, Resource.objects.get()
    told = f"Dr. Bacchus is held by {request_of_ana.reference} from 10:00 AM to 11:00 AM"
    shown = ask(desk, kind, time="10:30")
    assert told in shown
    assert "this visit would need them from 10:30 AM to 11:30 AM" in shown
    assert "The nearest free times" in shown
    actions.block_time(resource=clinician, span=Span(later(START, hours=1), later(START, hours=2)), reason="Meeting")
    assert f"{told} and held by “Meeting” from 11:00 AM to 12:00 PM" in ask(desk, kind, time="10:30")


def test_a_holiday_a_full_day_and_a_missing_chair_are_named(desk: Client) -> None:
    make_clinician()
    kind = make_visit_type(needs_chair=True, daily_limit=1)
    assert "The visit needs a chair, and none is in use." in ask(desk, kind)
    holiday = Holiday.objects.create(day=date(2026, 12, 2), name="Founders’ Day")
    assert "nobody has decided yet whether the office is open" in ask(desk, kind)
    holiday.decision = Holiday.Decision.CLOSED
    holiday.save()
    assert "That day is Founders’ Day, and the office is closed." in ask(desk, kind)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"day": "9999-12-31"}, "Please check the year."),
        ({"day": "2027-03-14", "time": "02:30"}, "The clock is changed that night"),
        ({"time": "soon"}, "Enter a valid time."),
    ],
)
def test_what_can_t_be_asked_is_said(desk: Client, asked: dict[str, Any], told: str) -> None:
    make_clinician()
    assert told in ask(desk, make_visit_type(), **asked)


def test_who_may(client: Client, outsider: Client, reader: Client) -> None:
    assert [who.get(URL).status_code for who in (client, outsider, reader)] == [302, 403, 200]
