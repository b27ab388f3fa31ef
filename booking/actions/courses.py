"""Placing a course: all its sessions and its review visit, or none of them."""

from datetime import datetime
from uuid import UUID

from booking import availability
from booking.actions.owed import owe_estimate
from booking.actions.steps import hold_for, lock, lock_patient, record, tell
from booking.actions.who import By
from booking.models import Appointment, Clearance, Course, CourseTemplate, Kind, Patient, Status, Verb, VisitType
from booking.slots import Span
from booking.transactions import in_transaction


class CourseClash(Exception):
    """Some of the times can't be had: taken, never offered, or one meets another. Nothing was stored."""

    def __init__(self, starts: list[datetime], review: datetime | None = None) -> None:
        super().__init__(len(starts))
        self.starts = starts  # every session's start that can't be had
        self.review = review  # the review visit's, if it can't


class UsedBefore(Exception):
    """With this page a course of another patient was placed. Nothing was stored."""


class NotCleared(Exception):
    """The patient has not been cleared for this kind of visit. Nothing was stored; staff clear the patient first."""

    def __init__(self, visit_type: VisitType) -> None:
        super().__init__(visit_type.slug)
        self.visit_type = visit_type


def place_course(
    *,
    patient: Patient,
    template: CourseTemplate,
    starts: list[datetime],
    review_start: datetime | None,
    submission_id: UUID,
    by: By,
    now: datetime,
) -> Course:
    """Books every session, numbered in order of time, and the review visit where a start is given for it.

    The patient gets one message for all of it. Raises CourseClash, NotCleared, UsedBefore or Busy. The same
    `submission_id` again gives the course already placed.
    """
    user = by.user
    if user is None or not starts or (review_start and not template.review_type):
        raise ValueError("staff place a course, of one session at least, with a review visit only where there is one")
    kinds = [template.visit_type, *([template.review_type] if template.review_type and review_start else [])]

    def attempt() -> Course:
        lock(sorted({resource for kind in kinds for resource in availability.resources_for(kind)}))
        known = lock_patient(patient)
        earlier = Course.objects.filter(submission_id=submission_id).first()
        if earlier and earlier.patient_id != known.pk:
            raise UsedBefore
        if earlier:
            return earlier
        for kind in kinds:
            if not _is_open_to(known, kind):
                raise NotCleared(kind)
        course = Course.objects.create(
            patient=known,
            template=template,
            sessions=len(starts),
            submission_id=submission_id,
            placed_by=user,
            placed_at=now,
        )
        placed = _place_all(course, sorted(starts), review_start, by=by, now=now)
        tell(placed[0], Kind.COURSE_PLACED, by=by, now=now)
        owe_estimate(placed, now=now)
        return course

    return in_transaction(attempt)


def _is_open_to(patient: Patient, visit_type: VisitType) -> bool:
    if visit_type.open_to != VisitType.OpenTo.CLEARED:
        return True
    return Clearance.objects.filter(patient=patient, visit_type=visit_type).exists()


def _place_all(
    course: Course, starts: list[datetime], review_start: datetime | None, *, by: By, now: datetime
) -> list[Appointment]:
    """Each is looked for after those before it are held, so that they don't stand in each other's way."""
    placed: list[Appointment] = []
    clashes = []
    for position, at in enumerate(starts, start=1):
        session = _place(course, course.template.visit_type, at, position, placed, by=by, now=now)
        if session:
            placed.append(session)
        else:
            clashes.append(at)
    missing = None
    if course.template.review_type and review_start:
        review = _place(course, course.template.review_type, review_start, None, placed, by=by, now=now)
        missing = None if review else review_start
        placed += [review] if review else []
    if clashes or missing:
        raise CourseClash(clashes, missing)
    return placed


def _place(
    course: Course,
    visit_type: VisitType,
    at: datetime,
    position: int | None,
    placed: list[Appointment],
    *,
    by: By,
    now: datetime,
) -> Appointment | None:
    """The visit, booked; None where the time can't be had, or the patient would have to be in two places."""
    rule = visit_type.staff_rule()
    start = availability.start_at(visit_type, at, now=now, rule=rule)
    if start is None or any(_span(other).overlaps(Span(start.at, start.at + rule.stay)) for other in placed):
        return None
    visit = Appointment.objects.create(
        visit_type=visit_type,
        patient=course.patient,
        status=Status.CONFIRMED,
        starts_at=start.at,
        ends_at=start.at + rule.stay,
        created_at=now,
        agreed_at=now,
        course=course,
        course_position=position,
    )
    hold_for(visit, start, rule)
    record(visit, Verb.BOOK, "", by=by, now=now)
    return visit


def _span(visit: Appointment) -> Span:
    return Span(visit.starts_at, visit.ends_at)
