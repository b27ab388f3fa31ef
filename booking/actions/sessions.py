"""A session that was missed or cancelled is placed again; a review visit that was never placed gets its time."""

from collections.abc import Collection
from datetime import datetime

from booking import availability
from booking.actions.by_hand import PatientElsewhere, visits_at
from booking.actions.owed import owe_estimate
from booking.actions.steps import hold_for, lock, lock_patient, record, tell
from booking.actions.who import By
from booking.models import COUNTING, Appointment, Course, Kind, Patient, Status, Verb, VisitType
from booking.slots import Span
from booking.transactions import SlotTaken, in_transaction


class SessionStands(Exception):
    """It is placed already, or took place. Nothing was stored."""

    def __init__(self, visit: Appointment) -> None:
        super().__init__(visit.pk)
        self.visit = visit


def place_session(
    *, course: Course, position: int | None, starts_at: datetime, by: By, now: datetime, across: Collection[int] = ()
) -> Appointment:
    """Books that session of the course, or with no position its review visit; it is confirmed, and the patient is told.

    It has the number of the one that it takes the place of, which stays in the course as it ended. `across` are the
    keys of the patient's visits at that time that staff were shown and mean to book across.

    Raises SessionStands, SlotTaken, PatientElsewhere or Busy.
    """
    kind = kind_of(course, position)
    if by.user is None or kind is None:
        raise ValueError("only staff place a session, and only one that the course has")

    def attempt() -> Appointment:
        lock(availability.resources_for(kind))  # whoever else places it waits here
        known = _lock_patient(course)
        standing = standing_at(course, position)
        if standing:
            raise SessionStands(standing)
        rule = kind.staff_rule()
        start = availability.start_at(kind, starts_at, now=now, rule=rule)
        if start is None:
            raise SlotTaken
        stay = Span(start.at, start.at + rule.stay)
        unseen = [visit for visit in visits_at(known, stay) if visit.pk not in across]
        if unseen:
            raise PatientElsewhere(unseen)
        visit = Appointment.objects.create(
            visit_type=kind,
            patient=known,
            status=Status.CONFIRMED,
            starts_at=stay.start,
            ends_at=stay.end,
            created_at=now,
            agreed_at=now,
            course=course,
            course_position=position,
        )
        hold_for(visit, start, rule)
        record(visit, Verb.BOOK, "", by=by, now=now)
        tell(visit, Kind.CONFIRMED, by=by, now=now)
        owe_estimate([visit], now=now)
        return visit

    return in_transaction(attempt)


def _lock_patient(course: Course) -> Patient:
    """Whose course it is now: records may have been put together or taken apart meanwhile. SlotTaken if it is gone."""
    still = Course.objects.select_related("patient").filter(pk=course.pk)
    while found := still.first():
        known = lock_patient(found.patient)
        if still.filter(patient=known).exists():
            return known
    raise SlotTaken


def kind_of(course: Course, position: int | None) -> VisitType | None:
    """None where the course has no such visit."""
    if position is None:
        return course.template.review_type
    return course.template.visit_type if 1 <= position <= course.sessions else None


def standing_at(course: Course, position: int | None) -> Appointment | None:
    """The visit that stands there, or took place."""
    return course.appointments.filter(course_position=position, status__in=COUNTING).first()
