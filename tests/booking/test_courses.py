"""Placing a course: all of it or nothing, and afterwards each session stands for itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connections

from booking import actions, patient_calendar
from booking.actions import CourseClash, NotCleared
from booking.models import (
    Appointment,
    AppointmentEvent,
    Course,
    CourseTemplate,
    Hold,
    Kind,
    Message,
    Patient,
    Resource,
    Status,
    Verb,
)
from booking.slots import Span
from clinic.models import Practice
from tests.booking.courses import LA, make_cleared_patient, make_patient, make_template, place_course, starts_of
from tests.booking.factories import NOW, make_chair, make_clinician, make_staff

SPAN = timedelta(minutes=150)


def counts() -> tuple[int, ...]:
    return tuple(model._default_manager.count() for model in (Course, Appointment, AppointmentEvent, Hold, Message))


@pytest.fixture
def sam(db: None) -> User:
    return make_staff()


@pytest.fixture
def template(db: None) -> CourseTemplate:
    make_clinician()
    make_chair()
    return make_template()


@pytest.fixture
def ana(template: CourseTemplate, sam: User) -> Patient:
    return make_cleared_patient(template, sam)


def test_all_sessions_and_the_review_are_booked_and_told_once(
    template: CourseTemplate, ana: Patient, sam: User
) -> None:
    review_start = starts_of(template)[-1] + timedelta(days=1)
    course = place_course(template, ana, sam, review_start=review_start)

    visits = list(course.appointments.select_related("course").order_by("starts_at"))
    assert [visit.starts_at for visit in visits] == [*starts_of(template), review_start]
    assert [visit.course_position for visit in visits] == [1, 2, 3, 4, 5, 6, 7, 8, None]
    assert [visits[2].session, visits[8].session] == ["Session 3 of 8", ""]
    assert {(visit.status, visit.agreed_at, visit.patient_id) for visit in visits} == {(Status.CONFIRMED, NOW, ana.pk)}
    assert {visit.ends_at - visit.starts_at for visit in visits[:8]} == {SPAN}
    assert [visit.visit_type.slug for visit in visits[7:]] == ["session", "review"]
    assert [hold_count(visit) for visit in visits] == [2] * 8 + [1]
    events = AppointmentEvent.objects.all()
    assert set(events.values_list("verb", "from_status", "to_status", "by", "user")) == {
        (Verb.BOOK, "", Status.CONFIRMED, "staff", sam.pk)
    }
    assert len(events) == 9
    assert list(Message.objects.values_list("appointment", "kind", "occasion")) == [
        (visits[0].pk, Kind.COURSE_PLACED, "")
    ]
    assert (course.sessions, course.placed_by, course.placed_at) == (8, sam, NOW)


def hold_count(visit: Appointment) -> int:
    return visit.holds.count()


def test_sessions_are_numbered_by_time(template: CourseTemplate, ana: Patient, sam: User) -> None:
    starts = starts_of(template, sessions=3)
    course = place_course(template, ana, sam, starts=[starts[2], starts[0], starts[1]])
    by_position = course.appointments.order_by("course_position").values_list("starts_at", flat=True)
    assert list(by_position) == starts


def test_what_stands_in_the_way_is_told_whole_and_nothing_is_stored(
    template: CourseTemplate, ana: Patient, sam: User
) -> None:
    """Two sessions and the review clash; the other six are not booked either."""
    starts = starts_of(template)
    review_start = starts[-1] + timedelta(days=1)
    clinician = Resource.objects.get(kind="clinician")
    for at in (starts[1], starts[5], review_start):
        actions.block_time(resource=clinician, span=Span(at, at + timedelta(minutes=10)), reason="Meeting")
    before = counts()

    with pytest.raises(CourseClash) as clash:
        place_course(template, ana, sam, review_start=review_start)

    assert (clash.value.starts, clash.value.review) == ([starts[1], starts[5]], review_start)
    assert counts() == before


@pytest.mark.parametrize("apart", [timedelta(), timedelta(hours=1)])
def test_sessions_of_one_patient_never_meet(
    template: CourseTemplate, ana: Patient, sam: User, apart: timedelta
) -> None:
    """Even where a second clinician and chair are free."""
    make_clinician("Dr. Other")
    make_chair("Chair 2")
    first = starts_of(template)[0]
    with pytest.raises(CourseClash) as clash:
        place_course(template, ana, sam, starts=[first, first + apart], review_start=first + timedelta(minutes=30))
    assert (clash.value.starts, clash.value.review) == ([first + apart], first + timedelta(minutes=30))


@pytest.mark.parametrize("at", [datetime(2026, 11, 27, 18, tzinfo=UTC), datetime(2026, 12, 5, 18, tzinfo=UTC)])
def test_what_has_passed_or_is_never_offered_can_t_be_had(
    template: CourseTemplate, ana: Patient, sam: User, at: datetime
) -> None:
    with pytest.raises(CourseClash) as clash:
        place_course(template, ana, sam, starts=[at])
    assert clash.value.starts == [at]


def test_staff_need_keep_neither_notice_nor_horizon(template: CourseTemplate, ana: Patient, sam: User) -> None:
    soon = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)  # in an hour
    late = datetime(2027, 11, 30, 17, 0, tzinfo=UTC)
    assert place_course(template, ana, sam, starts=[soon, late]).sessions == 2


def test_the_same_plan_sent_twice_is_one_course(template: CourseTemplate, ana: Patient, sam: User) -> None:
    submission: UUID = uuid4()
    first = place_course(template, ana, sam, submission_id=submission)
    before = counts()
    assert place_course(template, ana, sam, submission_id=submission) == first
    assert counts() == before


def test_a_patient_who_is_not_cleared_is_refused(template: CourseTemplate, sam: User) -> None:
    ben = make_patient(name="Ben Ode", email="ben@example.test")
    before = counts()
    with pytest.raises(NotCleared) as missing:
        place_course(template, ben, sam)
    assert missing.value.visit_type == template.visit_type
    assert counts() == before


def test_only_staff_place_and_never_nothing(template: CourseTemplate, ana: Patient, sam: User) -> None:
    refused: list[dict[str, Any]] = [{"by": actions.PATIENT}, {"starts": []}]
    for changes in refused:
        with pytest.raises(ValueError, match="staff place a course"):
            place_course(template, ana, sam, **changes)


@pytest.mark.parametrize("first_day", [date(2026, 10, 20), date(2027, 3, 2)])
def test_the_clock_time_stays_across_a_change_of_the_clock(
    template: CourseTemplate, ana: Patient, sam: User, first_day: date
) -> None:
    """Over 2026-11-01 and 2027-03-14."""
    now = datetime.combine(first_day, time(), LA) - timedelta(days=1)
    course = place_course(template, ana, sam, starts=starts_of(template, first_day), now=now)
    local = [visit.starts_at.astimezone(LA) for visit in course.appointments.all()]
    assert {moment.time() for moment in local} == {time(10)}
    assert len({moment.utcoffset() for moment in local}) == 2


# --- Afterwards ---


def snapshot(course: Course) -> dict[int, tuple[Any, ...]]:
    """Everything of each visit: its row, its holds, and its calendar entry."""
    practice = Practice.load()
    rows = {}
    for visit in course.appointments.select_related("visit_type", "patient", "course"):
        row = tuple(getattr(visit, field.attname) for field in Appointment._meta.concrete_fields)
        holds = tuple(visit.holds.order_by("pk").values_list("pk", "resource", "period"))
        rows[visit.pk] = (row, holds, visit.session, patient_calendar.entry(visit, practice=practice))
    return rows


def move(visit: Appointment, by: actions.By) -> None:
    actions.reschedule(appointment=visit, starts_at=visit.starts_at + timedelta(hours=1), by=by, now=NOW)


def cancel(visit: Appointment, by: actions.By) -> None:
    actions.cancel(appointment=visit, by=by, now=NOW)


def miss(visit: Appointment, by: actions.By) -> None:
    actions.miss(appointment=visit, by=by, now=visit.starts_at + timedelta(hours=1))


@pytest.mark.parametrize("change", [move, cancel, miss])
def test_changing_the_third_session_touches_one_row_and_one_calendar_entry(
    template: CourseTemplate, ana: Patient, sam: User, change: Callable[[Appointment, actions.By], None]
) -> None:
    course = place_course(template, ana, sam, review_start=starts_of(template)[-1] + timedelta(days=1))
    third = course.appointments.get(course_position=3)
    before, events, told = snapshot(course), AppointmentEvent.objects.count(), Message.objects.count()

    change(third, actions.staff(sam))

    after = snapshot(course)
    assert [pk for pk in after if after[pk] != before[pk]] == [third.pk]
    assert [pk for pk in after if after[pk][3] != before[pk][3]] == ([third.pk] if change is not miss else [])
    assert {pk: row[2] for pk, row in after.items()} == {pk: row[2] for pk, row in before.items()}
    assert after[third.pk][2] == "Session 3 of 8"
    assert AppointmentEvent.objects.count() == events + 1
    assert Message.objects.count() == told + (0 if change is miss else 1)
    course.refresh_from_db()
    assert course.sessions == 8


# --- At once ---


@pytest.mark.django_db(transaction=True)
def test_two_courses_for_the_same_chair_at_once_and_one_is_placed_whole() -> None:
    """Ten times. One clinician, one chair; the lists are told in opposite order."""
    make_clinician()
    make_chair()
    template = make_template()
    sam = make_staff()
    patients = [make_cleared_patient(template, sam, email=f"{name}@example.test") for name in ("ana", "ben")]
    for week in range(10):
        starts = starts_of(template, date(2026, 12, 1) + timedelta(weeks=4 * week))
        together = Barrier(2)

        def press(patient: Patient, order: int, starts: list[datetime] = starts, gate: Barrier = together) -> Any:
            gate.wait(30)
            try:
                return place_course(template, patient, sam, starts=starts[::order])
            except CourseClash as clash:
                return clash
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(press, patients, (1, -1)))

        placed = [result for result in results if isinstance(result, Course)]
        clashes = [result for result in results if isinstance(result, CourseClash)]
        assert (len(placed), len(clashes)) == (1, 1)
        assert clashes[0].starts == starts
        assert placed[0].appointments.count() == 8
    assert Course.objects.count() == 10
    assert (Appointment.objects.count(), Hold.objects.count(), Message.objects.count()) == (80, 160, 10)


def test_the_page_of_one_patient_places_nothing_for_another(template: CourseTemplate, ana: Patient, sam: User) -> None:
    """A forged or stale plan: the id of a course that is there, of somebody else."""
    submission = uuid4()
    place_course(template, ana, sam, submission_id=submission)
    ben = make_cleared_patient(template, sam)
    before = counts()

    with pytest.raises(actions.UsedBefore):
        place_course(template, ben, sam, submission_id=submission)

    assert counts() == before
