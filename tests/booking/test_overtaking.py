"""One verb meets another that is just about to be stored: it waits where it must, and sees what has come of it."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client

from booking import actions
from booking.actions import Shown
from booking.actions.steps import lock_appointment
from booking.models import Appointment, Hold, Merge, Patient, Resource, VisitType
from booking.slots import Span, left_of
from booking.transactions import SlotTaken
from clinic.records.erasing import erase
from tests.booking.admin.pages import flashes
from tests.booking.courses import make_cleared_patient, make_template, place_course
from tests.booking.factories import (
    NOW,
    START,
    later,
    make_appointment,
    make_chair,
    make_clinician,
    make_staff,
    make_visit_type,
)

pytestmark = pytest.mark.django_db(transaction=True)

TWO = later(START, hours=2)


def overtake(first: Callable[[], object], second: Callable[[], Any]) -> Any:
    """What `second` comes to, begun once `first` is done and not yet stored: its result or its exception."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(second())
        except Exception as error:  # what it is, the test says
            outcome.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        while thread.is_alive() and not _is_waiting():
            thread.join(0.01)
    thread.join()
    return outcome[0]


def _is_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def put_together(stays: Patient, other: Patient, sam: User) -> Merge:
    stays, other = (Patient.objects.get(pk=one.pk) for one in (stays, other))
    was = (Shown.of(stays), Shown.of(other))
    return actions.merge_records(stays=stays, other=other, was=was, chosen=set(), by=actions.staff(sam), now=NOW)


@pytest.fixture
def sam() -> User:
    return make_staff()


@pytest.mark.parametrize("is_moving", [False, True])
def test_a_visit_whose_record_is_put_together_meanwhile_is_found(sam: User, is_moving: bool) -> None:
    ana, visit = make_appointment().patient, make_appointment(starts_at=TWO)

    def patient_acts() -> Appointment:
        if is_moving:
            start = later(START, hours=4)
            return actions.reschedule(appointment=visit, starts_at=start, by=actions.PATIENT, now=NOW)
        return actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)

    moved = overtake(lambda: put_together(ana, visit.patient, sam), patient_acts)

    assert moved.patient == ana


def test_a_session_placed_while_the_record_is_put_together_goes_to_the_one_that_stays(sam: User) -> None:
    make_chair()
    ana = make_appointment().patient
    template = make_template()
    course = place_course(template, make_cleared_patient(template, sam), sam)
    third = course.appointments.get(course_position=3)
    actions.cancel(appointment=third, by=actions.staff(sam), now=NOW)
    start, by = later(third.starts_at, days=1), actions.staff(sam)

    placed = overtake(
        lambda: put_together(ana, course.patient, sam),
        lambda: actions.place_session(course=course, position=3, starts_at=start, by=by, now=NOW),
    )

    assert placed.patient == ana
    assert set(Appointment.objects.values_list("patient", flat=True)) == {ana.pk}


def test_a_session_of_a_record_that_is_gone_can_not_be_placed(sam: User) -> None:
    make_chair()
    make_clinician()
    template = make_template()
    course = place_course(template, make_cleared_patient(template, sam), sam)
    by = actions.staff(sam)
    left = [visit.pk for visit in course.appointments.all()]
    actions.cancel_rest(course=course, seen=left, by=by, now=NOW)
    course = type(course).objects.select_related("patient", "template__visit_type").get()
    erase(patient=course.patient, reason="asked", by=sam, now=NOW)

    with pytest.raises(SlotTaken):
        actions.place_session(course=course, position=3, starts_at=START, by=by, now=NOW)


@pytest.mark.parametrize("last", ["keep/", "stop-keeping/", "clear/{kind}/", "withdraw/{kind}/"])
def test_a_record_erased_under_an_open_page_is_said_to_be_gone(sam: User, client: Client, last: str) -> None:
    visit = make_appointment()
    kind = make_visit_type("monitored", open_to=VisitType.OpenTo.CLEARED)
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    client.force_login(User.objects.create_superuser("chief", password="correct horse battery"))
    page = f"/admin/booking/patient/{visit.patient_id}/{last.format(kind=kind.pk)}"

    response = overtake(
        lambda: erase(patient=visit.patient, reason="asked", by=sam, now=NOW),
        lambda: client.post(page, {"because": "Letter"}),
    )

    assert [told for _level, told in flashes(response)] == [
        "This record has been removed meanwhile. Nothing was changed."
    ]


def test_what_is_said_of_a_part_is_said_of_the_whole(sam: User) -> None:
    """Somebody else puts the two together while the page of the one is open."""
    kind = make_visit_type("monitored", open_to=VisitType.OpenTo.CLEARED)
    ana, part = make_appointment().patient, make_appointment(starts_at=TWO).patient
    by = actions.staff(sam)
    actions.clear_for(patient=part, visit_type=kind, by=by, now=NOW)
    put_together(ana, part, sam)

    with pytest.raises(actions.ChangedMeanwhile):
        actions.correct_insurance(patient=part, was="unsure", insurance="yes", by=by, now=NOW)
    assert actions.withdraw_clearance(patient=part, visit_type=kind)


def test_two_sessions_of_a_course_leave_without_waiting_for_each_other(sam: User) -> None:
    """Each is locked before the task that they share; so nobody who has that task may wait for a visit."""
    make_chair()
    make_clinician()
    template = make_template()
    course = place_course(template, make_cleared_patient(template, sam), sam)
    first, third = (course.appointments.get(course_position=number) for number in (1, 3))

    with transaction.atomic():
        lock_appointment(first)
        done: list[Appointment] = []

        def cancel() -> None:
            try:
                done.append(actions.cancel(appointment=third, by=actions.staff(sam), now=NOW))
            finally:
                connection.close()

        thread = threading.Thread(target=cancel)
        thread.start()
        while thread.is_alive() and not _is_waiting():
            thread.join(0.01)
        is_done = bool(done)
    thread.join()

    assert is_done


def test_a_page_of_the_part_keeps_apart_from_the_visits_of_the_whole(sam: User) -> None:
    make_clinician()
    make_clinician("Dr. Two")
    ana, part = make_appointment().patient, make_appointment(starts_at=TWO).patient
    put_together(ana, part, sam)

    with pytest.raises(SlotTaken):
        actions.request_another(
            patient=part,  # as it was loaded before
            visit_type=VisitType.objects.get(),
            starts_at=START,
            ride=actions.NO_RIDE,
            submission_id=uuid4(),
            network=None,
            now=NOW,
        )


def test_one_more_visit_is_theirs_whose_link_it_was_once_records_are_taken_apart(sam: User) -> None:
    make_clinician()
    ana, visit = make_appointment().patient, make_appointment(starts_at=TWO)
    merge = put_together(ana, visit.patient, sam)
    shown = Patient.objects.get(pk=ana.pk)  # whose the visit is on the page that they have before them
    actions.take_apart(merge=merge, was=Shown.of(shown), by=actions.staff(sam), now=NOW)

    asked = actions.request_another(
        patient=shown,
        visit_type=VisitType.objects.get(),
        starts_at=later(START, hours=4),
        ride=actions.NO_RIDE,
        submission_id=uuid4(),
        network=None,
        now=NOW,
        through=visit,
    )

    assert asked.appointment.patient_id == visit.patient_id != ana.pk


# --- Clearing time ------------------------------------------------------------------------------------------------
MORNING = Span(later(START, hours=-1), later(START, hours=3))


def cancels(visit: Appointment) -> object:
    return actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)


def closes(sam: User) -> object:
    resources = list(Resource.objects.all())
    return actions.close_time(resources=resources, span=MORNING, reason="Conference", by=actions.staff(sam), now=NOW)


def test_of_time_that_is_cleared_while_a_visit_leaves_nothing_is_left_free(sam: User) -> None:
    visit = make_appointment()

    overtake(lambda: cancels(visit), lambda: closes(sam))

    assert left_of(MORNING, [hold.span for hold in Hold.objects.all()]) == []
