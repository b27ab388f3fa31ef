"""What the front desk owes: written with what brings it about, gone with what ends it, ticked off by one."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from booking import actions
from booking.models import Appointment, Course, Patient, Task, VisitType
from tests.booking.courses import make_cleared_patient, make_template, place_course
from tests.booking.factories import (
    NOW,
    START,
    later,
    make_appointment,
    make_chair,
    make_clinician,
    make_details,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db

FRIDAY = later(START, days=2)  # four business days after Monday, November 30


@pytest.fixture
def sam(db: None) -> User:
    return make_staff()


def due_days(**which: Any) -> list[tuple[str, date]]:
    return [(task.kind, task.due_on) for task in Task.objects.open().filter(**which).order_by("due_on", "pk")]


def confirmed(sam: User, *, starts_at: datetime = FRIDAY, now: datetime = NOW, **details: Any) -> Appointment:
    visit = make_appointment(starts_at=starts_at, now=now, **{"insurance": "no", **details})
    return actions.confirm(appointment=visit, by=actions.staff(sam), now=now)


def test_a_request_owes_nothing_until_it_is_confirmed(sam: User) -> None:
    visit = make_appointment(starts_at=FRIDAY, insurance="no")
    assert due_days() == []

    actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)

    assert due_days() == [("estimate", date(2026, 12, 1))]


def test_far_ahead_there_are_three_days_and_nearer_than_three_there_is_none(sam: User) -> None:
    confirmed(sam, starts_at=later(START, days=14))
    confirmed(sam, starts_at=START, email="ben@example.test")

    assert due_days() == [("estimate", date(2026, 12, 3))]


@pytest.mark.parametrize(("insurance", "count"), [("yes", 0), ("no", 1), ("unsure", 1)])
def test_who_uses_insurance_is_owed_none(sam: User, insurance: str, count: int) -> None:
    confirmed(sam, insurance=insurance)

    assert Task.objects.count() == count


def test_what_is_booked_by_hand_or_at_once_owes_it_too(sam: User) -> None:
    make_clinician()
    kind = make_visit_type()
    details = make_details(insurance="no")
    actions.book_visit(
        patient=details, visit_type=kind, starts_at=FRIDAY, submission_id=uuid4(), by=actions.staff(sam), now=NOW
    )
    assert len(due_days()) == 1

    at_once = make_visit_type("at-once", needs_confirmation=False)
    visit = make_appointment(at_once, starts_at=later(FRIDAY, hours=2), insurance="no")

    assert due_days(appointment=visit) == [("estimate", date(2026, 12, 1))]


def test_a_move_brings_an_estimate_about_or_makes_it_due_sooner_and_never_later(sam: User) -> None:
    near = confirmed(sam, starts_at=START)
    far = confirmed(sam, starts_at=later(START, days=14), email="ben@example.test")
    assert due_days() == [("estimate", date(2026, 12, 3))]

    actions.reschedule(appointment=near, starts_at=FRIDAY, by=actions.staff(sam), now=NOW)
    actions.reschedule(appointment=far, starts_at=later(FRIDAY, hours=2), by=actions.staff(sam), now=NOW)
    assert due_days() == [("estimate", date(2026, 12, 1))] * 2

    actions.reschedule(appointment=far, starts_at=later(START, days=21), by=actions.staff(sam), now=NOW)
    assert due_days(appointment=far) == [("estimate", date(2026, 12, 1))]


def test_an_estimate_that_was_given_stays_good_when_the_visit_moves(sam: User) -> None:
    visit = confirmed(sam)
    actions.tick_off(task=visit.tasks.get(), by=actions.staff(sam), now=NOW)

    actions.reschedule(appointment=visit, starts_at=later(START, days=14), by=actions.staff(sam), now=NOW)

    assert Task.objects.count() == 1
    assert due_days() == []


@pytest.mark.parametrize(("verb", "why"), [("cancel", "off"), ("cancel_quietly", "off"), ("miss", "missed")])
def test_a_visit_that_is_off_owes_no_estimate(sam: User, verb: str, why: str) -> None:
    visit = confirmed(sam)
    at = later(FRIDAY, hours=2) if verb == "miss" else NOW

    getattr(actions, verb)(appointment=visit, by=actions.staff(sam), now=at)

    task = visit.tasks.get()
    assert (task.is_open, task.dropped_because, task.dropped_at) == (False, why, at)


def test_what_they_have_asked_for_is_due_by_the_request_and_outlives_the_visit(sam: User) -> None:
    visit = make_appointment(starts_at=START)  # a request, too near for an estimate by itself
    task = actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)
    again = actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=later(NOW, days=1))
    assert (task.pk, due_days()) == (again.pk, [("estimate", date(2026, 12, 3))])

    actions.decline(appointment=visit, by=actions.staff(sam), now=NOW)

    assert due_days() == [("estimate", date(2026, 12, 3))]
    assert [event.verb for event in visit.events.order_by("pk")][1:3] == ["ask_cost", "ask_cost"]
    with pytest.raises(actions.NotAllowed):
        actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)


def test_asked_again_on_the_day_it_was_given_it_is_owed_again(sam: User) -> None:
    visit = make_appointment(starts_at=START)
    for _ in range(2):
        task = actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)
        assert due_days() == [("estimate", date(2026, 12, 3))]
        actions.tick_off(task=task, by=actions.staff(sam), now=NOW)
    assert due_days() == []


# --- Insurance
def correct(patient: Patient, to: str, sam: User, *, now: datetime = NOW, was: str | None = None) -> None:
    was = was or patient.insurance
    actions.correct_insurance(patient=patient, was=was, insurance=to, by=actions.staff(sam), now=now)
    patient.refresh_from_db()


def test_when_insurance_is_corrected_the_tasks_follow(sam: User) -> None:
    visit = confirmed(sam, insurance="unsure")
    patient = visit.patient
    correct(patient, "no", sam, now=later(NOW, days=1))
    assert due_days() == [("estimate", date(2026, 12, 1))]  # as it was while they were not sure

    correct(patient, "yes", sam)
    assert due_days() == []
    assert visit.tasks.get().dropped_because == "insured"

    correct(patient, "no", sam)
    assert due_days() == [("estimate", date(2026, 12, 1))]
    assert [event.verb for event in visit.events.order_by("pk")][-3:] == ["insurance"] * 3


def test_who_corrects_what_somebody_else_has_corrected_is_told(sam: User) -> None:
    patient = confirmed(sam, insurance="unsure").patient
    with pytest.raises(actions.ChangedMeanwhile):
        correct(patient, "yes", sam, was="no")
    patient.refresh_from_db()
    assert patient.insurance == "unsure"


def test_a_slip_about_insurance_loses_nothing_that_was_owed_and_grants_no_time(sam: User) -> None:
    near = make_appointment(starts_at=START, insurance="no", email="bob@example.test")
    actions.ask_for_estimate(appointment=near, by=actions.staff(sam), now=NOW)
    far = confirmed(sam, starts_at=later(FRIDAY, days=14))
    before = due_days()
    assert [kind for kind, _ in before] == ["estimate"] * 2
    for patient in (near.patient, far.patient):
        correct(patient, "yes", sam, now=later(NOW, days=2))
        correct(patient, "no", sam, now=later(NOW, days=2, minutes=1))
    assert due_days() == before


def test_what_was_asked_for_while_insured_and_what_was_owed_before_are_one(sam: User) -> None:
    visit = confirmed(sam, insurance="no")
    correct(visit.patient, "yes", sam)
    actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)
    correct(visit.patient, "no", sam)
    assert due_days() == [("estimate", date(2026, 12, 1))]  # the sooner of the two days


def test_an_estimate_that_was_given_while_insured_is_not_owed_again(sam: User) -> None:
    visit = confirmed(sam, insurance="no")
    correct(visit.patient, "yes", sam)
    asked = actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)
    actions.tick_off(task=asked, by=actions.staff(sam), now=later(NOW, hours=1))
    correct(visit.patient, "no", sam, now=later(NOW, hours=2))
    assert due_days() == []


def test_what_was_asked_for_a_visit_that_is_over_is_not_owed_again(sam: User) -> None:
    visit = confirmed(sam, starts_at=START)
    actions.ask_for_estimate(appointment=visit, by=actions.staff(sam), now=NOW)
    correct(visit.patient, "yes", sam)
    actions.complete(appointment=visit, by=actions.staff(sam), now=visit.ends_at)
    correct(visit.patient, "no", sam, now=later(START, days=300))
    assert due_days() == []


def test_of_a_visit_that_is_off_only_what_was_asked_for_is_owed_again(sam: User) -> None:
    visit = confirmed(sam, insurance="no")
    correct(visit.patient, "yes", sam)
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    correct(visit.patient, "no", sam)
    assert due_days() == []


# --- Courses
@pytest.fixture
def course(sam: User) -> Course:
    make_clinician()
    make_chair()
    template = make_template()
    return place_course(template, make_cleared_patient(template, sam, insurance="no"), sam)


def test_a_course_owes_one_estimate_by_the_earliest_day(sam: User, course: Course) -> None:
    # The first session is tomorrow and asks for none; the second is three business days off.
    [(kind, due)] = due_days()
    assert (kind, due) == ("estimate", date(2026, 12, 1))


def test_it_goes_with_the_last_session_and_not_before(sam: User, course: Course) -> None:
    *sessions, last = course.appointments.order_by("starts_at")
    for session in sessions:
        actions.cancel(appointment=session, by=actions.staff(sam), now=NOW)
    assert len(due_days()) == 1

    actions.cancel(appointment=last, by=actions.staff(sam), now=NOW)
    assert due_days() == []


def test_moving_a_session_adds_none(sam: User, course: Course) -> None:
    actions.tick_off(task=Task.objects.get(), by=actions.staff(sam), now=NOW)
    session = course.appointments.get(course_position=8)
    actions.reschedule(appointment=session, starts_at=later(session.starts_at, days=1), by=actions.staff(sam), now=NOW)
    assert Task.objects.count() == 1


# --- After the visit
def test_a_monitored_visit_that_took_place_owes_its_form(sam: User, course: Course) -> None:
    VisitType.objects.filter(slug="session").update(needs_monitoring_form=True)
    first, second = course.appointments.order_by("starts_at")[:2]
    actions.complete(appointment=first, by=actions.staff(sam), now=first.ends_at)
    actions.miss(appointment=second, by=actions.staff(sam), now=second.ends_at)

    assert due_days(kind="form") == [("form", date(2026, 12, 8))]
    assert first.tasks.get(kind="form").due_on == date(2026, 12, 8)


def test_a_slip_about_who_came_takes_the_form_along(sam: User, course: Course) -> None:
    VisitType.objects.filter(slug="session").update(needs_monitoring_form=True)
    visit = course.appointments.earliest("starts_at")
    for verb, owed in ((actions.complete, 1), (actions.miss, 0), (actions.complete, 1)):
        verb(appointment=visit, by=actions.staff(sam), now=visit.ends_at)
        assert len(due_days(kind="form")) == owed
    assert Task.objects.filter(kind="form").count() == 1


def test_a_slip_about_who_came_loses_no_estimate(sam: User) -> None:
    visit = confirmed(sam)
    before = due_days()
    for verb, owed in ((actions.miss, []), (actions.complete, before)):
        verb(appointment=visit, by=actions.staff(sam), now=visit.ends_at)
        assert due_days() == owed


def test_a_form_whose_tick_is_taken_back_is_not_owed_for_who_did_not_come(sam: User, course: Course) -> None:
    VisitType.objects.filter(slug="session").update(needs_monitoring_form=True)
    visit = course.appointments.earliest("starts_at")
    by, now = actions.staff(sam), visit.ends_at
    actions.complete(appointment=visit, by=by, now=now)
    task = actions.tick_off(task=visit.tasks.get(kind="form"), by=by, now=now)
    actions.miss(appointment=visit, by=by, now=now)
    assert not actions.take_back_tick(task=task, by=by, now=now).is_open


def test_another_kind_owes_no_form(sam: User) -> None:
    visit = confirmed(sam)
    actions.complete(appointment=visit, by=actions.staff(sam), now=visit.ends_at)
    assert due_days(kind="form") == []


# --- Ticking
def test_who_ticks_second_is_told_who_was_first(sam: User) -> None:
    task = confirmed(sam).tasks.get()
    kim = make_staff("kim", "Kim", "Roe")
    actions.tick_off(task=task, by=actions.staff(kim), now=NOW)

    with pytest.raises(actions.TaskSettled) as settled:
        actions.tick_off(task=task, by=actions.staff(sam), now=later(NOW, hours=1))

    assert (settled.value.task.done_by, settled.value.task.done_at) == (kim, NOW)
    assert [event.verb for event in task.appointment.events.order_by("pk")][-1:] == ["told_cost"]


def test_a_tick_is_taken_back_once(sam: User) -> None:
    task = confirmed(sam).tasks.get()
    actions.tick_off(task=task, by=actions.staff(sam), now=NOW)
    actions.take_back_tick(task=task, by=actions.staff(sam), now=NOW)
    assert due_days() == [("estimate", date(2026, 12, 1))]

    with pytest.raises(actions.TaskSettled):
        actions.take_back_tick(task=task, by=actions.staff(sam), now=NOW)
    assert [event.verb for event in task.appointment.events.order_by("pk")][-2:] == ["told_cost", "untold"]


@pytest.mark.parametrize(("then", "why"), [("cancel", "off"), ("miss", "missed"), ("insured", "insured")])
def test_a_tick_taken_back_opens_nothing_that_became_needless(sam: User, then: str, why: str) -> None:
    visit = confirmed(sam)
    task = actions.tick_off(task=visit.tasks.get(), by=actions.staff(sam), now=NOW)
    if then == "insured":
        correct(visit.patient, "yes", sam)
    else:
        at = NOW if then == "cancel" else visit.ends_at
        getattr(actions, then)(appointment=visit, by=actions.staff(sam), now=at)
    task = actions.take_back_tick(task=task, by=actions.staff(sam), now=visit.ends_at)
    assert (task.is_open, task.done_at, task.dropped_because) == (False, None, why)


def test_what_is_no_longer_needed_is_not_ticked_off(sam: User) -> None:
    visit = confirmed(sam)
    task = visit.tasks.get()
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    with pytest.raises(actions.TaskSettled):
        actions.tick_off(task=task, by=actions.staff(sam), now=NOW)


def test_overdue_begins_the_day_after(sam: User) -> None:
    task = confirmed(sam).tasks.get()
    assert list(Task.objects.overdue(task.due_on)) == []
    assert list(Task.objects.overdue(task.due_on + timedelta(days=1))) == [task]
