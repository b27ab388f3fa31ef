"""A session that was missed or cancelled is placed again, under its number; a review visit is added."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connections, transaction

from booking import actions
from booking.admin import steps
from booking.models import Appointment, Course, Hold, Message, Verb
from booking.transactions import Busy, SlotTaken
from tests.booking.courses import make_cleared_patient, make_template, place_course
from tests.booking.factories import NOW, later, make_chair, make_clinician, make_staff

pytestmark = pytest.mark.django_db


def placed() -> tuple[User, Course]:
    make_clinician()
    make_chair()
    sam, template = make_staff(), make_template()
    return sam, place_course(template, make_cleared_patient(template, sam), sam)


@pytest.fixture
def sam(db: None) -> User:
    return placed()[0]


@pytest.fixture
def course(sam: User) -> Course:
    return Course.objects.get()


def session(course: Course, number: int) -> Appointment:
    return course.appointments.get(course_position=number)


def free_after(visit: Appointment) -> datetime:
    """The day after it, at its hour: no other session stands there."""
    return later(visit.starts_at, days=1)


def again(course: Course, position: int | None, starts_at: datetime, sam: User, **changes: Any) -> Appointment:
    values = {"course": course, "position": position, "starts_at": starts_at, "now": NOW, **changes}
    return actions.place_session(**values, by=actions.staff(sam))


@pytest.mark.parametrize("verb", ["cancel", "miss"])
def test_it_has_the_number_of_the_one_that_it_takes_the_place_of(sam: User, course: Course, verb: str) -> None:
    third = session(course, 3)
    now = third.ends_at if verb == "miss" else NOW
    getattr(actions, verb)(appointment=third, by=actions.staff(sam), now=now)

    visit = again(course, 3, free_after(third), sam, now=now)

    assert (visit.session, visit.status, visit.course) == ("Session 3 of 8", "confirmed", course)
    third.refresh_from_db()
    assert (third.course_position, third.starts_at) == (3, later(visit.starts_at, days=-1))
    assert [message.kind for message in visit.messages.all()] == ["confirmed"]
    assert [event.verb for event in visit.events.all()] == ["book"]
    assert course.appointments.count() == 9


@pytest.mark.parametrize("verb", [None, "complete"])
def test_one_that_stands_or_took_place_is_not_placed_again(sam: User, course: Course, verb: str | None) -> None:
    third = session(course, 3)
    if verb:
        actions.complete(appointment=third, by=actions.staff(sam), now=third.ends_at)
    with pytest.raises(actions.SessionStands) as stands:
        again(course, 3, free_after(third), sam)
    assert stands.value.visit == third


def test_a_missed_session_that_is_placed_again_did_not_take_place_after_all(sam: User, course: Course) -> None:
    first = session(course, 3)
    by, now = actions.staff(sam), first.ends_at
    actions.miss(appointment=first, by=by, now=now)
    again(course, 3, free_after(first), sam, now=now)
    first.refresh_from_db()
    assert not steps.possible(Verb.COMPLETE, first)
    with pytest.raises(actions.NotAllowed):
        actions.complete(appointment=first, by=by, now=now)
    first.refresh_from_db()
    assert first.status == "no_show"


def test_the_database_lets_one_stand_under_a_number(sam: User, course: Course) -> None:
    third = session(course, 3)
    actions.cancel(appointment=third, by=actions.staff(sam), now=NOW)
    again(course, 3, free_after(third), sam)
    with pytest.raises(IntegrityError, match="appointment_session_stands_once"), transaction.atomic():
        Appointment.objects.filter(pk=third.pk).update(status="confirmed")


def test_a_taken_time_and_another_visit_of_the_patient_are_said(sam: User, course: Course) -> None:
    third, fourth = session(course, 3), session(course, 4)
    actions.cancel(appointment=third, by=actions.staff(sam), now=NOW)
    with pytest.raises(SlotTaken):  # the clinician is with session 4
        again(course, 3, fourth.starts_at, sam)
    make_chair("Chair 2")
    across = later(fourth.starts_at, hours=1)
    with pytest.raises(actions.PatientElsewhere) as elsewhere:
        again(course, 3, across, sam)
    assert elsewhere.value.visits == [fourth]
    assert again(course, 3, across, sam, across=[fourth.pk]).starts_at == across


def test_the_review_visit_is_added_once(sam: User, course: Course) -> None:
    at = free_after(session(course, 8))
    visit = again(course, None, at, sam)
    assert (visit.visit_type, visit.course_position) == (course.template.review_type, None)
    with pytest.raises(actions.SessionStands):
        again(course, None, later(at, days=1), sam)


@pytest.mark.parametrize("position", [0, 9])
def test_there_is_no_such_session(sam: User, course: Course, position: int) -> None:
    with pytest.raises(ValueError, match="only one that the course has"):
        again(course, position, free_after(session(course, 8)), sam)


# --- The rest at once
def rest(course: Course) -> list[int]:
    return list(course.appointments.filter(status="confirmed").values_list("pk", flat=True))


def test_all_that_is_left_is_cancelled_with_one_message(sam: User, course: Course) -> None:
    first = session(course, 1)
    actions.complete(appointment=first, by=actions.staff(sam), now=first.ends_at)

    moved = actions.cancel_rest(course=course, seen=rest(course), by=actions.staff(sam), now=first.ends_at)

    assert len(moved) == 7
    assert {visit.status for visit in course.appointments.exclude(pk=first.pk)} == {"cancelled"}
    assert Hold.objects.exclude(appointment=first).count() == 0
    told = Message.objects.filter(appointment__course=course, kind__startswith="c").exclude(kind="course_placed")
    assert [message.kind for message in told] == ["course_cancelled"]
    assert course.appointments.filter(events__verb="cancel").count() == 7


def test_nothing_is_cancelled_where_the_page_showed_others(sam: User, course: Course) -> None:
    seen = rest(course)
    actions.cancel(appointment=session(course, 8), by=actions.staff(sam), now=NOW)
    with pytest.raises(actions.ChangedMeanwhile):
        actions.cancel_rest(course=course, seen=seen, by=actions.staff(sam), now=NOW)
    assert len(rest(course)) == 7


@pytest.mark.django_db(transaction=True)
def test_two_place_it_again_at_once_and_one_does() -> None:
    sam, course = placed()
    third = session(course, 3)
    actions.cancel(appointment=third, by=actions.staff(sam), now=NOW)
    together = Barrier(2)

    def press(hours: int) -> str:
        together.wait()
        try:
            again(course, 3, later(free_after(third), hours=hours), sam)
        except (actions.SessionStands, Busy) as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "placed"

    with ThreadPoolExecutor(2) as pool:
        ends = sorted(pool.map(press, [0, 2]))

    assert ends == ["SessionStands", "placed"]
    assert course.appointments.filter(course_position=3, status="confirmed").count() == 1
