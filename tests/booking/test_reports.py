"""What the figures of the reports count, and by which day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking import actions, reports, tally, waiting
from booking.models import Appointment, AppointmentEvent, Holiday, Status
from booking.reports import Answers, Lead, Outcomes, Period, Requests, Use
from booking.tally import Stretch
from clinic.models import Practice
from clinic.records.models import allow_removing
from tests.booking.factories import NOW, START, later, make_appointment, make_chair, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

LA = ZoneInfo("America/Los_Angeles")
DAY = timedelta(days=1)
THIS_WEEK = Period([Stretch(date(2026, 11, 30), date(2026, 12, 6))])


@pytest.fixture
def sam() -> User:
    return make_staff()


def weeks(first: date, count: int) -> Period:
    return Period(tally.stretches(first, first + (7 * count - 1) * DAY, tally.WEEK))


def set_to(visit: Appointment, **values: Any) -> None:
    Appointment.objects.filter(pk=visit.pk).update(**values)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LA)  # type: ignore[misc,arg-type]


# --- Requests ---------------------------------------------------------------------------------------------------------
def test_requests_by_what_became_of_them(sam: User) -> None:
    made = [make_appointment(starts_at=later(START, hours=hours)) for hours in range(6)]
    by = actions.staff(sam)
    actions.confirm(appointment=made[0], by=by, now=NOW)
    actions.confirm(appointment=made[1], by=by, now=NOW)
    actions.cancel(appointment=made[1], by=actions.PATIENT, now=NOW)  # confirmed all the same
    actions.decline(appointment=made[2], by=by, now=NOW)
    actions.cancel(appointment=made[3], by=actions.PATIENT, now=NOW)

    [week, whole] = reports.requests(THIS_WEEK)

    assert week == whole == Requests(confirmed=2, declined=1, taken_back=1, waiting=2)
    assert week.settled == 4


def test_what_staff_book_is_no_request(sam: User) -> None:
    visit = make_appointment()
    forget(visit.events.all())
    AppointmentEvent.objects.create(
        appointment=visit, verb="book", to_status="confirmed", by="staff", user=sam, at=visit.created_at
    )

    assert reports.requests(THIS_WEEK)[-1] == Requests()
    assert reports.leads(THIS_WEEK)[-1] == Lead()


def test_a_kind_that_is_booked_at_once_counts_as_confirmed_but_nobody_answered() -> None:
    make_appointment(make_visit_type(needs_confirmation=False))

    assert reports.requests(THIS_WEEK)[-1] == Requests(confirmed=1)
    assert reports.answers(THIS_WEEK, promise=DAY)[-1] == Answers()


def test_one_kind_alone() -> None:
    short = make_visit_type("follow-up", length_minutes=30, clinician_minutes=30)
    make_appointment(short, starts_at=START)
    make_appointment(make_visit_type(), starts_at=later(START, hours=1))

    assert reports.requests(Period(THIS_WEEK.stretches, short))[-1] == Requests(waiting=1)
    assert reports.answers(Period(THIS_WEEK.stretches, short), promise=DAY)[-1] == Answers()


@pytest.mark.parametrize(
    ("asked", "week"),
    [
        (local(2026, 10, 25, 23, 59), 0),  # a Sunday
        (local(2026, 10, 26, 0, 0), 1),
        (local(2026, 11, 1, 23, 59), 1),  # the day on which the clock goes back, 25 hours long
        (local(2026, 11, 2, 0, 0), 2),
    ],
)
def test_a_change_of_the_clock_shifts_nothing(asked: datetime, week: int) -> None:
    set_to(make_appointment(), created_at=asked)

    found = reports.requests(weeks(date(2026, 10, 19), 3))

    assert [row.waiting for row in found] == [int(number == week) for number in range(3)] + [1]


def test_before_and_after_is_not_counted() -> None:
    visit = make_appointment()
    for asked, counted in ((THIS_WEEK.span.start, 1), (THIS_WEEK.span.end, 0), (THIS_WEEK.span.start - DAY, 0)):
        set_to(visit, created_at=asked, starts_at=START + 30 * DAY, ends_at=START + 31 * DAY)
        assert reports.requests(THIS_WEEK)[-1].waiting == counted


# --- Answers ----------------------------------------------------------------------------------------------------------
def forget(events: QuerySet[AppointmentEvent]) -> None:
    """As the database lets none but the removal of what is over its time."""
    with transaction.atomic():
        allow_removing()
        events.delete()


def answered(visit: Appointment, asked: datetime, at: datetime, sam: User) -> None:
    set_to(visit, created_at=asked)
    forget(visit.events.filter(verb="confirm"))
    AppointmentEvent.objects.create(
        appointment=visit, verb="confirm", from_status="requested", to_status="confirmed", by="staff", user=sam, at=at
    )


@pytest.mark.parametrize(
    ("asked", "at", "hours"),
    [
        (local(2026, 12, 1, 10), local(2026, 12, 1, 16, 30), 6.5),
        (local(2026, 12, 1, 10), local(2026, 12, 2, 9), 23),
        (local(2026, 12, 4, 16), local(2026, 12, 7, 10), 18),  # over a weekend
        (local(2026, 12, 5, 12), local(2026, 12, 7, 9), 9),  # asked on a Saturday
        (local(2026, 12, 5, 12), local(2026, 12, 6, 9), 0),  # and answered on the Sunday
        (local(2026, 12, 2, 10), local(2026, 12, 4, 10), 24),  # the Thursday is closed
        (local(2026, 10, 30, 12), local(2026, 11, 2, 12), 24),  # over a change of the clock
    ],
)
def test_working_time(sam: User, asked: datetime, at: datetime, hours: float) -> None:
    for day, decision in ((date(2026, 12, 3), "closed"), (date(2026, 12, 1), "open"), (date(2026, 12, 6), "closed")):
        Holiday.objects.create(day=day, name="A day", decision=decision)
    answered(make_appointment(), asked, at, sam)

    found = reports.answers(weeks(date(2026, 10, 26), 8), promise=DAY)[-1]

    assert found == Answers(1, int(hours <= 24), timedelta(hours=hours), timedelta(hours=hours))


MOMENTS = st.integers(0, 55 * 24 * 60).map(
    lambda minutes: local(2026, 10, 26).astimezone(UTC) + timedelta(minutes=minutes)
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=MOMENTS, wait=st.integers(0, 9 * 24 * 60), promised=st.integers(0, 3), closed=st.sets(st.integers(0, 60)))
def test_in_time_is_what_the_desk_does_not_call_late(
    sam: User, asked: datetime, wait: int, promised: int, closed: set[int]
) -> None:
    at = asked + timedelta(minutes=wait)
    visit = Appointment.objects.first() or make_appointment()
    Holiday.objects.all().delete()
    days = {date(2026, 10, 26) + number * DAY for number in closed}
    Holiday.objects.bulk_create(Holiday(day=day, name="A day", decision="closed") for day in days)
    answered(visit, asked, at, sam)

    [*_weeks, found] = reports.answers(weeks(date(2026, 10, 19), 12), promise=promised * DAY)

    late = waiting.is_late(asked, practice=Practice(reply_working_days=promised), now=at, closed=days)
    assert found.count == 1
    # An answer on a day off comes at no working time: the desk, which looks at the clock, may call it late.
    assert found.in_time == int(not late) or at.astimezone(LA).weekday() >= 5 or at.astimezone(LA).date() in days


def test_other_times_are_an_answer_and_the_patient_s_own_time_does_not_count(sam: User) -> None:
    hour, by = timedelta(hours=1), actions.staff(sam)
    lapsed = make_appointment(starts_at=later(START, days=1))
    taken = make_appointment(starts_at=later(START, days=1, hours=2))
    times: Any = {"until": later(NOW, days=1), "by": by, "now": NOW + hour}
    actions.offer_times(appointment=lapsed, starts=[later(START, days=2)], **times)
    [offer] = actions.offer_times(appointment=taken, starts=[later(START, days=2, hours=2)], **times)
    actions.confirm(appointment=lapsed, by=by, now=later(NOW, days=1, hours=8))
    actions.take_offer(offer=offer, by=actions.PATIENT, now=NOW + 2 * hour)

    assert reports.answers(THIS_WEEK, promise=DAY)[-1] == Answers(2, 2, hour, hour)


def test_the_first_answer_counts_and_shares_are_between_values(sam: User) -> None:
    for number, hours in enumerate((1, 2, 3, 30)):
        visit = make_appointment(starts_at=later(START, hours=number))
        answered(visit, NOW, NOW + timedelta(hours=hours), sam)

    [week, _whole] = reports.answers(THIS_WEEK, promise=DAY)

    assert (week.count, week.in_time, week.median) == (4, 3, timedelta(hours=2.5))
    assert week.late == timedelta(hours=3 + 0.7 * 27)


# --- Visits -----------------------------------------------------------------------------------------------------------
def test_outcomes_are_of_visits_that_are_over() -> None:
    states = [Status.COMPLETED, Status.COMPLETED, Status.NO_SHOW, Status.CANCELLED, Status.CONFIRMED, Status.CONFIRMED]
    for hours, status in enumerate(states):
        set_to(make_appointment(starts_at=later(START, hours=hours)), status=status)
    now = START + timedelta(hours=5)  # the last has not begun

    assert reports.outcomes(THIS_WEEK, now=now)[-1] == Outcomes(took_place=2, missed=1, not_noted=1)
    assert reports.outcomes(THIS_WEEK, now=now)[-1].known == 3
    assert reports.outcomes(weeks(date(2026, 12, 7), 1), now=now)[-1] == Outcomes()


def test_lead_time_is_days_by_the_calendar() -> None:
    late_evening = local(2026, 11, 30, 23, 30)
    for number, asked in enumerate((NOW, NOW, late_evening)):
        set_to(make_appointment(starts_at=later(START, days=number)), created_at=asked)
    called_off = make_appointment(starts_at=later(START, days=5))
    set_to(called_off, status=Status.CANCELLED)

    [week, whole] = reports.leads(THIS_WEEK)

    assert week == whole
    assert (week.count, week.median) == (3, 3 * DAY)  # 2, 3 and 4
    assert week.late == 3.8 * DAY


def test_chairs_are_held_of_the_time_in_which_they_can_be_had() -> None:
    make_chair()
    visit = make_appointment(make_visit_type(needs_chair=True, length_minutes=120, clinician_minutes=30))
    Holiday.objects.create(day=date(2026, 12, 4), name="A day", decision="undecided")

    found = reports.chairs(weeks(date(2026, 11, 30), 2))

    assert found == [Use(135, 4 * 8 * 60), Use(0, 5 * 8 * 60), Use(135, 9 * 8 * 60)]
    other = make_visit_type("other")
    assert reports.chairs(Period(THIS_WEEK.stretches, other))[-1] == Use(0, 4 * 8 * 60)
    actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)
    assert reports.chairs(THIS_WEEK)[-1].held == 0


def test_an_empty_practice() -> None:
    period = weeks(date(2026, 11, 30), 2)

    assert reports.requests(period) == [Requests()] * 3
    assert reports.answers(period, promise=DAY) == [Answers()] * 3
    assert reports.outcomes(period, now=NOW) == [Outcomes()] * 3
    assert reports.leads(period) == [Lead()] * 3
    assert reports.chairs(period) == [Use()] * 3
