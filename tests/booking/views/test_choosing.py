from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory

from booking.models import Appointment, VisitType
from booking.views.choosing import Time, nearest_times, week_of_times
from tests.booking.factories import NOW, START, make_appointment


@pytest.fixture
def moving(first_visit: VisitType) -> Appointment:
    return make_appointment(first_visit)


def offered(context: dict[str, Any]) -> list[Time]:
    return [time for _, times in context["days"] for time in times]


def test_a_visit_that_is_moved_is_offered_what_it_holds_but_not_its_own_time(moving: Appointment) -> None:
    request = RequestFactory().get("/")

    context = week_of_times(
        moving.visit_type, request=request, now=NOW, url_for=lambda start: f"/to/{start:%d%H%M}/", moving=moving
    )

    starts = {time.at for time in offered(context) if time.url}
    assert START not in starts
    [own] = [time for time in offered(context) if not time.url]
    assert own.at == START
    assert offered(context) == sorted(offered(context), key=lambda time: time.at)
    assert {START - timedelta(minutes=30), START + timedelta(minutes=30)} <= starts
    assert f"/to/{START + timedelta(minutes=30):%d%H%M}/" in {time.url for time in offered(context)}
    near = nearest_times(moving.visit_type, START, now=NOW, url_for=str, moving=moving)
    assert [time.at - START for time in near] == [timedelta(minutes=minutes) for minutes in (-60, -30, 30)]


def test_staff_see_as_far_as_their_own_rule_reaches(first_visit: VisitType) -> None:
    context: dict[str, Any] = week_of_times(
        first_visit,
        request=RequestFactory().get("/?week=2028-W01"),
        now=NOW,
        url_for=str,
        rule=first_visit.staff_rule(),
    )

    assert context["first"].at < NOW + timedelta(hours=24)
    assert context["week"].name == "2028-W01"
    assert offered(context)
