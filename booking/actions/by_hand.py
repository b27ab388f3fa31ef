"""Booking by hand: staff agree on a visit with somebody on the phone, and it stands at once."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from booking import availability
from booking.actions.owed import owe_estimate
from booking.actions.requests import Details, Requested, patient_of, tells_same
from booking.actions.steps import hold_for, lock, lock_patient, record, tell
from booking.actions.who import By
from booking.models import COUNTING, Appointment, Kind, Patient, Status, Verb, VisitType
from booking.slots import Span
from booking.transactions import SlotTaken, in_transaction


class PatientElsewhere(Exception):
    """The patient has another visit at that time, which staff were not shown. Nothing was stored."""

    def __init__(self, visits: list[Appointment]) -> None:
        super().__init__(len(visits))
        self.visits = visits


def book_visit(
    *,
    patient: Patient | Details,
    visit_type: VisitType,
    starts_at: datetime,
    submission_id: UUID,
    by: By,
    now: datetime,
    across: Collection[int] = (),
) -> Requested:
    """Staff book a visit for a patient who is known, or for a new one. It is confirmed, and the patient is told.

    Notice and horizon do not bind staff, and a kind that needs a clearance is theirs to give. `across` are the keys of
    the patient's visits at that time that staff were shown and mean to book across.

    Raises SlotTaken, PatientElsewhere or Busy. The same `submission_id` again gives the visit already booked.
    """
    if by.user is None:
        raise ValueError("only staff book by hand")

    def attempt() -> Requested:
        lock(availability.resources_for(visit_type))  # every booking and move takes them: nothing changes meanwhile
        earlier = Appointment.objects.filter(submission_id=submission_id).select_related("patient").first()
        if earlier:
            same = (earlier.visit_type_id, earlier.starts_at) == (visit_type.pk, starts_at)
            return Requested(earlier, created=False, same=same and _is_for(earlier.patient, patient))
        known = patient if isinstance(patient, Details) else lock_patient(patient)
        start = availability.start_at(visit_type, starts_at, now=now, rule=visit_type.staff_rule())
        if start is None:
            raise SlotTaken
        stay = Span(start.at, start.at + visit_type.rule().stay)
        if isinstance(known, Patient):
            unseen = [visit for visit in visits_at(known, stay) if visit.pk not in across]
            if unseen:
                raise PatientElsewhere(unseen)
        visit = Appointment.objects.create(
            submission_id=submission_id,
            visit_type=visit_type,
            patient=known if isinstance(known, Patient) else patient_of(known, now=now),
            status=Status.CONFIRMED,
            starts_at=stay.start,
            ends_at=stay.end,
            created_at=now,
            agreed_at=now,
        )
        hold_for(visit, start, visit_type.rule())
        record(visit, Verb.BOOK, "", by=by, now=now)
        tell(visit, Kind.CONFIRMED, by=by, now=now)
        owe_estimate([visit], now=now)
        return Requested(visit, created=True)

    return in_transaction(attempt)


def visits_at(patient: Patient, span: Span) -> list[Appointment]:
    """The patient's own visits that would overlap with one at that time."""
    visits = Appointment.objects.filter(patient=patient, status__in=COUNTING, starts_at__lt=span.end)
    return list(visits.filter(ends_at__gt=span.start).select_related("visit_type").order_by("starts_at", "pk"))


def _is_for(found: Patient, patient: Patient | Details) -> bool:
    return found == patient if isinstance(patient, Patient) else tells_same(found, patient)
