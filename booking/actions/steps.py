"""The steps that the verbs are made of. Each runs inside the verb's own transaction."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, QuerySet

from booking import outbox, when
from booking.actions import owed
from booking.actions.closed import keep_closed
from booking.actions.who import By, NotAllowed, TooLate
from booking.models import (
    HOLDING,
    MOVES,
    OPEN,
    Actor,
    Appointment,
    AppointmentEvent,
    EarlierRequest,
    FreedTime,
    Hold,
    Kind,
    Offer,
    Patient,
    Reason,
    Resource,
    Status,
    Verb,
    VisitType,
    in_time,
)
from booking.slots import Busy, Rule, Start, chair_span, clinician_span
from booking.text import one_mailbox
from booking.transactions import SlotTaken
from clinic import throttle

DAY = timedelta(days=1)


def lock(resource_ids: list[int]) -> None:
    """Takes the resources' rows; whoever comes second waits here and reads what the first has written."""
    list(Resource.objects.filter(pk__in=resource_ids).locked().values_list("pk", flat=True))


def lock_appointment(appointment: Appointment, by: By | None = None) -> Appointment:
    """The row as it stands now, kept from changing until the end. Taken after resources and before offers.

    Raises NotAllowed where something has happened since `by` looked.
    """
    rows = Appointment.objects.select_related("visit_type", "patient").select_for_update(no_key=True, of=("self",))
    # Postgres drops a row that came to another record while we waited: it is joined to the one it was read with.
    found = rows.filter(pk=appointment.pk).first() or rows.get(pk=appointment.pk)
    if by and by.seen is not None:
        newest = found.events.select_related("user").order_by("-pk").first()
        if newest and newest.pk != by.seen:
            raise NotAllowed(found, newest)
    return found


def lock_patient(patient: Patient) -> Patient:
    """The record that stands for this person now, which nobody puts together with another until the end.

    Taken after the resources. Raises SlotTaken where the record has been removed meanwhile.
    """
    key = patient.pk
    while found := Patient.objects.select_for_update(no_key=True).filter(pk=key).first():
        if found.merged_into_id is None:
            return found
        key = found.merged_into_id
    raise SlotTaken


def hold_for(appointment: Appointment, start: Start, rule: Rule, *, offer: Offer | None = None) -> None:
    """Takes the clinician for their part and the chair for the stay; for an `offer`, in its name only."""
    for part in parts_of(start, rule):
        Hold.objects.create(
            resource_id=part.resource,
            period=DateTimeTZRange(part.span.start, part.span.end),
            appointment=None if offer else appointment,
            offer=offer,
            reason="offered to a patient" if offer else "",
        )


def parts_of(start: Start, rule: Rule) -> list[Busy]:
    """What a visit that begins there holds: the clinician for their part, the chair for the stay."""
    parts = [Busy(start.clinician, clinician_span(start.at, rule))]
    if start.chair is not None:
        chair = Resource.objects.get(pk=start.chair)
        parts.append(Busy(start.chair, chair_span(start.at, rule, chair.as_chair())))
    return parts


def release(appointment: Appointment, *, now: datetime, moves_to: datetime | None = None) -> None:
    """Frees what the visit holds, and notes it for those who wait for an earlier time."""
    held = list(appointment.holds.all())
    appointment.holds.all().delete()
    note_freed(keep_closed(held, now=now), now=now, fewer=_fewer(appointment, appointment.starts_at, moves_to))


def _fewer(appointment: Appointment, at: datetime, still_at: datetime | None) -> tuple[VisitType, date] | None:
    """The kind and the day that have one visit fewer where it is no longer `at` that time but at another or none."""
    day = when.local(at).date()
    stays = still_at is not None and when.local(still_at).date() == day
    return None if stays else (appointment.visit_type, day)


def note_freed(holds: Iterable[Hold], *, now: datetime, fewer: tuple[VisitType, date] | None = None) -> None:
    """Time that others may have, as far as it still lies ahead. `booking.actions.earlier` offers it.

    Where somebody waits, a worker is nudged after the commit: until it has looked, anybody may book the time.
    """
    kind, day = fewer or (None, None)
    freed = [
        FreedTime(
            resource_id=hold.resource_id,
            starts_at=max(hold.span.start, now),
            ends_at=hold.span.end,
            freed_at=now,
            visit_type=kind,
            day=day,
        )
        for hold in holds
        if hold.span.end > now
    ]
    FreedTime.objects.bulk_create(freed)
    if freed and EarlierRequest.objects.waiting(now).exists():
        transaction.on_commit(lambda: outbox.nudge(outbox.OFFERS_TASK), robust=True)


def stop_waiting(appointment: Appointment, *, now: datetime) -> None:
    """It has ended or found its time: it asks for no earlier one any more, and what it was offered of these is free."""
    EarlierRequest.objects.filter(appointment=appointment, ended_at=None).update(ended_at=now)
    close_offers(Offer.objects.earlier().filter(appointment=appointment), Offer.State.WITHDRAWN, now=now)


def withdraw_offers(appointment: Appointment, *, now: datetime) -> None:
    """They were made for the time that the visit had; the visit may go on waiting for an earlier one."""
    close_offers(Offer.objects.filter(appointment=appointment), Offer.State.WITHDRAWN, now=now)


def withdraw_other_times(appointment: Appointment, *, now: datetime) -> None:
    """Staff offered them as long as nothing was settled."""
    close_offers(Offer.objects.by_staff().filter(appointment=appointment), Offer.State.WITHDRAWN, now=now)


def close_offers(offers: QuerySet[Offer], state: Offer.State, *, now: datetime) -> int:
    """Ends those of them that are open; how many."""
    still = offers.filter(state=Offer.State.OPEN).select_related("appointment__visit_type").order_by("pk")
    locked = list(still.select_for_update(no_key=True, of=("self",)))
    for offer in locked:
        close_offer(offer, state, now=now)
    return len(locked)


def close_offer(offer: Offer, state: Offer.State, *, now: datetime) -> None:
    """Ends an open offer. Its time is free, unless the visit is about to be moved there."""
    held = list(offer.holds.all())
    offer.holds.all().delete()
    offer.state, offer.ended_at = state, now
    offer.save(update_fields=["state", "ended_at"])
    if state != Offer.State.TAKEN:
        visit = offer.appointment
        free = keep_closed(held, now=now)
        note_freed(free, now=now, fewer=_fewer(visit, offer.starts_at, visit.starts_at))


def record(
    appointment: Appointment,
    verb: Verb,
    from_status: str,
    *,
    by: By,
    now: datetime,
    moved_from: datetime | None = None,
    moved_to: datetime | None = None,
    reason: str = "",
) -> None:
    AppointmentEvent.objects.create(
        appointment=appointment,
        verb=verb,
        from_status=from_status,
        to_status=appointment.status,
        by=by.actor,
        user=by.user,
        at=now,
        moved_from=moved_from,
        moved_to=moved_to,
        reason=reason,
    )


def last_event(appointment: Appointment) -> AppointmentEvent | None:
    """What led to the state it is in: not what was merely told or asked since."""
    changes = appointment.events.exclude(from_status=F("to_status"))
    return changes.select_related("user").order_by("-at", "-pk").first()


def tell(appointment: Appointment, kind: Kind, *, by: By, now: datetime, occasion: str = "") -> None:
    """Puts a message into the outbox.

    What a visitor brings about before staff have looked goes to an address that may be somebody else's: beyond a few
    a day it is stored and withheld. The visitor sees no difference, so that nothing tells whether anybody else has
    asked with this address.
    """
    withheld = ""
    unseen = by.actor == Actor.PATIENT and not appointment.events.filter(by=Actor.STAFF).exists()
    if unseen and kind.is_to_patient:
        key = throttle.hashed("mail", one_mailbox(appointment.patient.email))
        if throttle.count(key, window=DAY, now=now) > settings.UNSEEN_MAIL_PER_ADDRESS:
            withheld = Reason.TOO_MANY
    outbox.write(appointment, kind, now=now, withheld=withheld, occasion=occasion)


def check_patient_in_time(appointment: Appointment, by: By, *, now: datetime) -> None:
    """A patient changes nothing that has begun or begins too soon; the office may until it begins."""
    if by.actor == Actor.PATIENT and appointment.status in OPEN and now >= appointment.change_until:
        raise TooLate(appointment, last_event(appointment))


def move_state(appointment: Appointment, verb: Verb, *, by: By, now: datetime, reason: str = "") -> Appointment:
    """Every change of state: a guarded update of exactly one row, its event, and the release of its time.

    Of two who press at once one changes the row; the other finds another state and is told of it.
    """
    origins, target = MOVES[verb]
    before = lock_appointment(appointment, by)
    if before.status not in origins or not in_time(verb, begun=now >= before.starts_at):
        raise NotAllowed(before, last_event(before))
    check_patient_in_time(before, by, now=now)
    tells = verb in (Verb.CONFIRM, Verb.DECLINE, Verb.CANCEL)
    Appointment.objects.filter(pk=before.pk, status__in=origins).update(
        status=target,
        version=F("version") + (1 if tells else 0),
        sequence=F("sequence") + (1 if tells and before.status == Status.CONFIRMED else 0),
        agreed_at=now if verb == Verb.CONFIRM else before.agreed_at,
    )
    moved = Appointment.objects.select_related("visit_type", "patient").get(pk=before.pk)
    record(moved, verb, before.status, by=by, now=now, reason=reason)
    if target not in HOLDING:
        release(moved, now=now)
    if target not in OPEN:
        stop_waiting(moved, now=now)
    withdraw_other_times(moved, now=now)
    owed.follow(moved, verb, now=now)
    return moved
