"""What patients tell through their own link, what staff settle about a patient, and fresh links."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from phonenumber_field.phonenumber import PhoneNumber

from booking.actions.flood import check_flood, is_repeated
from booking.actions.requests import Ride
from booking.actions.steps import last_event, lock_appointment, lock_patient, record, tell
from booking.actions.who import By, NotAllowed, TooManyRequests
from booking.models import OPEN, Actor, Appointment, Clearance, Kind, Patient, Verb, VisitType
from booking.transactions import in_transaction
from clinic import throttle

DAY = timedelta(days=1)
FRESH_LINKS_A_DAY = 5  # to one visit's address on file


class ChangedMeanwhile(Exception):
    """Somebody else has changed it since it was shown. Nothing was changed."""


@dataclass(frozen=True)
class Contact:
    """How a patient is reached."""

    name: str
    email: str
    phone: PhoneNumber
    contact_by: str
    voicemail_ok: bool
    plain_messages: bool

    @classmethod
    def of(cls, patient: Patient) -> "Contact":
        return cls(
            name=patient.name,
            email=patient.email,
            phone=patient.phone,
            contact_by=patient.contact_by,
            voicemail_ok=patient.voicemail_ok,
            plain_messages=patient.plain_messages,
        )


def tell_ride(
    *, appointment: Appointment, ride: Ride, sure: bool, by: By, now: datetime, for_start: datetime | None = None
) -> Appointment:
    """Who takes the patient home; `sure` that they have agreed to this very time, the one they were shown.

    Raises NotAllowed, TooManyRequests, and ChangedMeanwhile where they are sure of a time that the visit no longer has.
    """

    def attempt() -> Appointment:
        before = lock_appointment(appointment, by)
        if before.status not in OPEN or not before.visit_type.needs_ride or now >= before.ends_at:
            raise NotAllowed(before, last_event(before))
        if sure and for_start and before.starts_at != for_start:
            raise ChangedMeanwhile
        is_sure = sure and bool(ride.name)
        verb = Verb.RIDE_SURE if is_sure else Verb.RIDE
        told = (before.ride_name, before.ride_phone or "", before.ride_confirmed_at is not None)
        if told == (ride.name, ride.phone, is_sure) and is_repeated(before, verb, by):
            return before
        check_flood(before, by, now=now)
        before.ride_name, before.ride_phone = ride.name, ride.phone
        before.ride_confirmed_at = now if is_sure else None
        before.save(update_fields=["ride_name", "ride_phone", "ride_confirmed_at"])
        record(before, verb, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)


def choose_contact(
    *, appointment: Appointment, contact_by: str, voicemail_ok: bool, plain_messages: bool, by: By, now: datetime
) -> Appointment:
    """How the office may reach the patient, and how much its messages may say. Raises TooManyRequests."""
    chosen = (contact_by, voicemail_ok, plain_messages)

    def attempt() -> Appointment:
        before = lock_appointment(appointment, by)
        patient = before.patient
        if (patient.contact_by, patient.voicemail_ok, patient.plain_messages) == chosen and is_repeated(
            before, Verb.CONTACT, by
        ):
            return before
        check_flood(before, by, now=now)
        patient.contact_by, patient.voicemail_ok, patient.plain_messages = chosen
        patient.save(update_fields=["contact_by", "voicemail_ok", "plain_messages"])
        record(before, Verb.CONTACT, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)


def correct_contact(*, patient: Patient, was: Contact, contact: Contact, by: By, now: datetime) -> Patient:
    """Staff set right how a patient is reached. Raises ChangedMeanwhile where it is no longer as it `was` shown.

    With another e-mail address every link given out before closes, those to visits long past too: the old address may
    be a stranger's. The new one gets a fresh link to each visit that is still to come, of a course to the next alone.
    What waits in the outbox goes to the new address by itself.
    """

    def attempt() -> Patient:
        visits = Appointment.objects.filter(patient=patient).order_by("pk")
        list(visits.select_for_update(no_key=True).values_list("pk", flat=True))
        # Holds off visits that are just being booked.
        found = Patient.objects.select_for_update().filter(pk=patient.pk).first()
        if found is None or found.merged_into_id or Contact.of(found) != was:
            raise ChangedMeanwhile
        if contact == was:
            return found
        for name, value in asdict(contact).items():
            setattr(found, name, value)
        found.save(update_fields=list(asdict(contact)))
        for visit in visits:
            if visit.status in OPEN:
                record(visit, Verb.CONTACT, visit.status, by=by, now=now)
        if contact.email != was.email:
            close_links(visits, by=by, now=now)
            for visit in needing_link(patient=found, now=now):
                mail_link(visit, by=by, now=now)
        return found

    return in_transaction(attempt)


def needing_link(*, patient: Patient, now: datetime) -> list[Appointment]:
    """The visits to come of which a patient who has no link needs one; of a course the next alone."""
    to_come = Appointment.objects.filter(patient=patient, status__in=OPEN, starts_at__gt=now)
    visits, courses = [], set()
    for visit in to_come.select_related("patient").order_by("starts_at", "pk"):
        if visit.course_id is None or visit.course_id not in courses:
            visits.append(visit)
            courses.add(visit.course_id)
    return visits


def send_fresh_link(*, appointment: Appointment, by: By, now: datetime) -> None:
    """Mails the present link to the address on file, at once. Raises TooManyRequests beyond a few a day."""

    def attempt() -> None:
        found = lock_appointment(appointment, by)
        key = throttle.hashed("link", found.public_id)
        if by.actor == Actor.PATIENT and throttle.count(key, window=DAY, now=now) > FRESH_LINKS_A_DAY:
            raise TooManyRequests
        record(found, Verb.LINK, found.status, by=by, now=now)
        mail_link(found, by=by, now=now)

    in_transaction(attempt)


def replace_link(*, appointment: Appointment, by: By, now: datetime) -> None:
    """Closes every link that the patient was given, the calendar feeds' too, and mails fresh ones.

    To all of their visits: each session of a course leads to the others, and each feed shows them all.
    """

    def attempt() -> None:
        visits = Appointment.objects.filter(patient=appointment.patient_id).order_by("pk")
        list(visits.select_for_update(no_key=True).values_list("pk", flat=True))
        found = lock_appointment(appointment, by)
        close_links(visits, by=by, now=now)
        to_come = needing_link(patient=found.patient, now=now)
        for visit in {visit.pk: visit for visit in [found, *to_come]}.values():
            mail_link(visit, by=by, now=now)

    in_transaction(attempt)


def close_links(visits: QuerySet[Appointment], *, by: By, now: datetime) -> None:
    """The visits' rows are locked."""
    visits.update(link_version=F("link_version") + 1)
    for visit in visits.order_by("pk"):
        record(visit, Verb.REVOKE, visit.status, by=by, now=now)


def mail_link(appointment: Appointment, *, by: By, now: datetime) -> None:
    nth = appointment.messages.filter(kind=Kind.FRESH_LINK).count() + 1
    tell(appointment, Kind.FRESH_LINK, by=by, now=now, occasion=str(nth))


def clear_for(*, patient: Patient, visit_type: VisitType, by: By, now: datetime) -> Clearance:
    """Opens a kind of visit to this patient, through their own link. Done twice it is done once."""
    if by.user is None:
        raise ValueError("only staff clear a patient")
    given = {"by": by.user, "at": now}

    def attempt() -> Clearance:
        found = lock_patient(patient)
        return Clearance.objects.get_or_create(patient=found, visit_type=visit_type, defaults=given)[0]

    return in_transaction(attempt, tells=False)


def withdraw_clearance(*, patient: Patient, visit_type: VisitType) -> bool:
    """Visits already booked stay. False where there was none to withdraw."""

    def attempt() -> bool:
        deleted, _ = Clearance.objects.filter(patient=lock_patient(patient), visit_type=visit_type).delete()
        return deleted > 0

    return in_transaction(attempt, tells=False)
