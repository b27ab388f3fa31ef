"""What patients tell through their own link, what staff settle about a patient, and fresh links."""

from datetime import datetime, timedelta

from django.db.models import F

from booking.actions.requests import Ride
from booking.actions.steps import last_event, lock_appointment, record, tell
from booking.actions.who import By, NotAllowed, TooManyRequests
from booking.models import OPEN, Actor, Appointment, Clearance, Kind, Patient, Verb, VisitType
from booking.transactions import in_transaction
from clinic import throttle

DAY = timedelta(days=1)
FRESH_LINKS_A_DAY = 5  # to one visit's address on file


def tell_ride(*, appointment: Appointment, ride: Ride, sure: bool, by: By, now: datetime) -> Appointment:
    """Who takes the patient home; `sure` that they have agreed to this very time. Raises NotAllowed."""

    def attempt() -> Appointment:
        before = lock_appointment(appointment)
        if before.status not in OPEN or not before.visit_type.needs_ride or now >= before.ends_at:
            raise NotAllowed(before, last_event(before))
        before.ride_name, before.ride_phone = ride.name, ride.phone
        before.ride_confirmed_at = now if sure and ride.name else None
        before.save(update_fields=["ride_name", "ride_phone", "ride_confirmed_at"])
        record(before, Verb.RIDE_SURE if before.ride_confirmed_at else Verb.RIDE, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)


def choose_contact(
    *, appointment: Appointment, contact_by: str, voicemail_ok: bool, plain_messages: bool, by: By, now: datetime
) -> Appointment:
    """How the office may reach the patient, and how much its messages may say."""

    def attempt() -> Appointment:
        before = lock_appointment(appointment)
        patient = before.patient
        patient.contact_by, patient.voicemail_ok, patient.plain_messages = contact_by, voicemail_ok, plain_messages
        patient.save(update_fields=["contact_by", "voicemail_ok", "plain_messages"])
        record(before, Verb.CONTACT, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)


def send_fresh_link(*, appointment: Appointment, by: By, now: datetime) -> None:
    """Mails the present link to the address on file, at once. Raises TooManyRequests beyond a few a day."""

    def attempt() -> None:
        found = lock_appointment(appointment)
        key = throttle.hashed("link", found.public_id)
        if by.actor == Actor.PATIENT and throttle.count(key, window=DAY, now=now) > FRESH_LINKS_A_DAY:
            raise TooManyRequests
        nth = found.messages.filter(kind=Kind.FRESH_LINK).count() + 1
        record(found, Verb.LINK, found.status, by=by, now=now)
        tell(found, Kind.FRESH_LINK, by=by, now=now, occasion=str(nth))

    in_transaction(attempt)


def replace_link(*, appointment: Appointment, by: By, now: datetime) -> None:
    """Closes every link given out before, the calendar feed's too, and mails a fresh one."""

    def attempt() -> None:
        found = lock_appointment(appointment)
        Appointment.objects.filter(pk=found.pk).update(link_version=F("link_version") + 1)
        record(found, Verb.REVOKE, found.status, by=by, now=now)
        nth = found.messages.filter(kind=Kind.FRESH_LINK).count() + 1
        tell(found, Kind.FRESH_LINK, by=by, now=now, occasion=str(nth))

    in_transaction(attempt)


def clear_for(*, patient: Patient, visit_type: VisitType, by: By, now: datetime) -> Clearance:
    """Opens a kind of visit to this patient, through their own link. Done twice it is done once."""
    if by.user is None:
        raise ValueError("only staff clear a patient")
    clearance, _ = Clearance.objects.get_or_create(
        patient=patient, visit_type=visit_type, defaults={"by": by.user, "at": now}
    )
    return clearance


def withdraw_clearance(*, patient: Patient, visit_type: VisitType) -> None:
    """Visits already booked stay."""
    Clearance.objects.filter(patient=patient, visit_type=visit_type).delete()
