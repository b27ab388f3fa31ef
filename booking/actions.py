"""The verbs of booking. Each is one transaction: rows, an event, messages; after the commit a worker is nudged.

A verb on an appointment is told who (`by`) and when (`now`). Each returns what happened, and raises one of the
errors named here.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F
from phonenumber_field.phonenumber import PhoneNumber

from booking import availability, outbox
from booking.models import (
    HOLDING,
    MOVES,
    Actor,
    Appointment,
    AppointmentEvent,
    Hold,
    Kind,
    Patient,
    Resource,
    Status,
    Verb,
    VisitType,
    in_time,
)
from booking.slots import Span, Start, chair_span, clinician_span
from booking.transactions import SlotTaken, in_transaction
from clinic import throttle

DAY = timedelta(days=1)
UNSEEN = frozenset({Kind.RECEIVED, Kind.CANCELLED_BY_PATIENT})  # sent without staff having looked


@dataclass(frozen=True)
class By:
    """Who does it. Staff are named; a patient and the system are not users."""

    actor: Actor
    user: User | None = None


PATIENT = By(Actor.PATIENT)
SYSTEM = By(Actor.SYSTEM)


def staff(user: User) -> By:
    return By(Actor.STAFF, user)


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


@dataclass(frozen=True)
class Requested:
    """`created` is False where the same form had been sent before; `same` says whether with the same details."""

    appointment: Appointment
    created: bool
    same: bool = True


class NotAllowed(Exception):
    """The appointment is in a state that the verb does not start from. Nothing was changed."""

    def __init__(self, appointment: Appointment, last: AppointmentEvent | None) -> None:
        super().__init__(appointment.status)
        self.appointment = appointment
        self.last = last  # what has happened instead, and by whom


class TooManyRequests(Exception):
    """More requests in a day from one network than the people behind it need."""


def request_appointment(
    *,
    visit_type: VisitType,
    starts_at: datetime,
    details: Details,
    submission_id: UUID,
    network: str | None,
    now: datetime,
) -> Requested:
    """A visitor asks for a time. The time is held from this moment.

    Raises SlotTaken, TooManyRequests or Busy. The same `submission_id` again gives the request already stored.
    """

    def attempt() -> Requested:
        _lock(availability.resources_for(visit_type))
        earlier = Appointment.objects.filter(submission_id=submission_id).select_related("patient").first()
        if earlier:
            same = (earlier.visit_type_id, earlier.starts_at) == (visit_type.pk, starts_at)
            same = same and _details_of(earlier.patient) == details
            return Requested(earlier, created=False, same=same)
        start = availability.start_at(visit_type, starts_at, now=now)
        if start is None:
            raise SlotTaken
        _count_request(network, now=now)
        appointment = _store_request(visit_type, start, details, submission_id, now=now)
        _record(appointment, Verb.REQUEST, "", by=PATIENT, now=now)
        _tell(appointment, Kind.RECEIVED, now=now)
        _tell(appointment, Kind.STAFF_NEW_REQUEST, now=now)
        return Requested(appointment, created=True)

    return in_transaction(attempt)


def confirm(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """Staff agree to the visit; the patient is told, with a calendar file."""
    return _move_and_tell(appointment, Verb.CONFIRM, Kind.CONFIRMED, by=by, now=now)


def decline(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """Staff can't offer the visit; its time is free again and the patient is told the way on."""
    return _move_and_tell(appointment, Verb.DECLINE, Kind.DECLINED, by=by, now=now)


def cancel(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The visit will not take place; its time is free again. The other side is told, and the one who did it."""
    if by.actor == Actor.PATIENT:
        kinds = (Kind.CANCELLED_BY_PATIENT, Kind.STAFF_CANCELLED)
        return _move_and_tell(appointment, Verb.CANCEL, *kinds, by=by, now=now)
    return _move_and_tell(appointment, Verb.CANCEL, Kind.CANCELLED_BY_PRACTICE, by=by, now=now)


def complete(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The visit took place."""
    return _move_and_tell(appointment, Verb.COMPLETE, by=by, now=now)


def miss(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The patient did not come."""
    return _move_and_tell(appointment, Verb.MISS, by=by, now=now)


def block_time(*, resource: Resource, span: Span, reason: str) -> Hold:
    """Keeps a time from being offered. Raises SlotTaken where a visit or another block stands in the way."""

    def attempt() -> Hold:
        _lock([resource.pk])
        return Hold.objects.create(resource=resource, period=DateTimeTZRange(span.start, span.end), reason=reason)

    return in_transaction(attempt, tells=False)


def _lock(resource_ids: list[int]) -> None:
    """Takes the resources' rows; whoever comes second waits here and reads what the first has written."""
    list(Resource.objects.filter(pk__in=resource_ids).locked().values_list("pk", flat=True))


def _count_request(network: str | None, *, now: datetime) -> None:
    """Only stored requests count: with a rollback the count goes too."""
    if network is None:
        return
    if throttle.count(throttle.hashed("book", network), window=DAY, now=now) > settings.BOOKING_LIMIT_PER_NETWORK:
        raise TooManyRequests


def _tell(appointment: Appointment, kind: Kind, *, now: datetime) -> None:
    """Puts a message into the outbox.

    What goes out before staff have looked goes to an address that may be somebody else's: beyond a few a day it is
    stored and withheld. The visitor sees no difference, so that nothing tells whether anybody else has asked with
    this address.
    """
    withheld = ""
    if kind in UNSEEN:
        mailbox, _, domain = appointment.patient.email.partition("@")
        address = f"{mailbox.partition('+')[0]}@{domain}"
        if throttle.count(throttle.hashed("mail", address), window=DAY, now=now) > settings.UNSEEN_MAIL_PER_ADDRESS:
            withheld = "too many today for this address"
    outbox.write(appointment, kind, now=now, withheld=withheld)


def _store_request(
    visit_type: VisitType, start: Start, details: Details, submission_id: UUID, *, now: datetime
) -> Appointment:
    rule = visit_type.rule()
    patient = Patient.objects.create(
        name=details.name,
        email=details.email,
        phone=details.phone,
        contact_by=details.contact_by,
        voicemail_ok=details.voicemail_ok,
        standing=details.standing,
        insurance=details.insurance,
        needs=details.needs,
        created_at=now,
    )
    appointment = Appointment.objects.create(
        submission_id=submission_id,
        visit_type=visit_type,
        patient=patient,
        starts_at=start.at,
        ends_at=start.at + rule.stay,
        created_at=now,
    )
    _hold(appointment, start.clinician, clinician_span(start.at, rule))
    if start.chair is not None:
        chair = Resource.objects.get(pk=start.chair)
        _hold(appointment, start.chair, chair_span(start.at, rule, chair.as_chair()))
    return appointment


def _hold(appointment: Appointment, resource_id: int, span: Span) -> None:
    Hold.objects.create(resource_id=resource_id, period=DateTimeTZRange(span.start, span.end), appointment=appointment)


def _details_of(patient: Patient) -> Details:
    return Details(
        name=patient.name,
        email=patient.email,
        phone=patient.phone,
        contact_by=patient.contact_by,
        voicemail_ok=patient.voicemail_ok,
        standing=patient.standing,
        insurance=patient.insurance,
        needs=list(patient.needs),
    )


def _move_and_tell(appointment: Appointment, verb: Verb, *kinds: Kind, by: By, now: datetime) -> Appointment:
    def attempt() -> Appointment:
        moved = _move(appointment, verb, by=by, now=now)
        for kind in kinds:
            _tell(moved, kind, now=now)
        return moved

    return in_transaction(attempt, tells=bool(kinds))


def _move(appointment: Appointment, verb: Verb, *, by: By, now: datetime) -> Appointment:
    """Every change of state: a guarded update of exactly one row, its event, and the release of its time.

    Of two who press at once one changes the row; the other's update finds another state and is told of it. A patient
    moves nothing that has begun.
    """
    origins, target = MOVES[verb]
    before = Appointment.objects.select_for_update(no_key=True).get(pk=appointment.pk)
    begun = now >= before.starts_at
    if not in_time(verb, begun=begun) or (by.actor == Actor.PATIENT and begun):
        raise NotAllowed(before, _last_event(before))
    in_calendar = before.status == Status.CONFIRMED
    changed = Appointment.objects.filter(pk=before.pk, status__in=origins).update(
        status=target, version=F("version") + 1, sequence=F("sequence") + (1 if in_calendar else 0)
    )
    if changed != 1:
        raise NotAllowed(before, _last_event(before))
    moved = Appointment.objects.select_related("visit_type", "patient").get(pk=before.pk)
    _record(moved, verb, before.status, by=by, now=now)
    if target not in HOLDING:
        moved.holds.all().delete()
    return moved


def _record(appointment: Appointment, verb: Verb, from_status: str, *, by: By, now: datetime) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        verb=verb,
        from_status=from_status,
        to_status=appointment.status,
        by=by.actor,
        user=by.user,
        at=now,
    )


def _last_event(appointment: Appointment) -> AppointmentEvent | None:
    return appointment.events.select_related("user").order_by("-at", "-pk").first()
