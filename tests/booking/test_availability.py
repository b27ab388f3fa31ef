from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking import actions, availability
from booking.explain import Reason
from booking.models import Appointment, DatedHours, Hold, Holiday, Offer, Resource, VisitType, WeeklyHours
from booking.slots import Span, Start
from booking.transactions import SlotTaken
from tests.booking.courses import make_cleared_patient, make_template, place_course
from tests.booking.factories import (
    NOW,
    START,
    make_appointment,
    make_chair,
    make_clinician,
    make_details,
    make_staff,
    make_visit_type,
)
from tests.faults.asking import all_at_once

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
@pytest.mark.parametrize("days", [1, 31, 550])
def test_costs_five_queries_whatever_the_span_and_the_history(
    needs_chair: bool, days: int, django_assert_num_queries: Any
) -> None:
    clinician, chair = make_clinician(), make_chair()
    kind = make_visit_type(needs_chair=needs_chair, daily_limit=5)
    window, queries = Span(NOW, NOW + timedelta(days=days)), 5 if needs_chair else 4

    def count() -> None:
        with django_assert_num_queries(queries):
            availability.free_times(kind, window=window, now=NOW, rule=kind.staff_rule())
        with django_assert_num_queries(queries):
            availability.why_not(kind, START, now=NOW)

    count()
    make_appointment(kind, starts_at=START)
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 9))
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    for resource in (clinician, chair):
        for number in range(2, 12):
            begin = START + number * HOUR * 12
            actions.block_time(resource=resource, span=Span(begin, begin + HOUR), reason="Away")
    count()


def clocks(kind: VisitType, number: int = 2) -> list[str]:
    found = availability.free_times(kind, window=day(number), now=NOW)
    return [f"{start.at.astimezone(LA):%H:%M}" for start in found]


def test_a_day_may_have_several_spans() -> None:
    clinician = make_clinician(hours=False)
    for opens, closes in ((time(9), time(11)), (time(11), time(12)), (time(14), time(15, 30))):
        WeeklyHours.objects.create(clinician=clinician, weekday=2, opens=opens, closes=closes)

    assert clocks(make_visit_type()) == ["09:00", "09:30", "10:00", "10:30", "11:00", "14:00", "14:30"]


def test_hours_on_a_date_take_the_place_of_the_weekly_ones() -> None:
    """For that clinician and that day alone."""
    clinician, other = make_clinician(), make_clinician("Dr. Other", hours=False)
    WeeklyHours.objects.create(clinician=other, weekday=3, opens=time(9), closes=time(10))
    kind = make_visit_type()
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 2), opens=time(13), closes=time(14))
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 2), opens=time(18), closes=time(19, 30))
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 3))
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 5), opens=time(10), closes=time(11))

    assert clocks(kind, 2) == ["13:00", "18:00", "18:30"]
    assert clocks(kind, 3) == ["09:00"]  # the other one is there
    assert len(clocks(kind, 4)) == 15
    assert clocks(kind, 5) == ["10:00"]  # a Saturday


@pytest.mark.parametrize(
    ("decision", "offered"),
    [(Holiday.Decision.UNDECIDED, 0), (Holiday.Decision.CLOSED, 0), (Holiday.Decision.OPEN, 15)],
)
def test_a_holiday_is_closed_until_staff_say_that_it_is_not(decision: str, offered: int) -> None:
    """Also where a clinician has hours on that very date."""
    clinician = make_clinician()
    kind = make_visit_type()
    Holiday.objects.create(day=date(2026, 12, 2), name="A holiday", decision=decision)
    Holiday.objects.create(day=date(2026, 12, 4), name="Another", decision=decision)
    DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 4), opens=time(9), closes=time(17))

    assert len(clocks(kind, 2)) == len(clocks(kind, 4)) == offered
    assert len(clocks(kind, 3)) == 15


def test_a_visit_that_is_moved_is_not_in_its_own_way() -> None:
    clinician = make_clinician()
    make_chair()
    kind = make_visit_type(needs_chair=True, length_minutes=120, daily_limit=1, cutoff_hours=0)
    moving = make_appointment(kind, starts_at=START)
    half_an_hour_on = START + HOUR / 2

    assert availability.start_at(kind, half_an_hour_on, now=NOW) is None
    start = availability.start_at(kind, half_an_hour_on, now=NOW, moving=moving)
    assert start == Start(half_an_hour_on, clinician.pk, Resource.objects.chairs().get().pk)
    refusal = availability.why_not(kind, half_an_hour_on, now=NOW)
    assert refusal is not None
    assert refusal.reason == Reason.DAILY_LIMIT
    assert availability.why_not(kind, half_an_hour_on, now=NOW, moving=moving) is None
    moved = actions.reschedule(appointment=moving, starts_at=half_an_hour_on, by=actions.PATIENT, now=NOW)
    assert moved.starts_at == half_an_hour_on


def can_be_had(visit: Appointment, at: datetime, *, moving: bool) -> bool:
    """The patient moves that visit, or books one more of its kind, for real; and takes it back."""
    try:
        with transaction.atomic():
            if moving:
                actions.reschedule(appointment=visit, starts_at=at, by=actions.PATIENT, now=NOW)
            else:
                actions.request_another(
                    patient=visit.patient,
                    visit_type=visit.visit_type,
                    starts_at=at,
                    ride=actions.NO_RIDE,
                    submission_id=uuid4(),
                    network=None,
                    now=NOW,
                )
            transaction.set_rollback(True)
    except SlotTaken:
        return False
    return True


def test_to_a_patient_is_offered_what_their_other_visits_leave(django_assert_num_queries: Any) -> None:
    """Two clinicians and two chairs: only the patient stands in their own way."""
    make_clinician()
    make_clinician("Dr. Other")
    make_chair("Chair 1")
    make_chair("Chair 2")
    template, user = make_template(with_review=False, min_gap_days=2), make_staff()
    ana = make_cleared_patient(template, user)
    starts = [START + timedelta(days=days) for days in (-1, 2, 6)]  # Tuesday, Friday, Tuesday
    first, second, third = place_course(template, ana, user, starts=starts).appointments.order_by("starts_at")
    talk = make_appointment(make_visit_type(), starts_at=START + timedelta(days=1))
    Appointment.objects.filter(pk=talk.pk).update(patient=ana)
    talk.refresh_from_db()
    away = actions.request_another(
        patient=ana,
        visit_type=talk.visit_type,
        starts_at=START + timedelta(days=4, hours=23),
        ride=actions.NO_RIDE,
        submission_id=uuid4(),
        network=None,
        now=NOW,
    ).appointment
    actions.cancel(appointment=away, by=actions.PATIENT, now=NOW)
    week = Span(day(1).start, day(10).end)

    found = {}
    for name, visit in (("second", second), ("talk", talk), ("one more", talk)):
        moving = visit if name != "one more" else None
        # Of a visit that is moved: what of its time is to be cleared. With chairs: which there are.
        with django_assert_num_queries(5 + bool(moving) + visit.visit_type.needs_chair):
            offered = availability.free_times(visit.visit_type, window=week, now=NOW, moving=moving, patient=ana)
        found[name] = {start.at for start in offered}
        rule = replace(visit.visit_type.rule(), keeps_apart=False)
        all_free = availability.free_times(visit.visit_type, window=week, now=NOW, moving=moving, rule=rule)
        tried = {start.at for start in all_free if can_be_had(visit, start.at, moving=bool(moving))}
        assert found[name] == tried
        assert tried < {start.at for start in all_free}

    days = sorted({start.astimezone(LA).day for start in found["second"]})
    assert days == [3, 4]  # two days after the first, two before the third, Thursday beside the other visit
    assert first.starts_at < min(found["second"]) < max(found["second"]) < third.starts_at
    busy = {visit.starts_at: visit.ends_at for visit in (first, second, third)}
    for start in found["talk"] | found["one more"]:
        assert all(start + HOUR <= begin or end <= start for begin, end in busy.items())
    assert START + timedelta(days=4, hours=23) in found["one more"]  # cancelled, it is in nobody's way
    assert talk.starts_at not in found["one more"]


def test_staff_are_not_kept_from_the_patient_s_other_visits() -> None:
    make_clinician()
    make_clinician("Dr. Other")
    talk, other = make_appointment(), make_appointment(starts_at=START + 2 * HOUR)
    Appointment.objects.filter(pk=other.pk).update(patient=talk.patient)

    for by, is_free in ((actions.PATIENT, False), (actions.staff(make_staff()), True)):
        rule = actions.rule_for(talk.visit_type, by)
        start = availability.start_at(talk.visit_type, other.starts_at, now=NOW, moving=talk, rule=rule)
        assert (start is not None) is is_free


def test_a_time_offered_to_somebody_counts_for_the_day() -> None:
    """They may take it at any moment. For a move of their own visit it is as free as before."""
    clinician = make_clinician()
    kind = make_visit_type(daily_limit=2)
    later = make_appointment(kind, starts_at=START + timedelta(days=1))
    make_appointment(kind, starts_at=START, email="b@example.test")
    offer = Offer.objects.create(
        appointment=later, starts_at=START + 2 * HOUR, offered_at=NOW, expires_at=NOW + 4 * HOUR
    )
    period = DateTimeTZRange(offer.starts_at, offer.starts_at + HOUR)
    Hold.objects.create(resource=clinician, period=period, offer=offer, reason="offered")

    assert clocks(kind, 2) == []
    assert clocks(kind, 3) != []
    assert availability.start_at(kind, offer.starts_at, now=NOW, moving=later) is not None


def test_staff_are_bound_by_the_day_and_not_by_notice_or_horizon() -> None:
    make_clinician()
    kind = make_visit_type(notice_hours=48, horizon_days=30)
    soon, far = NOW + 2 * HOUR, START + timedelta(days=364)

    for at, reason in ((soon, Reason.NOTICE), (far, Reason.HORIZON)):
        refusal = availability.why_not(kind, at, now=NOW)
        assert refusal is not None
        assert refusal.reason == reason
        assert availability.start_at(kind, at, now=NOW) is None
        assert availability.start_at(kind, at, now=NOW, rule=kind.staff_rule()) is not None
    for at in (NOW - HOUR / 2, START + timedelta(days=3), NOW + timedelta(days=551)):
        assert availability.start_at(kind, at, now=NOW, rule=kind.staff_rule()) is None


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


def test_nearest_are_as_many_as_asked_for_where_the_fortnight_has_fewer() -> None:
    clinician = make_clinician()
    kind = make_visit_type()
    free_hour = START + timedelta(days=1)
    for begin, end in ((NOW, free_hour), (free_hour + HOUR, NOW + timedelta(days=30))):
        actions.block_time(resource=clinician, span=Span(begin, end), reason="Away")

    found = availability.nearest_free(kind, START, now=NOW)

    assert [f"{start.at:%m-%d %H:%M}" for start in found] == ["12-03 18:00", "12-30 17:00", "12-30 17:30"]


@pytest.mark.django_db(transaction=True)
def test_whatever_a_patient_presses_at_once_they_are_in_one_place() -> None:
    """In three tabs: two visits are moved and one more is booked, to times that overlap. Each has a clinician."""
    for name in ("Dr. Bacchus", "Dr. Other", "Dr. Third"):
        make_clinician(name)
    kind = make_visit_type()
    one, two = (make_appointment(starts_at=START + timedelta(days=days)) for days in (1, 2))
    ana = one.patient
    Appointment.objects.filter(pk=two.pk).update(patient=ana)
    who: dict[str, Any] = {"by": actions.PATIENT, "now": NOW}
    more: dict[str, Any] = {"submission_id": uuid4(), "network": None, "ride": actions.NO_RIDE, "now": NOW}

    def attempt(press: Callable[[], object]) -> bool:
        try:
            press()
        except SlotTaken:
            return False
        return True

    presses: list[Callable[[], object]] = [
        partial(actions.reschedule, appointment=one, starts_at=START, **who),
        partial(actions.reschedule, appointment=two, starts_at=START + HOUR / 2, **who),
        partial(actions.request_another, patient=ana, visit_type=kind, starts_at=START - HOUR / 2, **more),
    ]
    done = all_at_once([partial(attempt, press) for press in presses])

    spans = [Span(visit.starts_at, visit.ends_at) for visit in Appointment.objects.order_by("starts_at")]
    assert all(first.end <= second.start for first, second in pairwise(spans))
    assert len(spans) == (3 if done[2] else 2)
    assert done.count(True) in (1, 2)  # half an hour before and half an hour after do not meet
    assert not done[0] or done == [True, False, False]
