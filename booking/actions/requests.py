"""Asking for a visit: by a visitor, or by a patient through their own link."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings
from phonenumber_field.phonenumber import PhoneNumber

from booking import availability
from booking.actions.owed import owe_estimate
from booking.actions.steps import DAY, hold_for, lock, lock_patient, record, tell
from booking.actions.who import PATIENT, SYSTEM, TooManyRequests
from booking.models import Appointment, Kind, Patient, Status, Verb, VisitType
from booking.transactions import SlotTaken, in_transaction
from clinic import throttle


@dataclass(frozen=True)
class Ride:
    """Who takes the patient home. Empty where that is not known yet."""

    name: str = ""
    phone: PhoneNumber | str = ""


NO_RIDE = Ride()


@dataclass(frozen=True)
class Details:
    """What a visitor tells about themself."""

    name: str
    email: str
    phone: PhoneNumber
    contact_by: str
    voicemail_ok: bool
    standing: str
    insurance: str
    needs: list[str] = field(default_factory=list)
    plain_messages: bool = False


@dataclass(frozen=True)
class Requested:
    """`created` is False where the same form had been sent before; `same` says whether with the same details."""

    appointment: Appointment
    created: bool
    same: bool = True


def request_appointment(
    *,
    visit_type: VisitType,
    starts_at: datetime,
    details: Details,
    submission_id: UUID,
    network: str | None,
    now: datetime,
    ride: Ride = NO_RIDE,
) -> Requested:
    """A visitor asks for a time. The time is held from this moment; a kind that needs no answer is booked at once.

    Raises SlotTaken, TooManyRequests or Busy. The same `submission_id` again gives the request already stored.
    """

    def is_same(earlier: Appointment) -> bool:
        return tells_same(earlier.patient, details) and _ride_of(earlier) == ride

    def patient() -> Patient:
        return patient_of(details, now=now)

    return _request(
        visit_type, starts_at, ride, submission_id, is_same=is_same, patient=patient, network=network, now=now
    )


def request_another(
    *,
    patient: Patient,
    visit_type: VisitType,
    starts_at: datetime,
    ride: Ride,
    submission_id: UUID,
    network: str | None,
    now: datetime,
    through: Appointment | None = None,
) -> Requested:
    """A patient asks for one more visit through their own link, of a kind that is open to them.

    `through` is the visit of the link: it says whose the request is, should records be taken apart meanwhile.
    Raises SlotTaken, TooManyRequests or Busy, and VisitType.DoesNotExist where the kind is not open to them.
    """

    def is_same(earlier: Appointment) -> bool:
        return earlier.patient_id == patient.pk and _ride_of(earlier) == ride

    def known() -> Patient:
        found = _lock_whose(through) if through else lock_patient(patient)
        VisitType.objects.offered_to(found).get(pk=visit_type.pk)
        return found

    return _request(
        visit_type,
        starts_at,
        ride,
        submission_id,
        is_same=is_same,
        patient=known,
        is_known=True,
        network=network,
        now=now,
    )


def _lock_whose(visit: Appointment) -> Patient:
    """Whose visit it is now. Raises SlotTaken where it has been removed."""
    while patient := Patient.objects.filter(appointments=visit.pk).first():
        found = lock_patient(patient)
        if Appointment.objects.filter(pk=visit.pk, patient=found).exists():
            return found
    raise SlotTaken


def _request(
    visit_type: VisitType,
    starts_at: datetime,
    ride: Ride,
    submission_id: UUID,
    *,
    is_same: Callable[[Appointment], bool],
    patient: Callable[[], Patient],
    network: str | None,
    now: datetime,
    is_known: bool = False,
) -> Requested:
    """It must not clash with the other visits of a patient who `is_known` already: the record as it stands now."""

    def attempt() -> Requested:
        lock(availability.resources_for(visit_type))
        earlier = Appointment.objects.filter(submission_id=submission_id).select_related("patient").first()
        if earlier:
            same = (earlier.visit_type_id, earlier.starts_at) == (visit_type.pk, starts_at)
            return Requested(earlier, created=False, same=same and is_same(earlier))
        whose = patient() if is_known else None
        start = availability.start_at(visit_type, starts_at, now=now, patient=whose)
        if start is None:
            raise SlotTaken
        _count_request(network, now=now)
        rule = visit_type.rule()
        appointment = Appointment.objects.create(
            submission_id=submission_id,
            visit_type=visit_type,
            patient=whose or patient(),
            status=Status.REQUESTED if visit_type.needs_confirmation else Status.CONFIRMED,
            starts_at=start.at,
            ends_at=start.at + rule.stay,
            created_at=now,
            agreed_at=None if visit_type.needs_confirmation else now,
            ride_name=ride.name,
            ride_phone=ride.phone,
        )
        hold_for(appointment, start, rule)
        _record_and_tell(appointment, now=now)
        owe_estimate([appointment], now=now)
        return Requested(appointment, created=True)

    return in_transaction(attempt)


def _record_and_tell(appointment: Appointment, *, now: datetime) -> None:
    record(appointment, Verb.REQUEST, "", by=PATIENT, now=now)
    if appointment.status == Status.CONFIRMED:
        record(appointment, Verb.CONFIRM, Status.REQUESTED, by=SYSTEM, now=now)
        tell(appointment, Kind.CONFIRMED, by=PATIENT, now=now)
    else:
        tell(appointment, Kind.RECEIVED, by=PATIENT, now=now)
        tell(appointment, Kind.STAFF_NEW_REQUEST, by=PATIENT, now=now)


def _count_request(network: str | None, *, now: datetime) -> None:
    """Only stored requests count: with a rollback the count goes too."""
    if network is None:
        return
    if throttle.count(throttle.hashed("book", network), window=DAY, now=now) > settings.BOOKING_LIMIT_PER_NETWORK:
        raise TooManyRequests


def patient_of(details: Details, *, now: datetime) -> Patient:
    """A new row, whoever else is on record."""
    return Patient.objects.create(
        name=details.name,
        email=details.email,
        phone=details.phone,
        contact_by=details.contact_by,
        voicemail_ok=details.voicemail_ok,
        plain_messages=details.plain_messages,
        standing=details.standing,
        insurance=details.insurance,
        needs=details.needs,
        created_at=now,
    )


def tells_same(patient: Patient, details: Details) -> bool:
    """Whether the row holds just these details."""
    return details == Details(
        name=patient.name,
        email=patient.email,
        phone=patient.phone,
        contact_by=patient.contact_by,
        voicemail_ok=patient.voicemail_ok,
        plain_messages=patient.plain_messages,
        standing=patient.standing,
        insurance=patient.insurance,
        needs=list(patient.needs),
    )


def _ride_of(appointment: Appointment) -> Ride:
    return Ride(appointment.ride_name, appointment.ride_phone or "")
