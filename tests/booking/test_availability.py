from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from booking import actions, availability
from booking.models import Resource, VisitType, WeeklyHours
from booking.slots import Span
from booking.transactions import SlotTaken
from tests.booking.factories import (
    NOW,
    START,
    make_appointment,
    make_chair,
    make_clinician,
    make_details,
    make_visit_type,
)

pytestmark = pytest.mark.django_db

LA = ZoneInfo("America/Los_Angeles")
HOUR = timedelta(hours=1)


def day(number: int = 2) -> Span:
    begin = datetime(2026, 12, number, tzinfo=LA).astimezone(UTC)
    return Span(begin, begin + timedelta(days=1))


def can_be_booked(visit_type: VisitType, at: datetime) -> bool:
    """Tries it for real, and takes it back."""
    try:
        with transaction.atomic():
            actions.request_appointment(
                visit_type=visit_type,
                starts_at=at,
                details=make_details(email=f"{uuid4()}@example.test"),
                submission_id=uuid4(),
                network=str(uuid4()),
                now=NOW,
            )
            transaction.set_rollback(True)
    except SlotTaken:
        return False
    return True


def test_what_is_offered_is_exactly_what_can_be_booked() -> None:
    clinician = make_clinician()
    make_chair("Chair 1")
    make_chair("Chair 2")
    talk = make_visit_type(buffer_after_minutes=10)
    monitored = make_visit_type(
        "monitored", length_minutes=150, clinician_minutes=30, needs_chair=True, daily_limit=3, buffer_before_minutes=5
    )
    make_appointment(talk, starts_at=START)
    make_appointment(monitored, starts_at=START + 2 * HOUR, email="b@example.test")
    make_appointment(monitored, starts_at=START + 3 * HOUR, email="c@example.test")
    actions.block_time(resource=clinician, span=Span(START - HOUR, START - HOUR * 2 / 3), reason="Meeting")
    every_quarter = [day().start + timedelta(minutes=15 * n) for n in range(24 * 4)]

    for visit_type in (talk, monitored):
        offered = {start.at for start in availability.free_times(visit_type, window=day(), now=NOW)}
        bookable = {at for at in every_quarter if can_be_booked(visit_type, at)}
        assert offered == bookable
        assert offered


def test_a_daily_limit_counts_the_local_day() -> None:
    make_clinician()
    kind = make_visit_type(daily_limit=1)
    make_appointment(kind, starts_at=datetime(2026, 12, 3, 0, 0, tzinfo=UTC))  # Wednesday 4 PM

    assert availability.free_times(kind, window=day(2), now=NOW) == []
    assert len(availability.free_times(kind, window=day(3), now=NOW)) == 15


@pytest.mark.parametrize("needs_chair", [False, True])
def test_costs_a_constant_handful_of_queries(needs_chair: bool, django_assert_num_queries: object) -> None:
    make_clinician()
    make_chair()
    kind = make_visit_type(needs_chair=needs_chair, daily_limit=5)
    window = Span(NOW, NOW + timedelta(days=31))

    for minutes in (0, 180):
        with django_assert_num_queries(4 if needs_chair else 3):  # type: ignore[operator]
            availability.free_times(kind, window=window, now=NOW)
        make_appointment(kind, starts_at=START + timedelta(minutes=minutes), email=f"{minutes}@example.test")


def test_a_resource_out_of_use_is_not_offered() -> None:
    make_clinician()
    kind = make_visit_type()
    Resource.objects.update(is_active=False)

    assert availability.free_times(kind, window=day(), now=NOW) == []


@pytest.mark.parametrize(
    ("sunday", "clocks"),
    [
        (date(2027, 3, 14), ["00:00", "01:00", "03:00"]),  # 2:00 does not exist
        (date(2026, 11, 1), ["00:00", "01:00", "01:00", "02:00", "03:00"]),  # 1:00 comes twice
    ],
)
def test_a_night_on_which_the_clock_changes(sunday: date, clocks: list[str]) -> None:
    clinician = make_clinician(hours=False)
    WeeklyHours.objects.create(clinician=clinician, weekday=6, opens=time(0), closes=time(4))
    kind = make_visit_type(step_minutes=60, notice_hours=0)
    begin = datetime.combine(sunday, time(), LA).astimezone(UTC)

    found = availability.free_times(kind, window=Span(begin, begin + 25 * HOUR), now=begin)

    assert [f"{start.at.astimezone(LA):%H:%M}" for start in found] == clocks
    assert all(second.at - first.at == HOUR for first, second in pairwise(found))
    appointment = make_appointment(kind, starts_at=found[-1].at, now=begin)
    assert appointment.ends_at - appointment.starts_at == HOUR


def test_nearest_reaches_beyond_a_fortnight_when_it_must() -> None:
    clinician = make_clinician()
    kind = make_visit_type()
    actions.block_time(resource=clinician, span=Span(NOW, NOW + timedelta(days=30)), reason="Away")

    found = availability.nearest_free(kind, START, now=NOW)

    assert [f"{start.at:%m-%d %H}" for start in found] == ["12-30 17", "12-30 17", "12-30 18"]
