"""Earlier times: patients ask for anything sooner, and what becomes free is offered to them in order of asking.

An offer holds its time in the patient's name until it runs out, so that taking it can't fail because somebody else was
quicker. Taking it frees the time they had, for the next in line. Locks: the freed period, resources, visit, offer.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import CharField, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Least

from booking import availability
from booking.actions.flood import check_flood
from booking.actions.in_line import LEFT_AFTER_ANSWER, answer_until, served
from booking.actions.reschedule import check_movable, lockable, move_and_confirm, move_to
from booking.actions.steps import (
    close_offer,
    close_offers,
    hold_for,
    lock,
    lock_appointment,
    record,
    stop_waiting,
    tell,
)
from booking.actions.who import SYSTEM, By
from booking.models import OPEN, Appointment, EarlierRequest, FreedTime, Hold, Kind, Message, Offer, Resource, Verb
from booking.slots import Start
from booking.transactions import Busy, SlotTaken, in_transaction

# Bounds of one sweep; what is left comes next time.
PERIODS, OFFERS_OF_ONE, RUN_OUT = 50, 20, 200

STUCK = timedelta(minutes=5)  # a mail usually goes sooner than that
WAITING = [Message.State.QUEUED, Message.State.SENDING]
# The patient has heard nothing. A mail that was refused counts as told: or else the time would be held over and over
# for somebody who can't be reached, and nobody behind them would ever be asked.
UNTOLD = [*WAITING, Message.State.SUPPRESSED]


class OfferGone(Exception):
    """The offer has run out, was refused or withdrawn. Nothing was changed; the visit stays at its time."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(offer.state)
        self.offer = offer


def ask_for_earlier(*, appointment: Appointment, by: By, now: datetime) -> EarlierRequest:
    """The patient would take anything sooner. Asked twice, the first time decides the place in line.

    Raises NotAllowed for a visit that has ended or begun, TooLate for a patient after the kind's cut-off, or Busy.
    """

    def attempt() -> EarlierRequest:
        before = lock_appointment(appointment, by)
        check_movable(before, by, now=now)
        check_flood(before, by, now=now)
        asked, is_new = EarlierRequest.objects.get_or_create(
            appointment=before, ended_at=None, defaults={"asked_at": now}
        )
        if is_new:
            record(before, Verb.EARLIER, before.status, by=by, now=now)
        return asked

    return in_transaction(attempt, tells=False)


def stop_asking(*, appointment: Appointment, by: By, now: datetime) -> bool:
    """They keep the time they have; what they were offered is free for the next in line. False if they did not ask."""

    def attempt() -> bool:
        before = lock_appointment(appointment, by)
        if not EarlierRequest.objects.filter(appointment=before, ended_at=None).exists():
            return False
        stop_waiting(before, now=now)
        record(before, Verb.NO_EARLIER, before.status, by=by, now=now)
        return True

    return in_transaction(attempt)


def take_offer(*, offer: Offer, by: By, now: datetime) -> Appointment:
    """Moves the visit to the offered time. Pressed twice, it moves once. Raises OfferGone or Busy.

    Staff have agreed to each of the other times that they offer: a request that takes one is confirmed with it.

    The cut-off of the time they have does not count: the practice has offered one time for another, and what it
    promises until a certain hour holds until then. Only where the practice or the patient has made the time impossible
    meanwhile, is the offer withdrawn.
    """

    def attempt() -> Appointment | Offer:
        """The visit at its new time, or the offer that has gone: its end is stored, so nothing is raised in here."""
        held = Hold.objects.filter(offer=offer).values_list("resource_id", flat=True)
        lock(sorted({*lockable(offer.appointment), *held}))
        before = lock_appointment(offer.appointment)
        current = _lock_offer(offer)
        if current.state == Offer.State.TAKEN and before.starts_at == current.starts_at:
            return before
        is_open = current.state == Offer.State.OPEN and now < current.expires_at
        if not is_open or before.status not in OPEN or now >= before.starts_at:
            return current
        start = _look_again(current, before, now=now)
        close_offer(current, Offer.State.TAKEN if start else Offer.State.WITHDRAWN, now=now)
        if start is None:
            return current
        move = move_to if current.batch is None else move_and_confirm
        return move(before, start, by=by, now=now)

    try:
        result = in_transaction(attempt)
    except SlotTaken as taken:  # a chair or clinician came into use in the same moment, and somebody took that
        raise OfferGone(offer) from taken
    if isinstance(result, Offer):
        raise OfferGone(result)
    return result


def refuse_offer(*, offer: Offer, by: By, now: datetime) -> Offer:
    """The offered time goes to the next in line; they go on waiting for another. What has ended stays as it ended."""

    def attempt() -> Offer:
        lock_appointment(offer.appointment)
        current = _lock_offer(offer)
        if current.state == Offer.State.OPEN:
            close_offer(current, Offer.State.REFUSED, now=now)
        return current

    return in_transaction(attempt)


def expire_offers(*, now: datetime) -> int:
    """Ends what nobody has answered in time; how many answers failed to come. Their times are offered to the next by
    the same sweep.
    """

    def attempt(offer: Offer) -> bool:
        visit = lock_appointment(offer.appointment)
        current = _lock_offer(offer)
        if current.state != Offer.State.OPEN:  # answered at the last moment, or ended with the others of its batch
            return False
        was_told = not Offer.objects.filter(_mail_in(UNTOLD), pk=current.pk).exists()
        end = Offer.State.EXPIRED if was_told else Offer.State.WITHDRAWN
        if current.batch is None:
            close_offer(current, end, now=now)
        else:
            close_offers(Offer.objects.filter(appointment=visit, batch=current.batch), end, now=now)
            record(visit, Verb.LAPSE, visit.status, by=SYSTEM, now=now)
        return True

    due = Offer.objects.filter(state=Offer.State.OPEN, expires_at__lte=now).order_by("expires_at", "pk")
    ended = 0
    with suppress(Busy):
        in_transaction(partial(_wait_for_mail, now=now), tells=False)
        for offer in list(due.select_related("appointment")[:RUN_OUT]):
            ended += in_transaction(partial(attempt, offer), tells=False)
    return ended


def _wait_for_mail(*, now: datetime) -> None:
    """The hours to answer begin when the mail goes: an offer whose mail waits, as while the mail server is down, runs
    out that much later. Never so late that it would leave less than is needed before its start, or before the first of
    its batch; nor beyond the start that the visit has. Staff have said until when a batch may be answered: that holds
    unless its mail is stuck.
    """
    batch = Offer.objects.filter(appointment=OuterRef("appointment"), batch=OuterRef("batch"), state=Offer.State.OPEN)
    first = Subquery(batch.order_by("starts_at").values("starts_at")[:1])
    own = Subquery(Appointment.objects.filter(pk=OuterRef("appointment")).values("starts_at"))
    # Postgres leaves out what is NULL: the first of no batch.
    until = Least(Value(answer_until(now)), F("starts_at") - LEFT_AFTER_ANSWER, first - LEFT_AFTER_ANSWER, own)
    waiting = Offer.objects.filter(_mail_in(WAITING), state=Offer.State.OPEN, expires_at__lt=until)
    stuck = Q(offered_at__lte=now - settings.MESSAGE_GRACE - STUCK)
    waiting.filter(Q(batch=None) | stuck).update(expires_at=until)


def _mail_in(states: list[Message.State]) -> Exists:
    """Whether the mail that tells of the offer is in one of these states."""
    alone = Q(kind=Kind.EARLIER_OFFERED, occasion=Cast(OuterRef("pk"), CharField()))
    in_batch = Q(kind=Kind.OTHER_OFFERED, occasion=Cast(OuterRef("batch"), CharField()))
    mails = Message.objects.filter(alone | in_batch, appointment=OuterRef("appointment"))
    return Exists(mails.filter(state__in=states))


def offer_freed_times(*, now: datetime) -> int:
    """Offers what has become free to those who wait, oldest first; how many offers were made.

    Each offer is a transaction of its own. What can't be done for a lock, or because somebody changed their mind in
    the same moment, is left for the next sweep.
    """
    not_yet_looked_at_first = F("looked_at").asc(nulls_first=True)
    periods = FreedTime.objects.order_by(not_yet_looked_at_first, "freed_at", "pk")
    made = 0
    with suppress(Busy):
        for pk in list(periods.values_list("pk", flat=True)[:PERIODS]):
            made += _offer_all_of(pk, now=now)
    return made


def _offer_all_of(pk: int, *, now: datetime) -> int:
    """One freed period may serve several people, one after the other."""
    made = 0
    with suppress(SlotTaken):
        while made < OFFERS_OF_ONE and in_transaction(partial(_offer_to_next, pk, now=now)):
            made += 1
    return made


def _offer_to_next(pk: int, *, now: datetime) -> bool:
    """Offers the freed period's earliest start to the first whom it serves, if there is one."""
    freed = FreedTime.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if freed is None:  # another worker is at it
        return False
    lock(list(Resource.objects.active().values_list("pk", flat=True)))
    in_line = served(freed, now=now)
    for visit, start, is_asked in in_line:
        if not is_asked:
            _offer(visit, start, now=now)
            return True
    if in_line:  # each has another offer open; it may be for them if they refuse that
        FreedTime.objects.filter(pk=pk).update(looked_at=now)
    else:
        freed.delete()
    return False


def _offer(visit: Appointment, start: Start, *, now: datetime) -> None:
    appointment = lock_appointment(visit)
    if not EarlierRequest.objects.filter(appointment=appointment, ended_at=None).exists():
        raise SlotTaken  # cancelled or no longer asked for, while we looked
    offer = Offer.objects.create(
        appointment=appointment, starts_at=start.at, offered_at=now, expires_at=answer_until(now)
    )
    hold_for(appointment, start, appointment.visit_type.rule(), offer=offer)
    tell(appointment, Kind.EARLIER_OFFERED, by=SYSTEM, now=now, occasion=str(offer.pk))


def _lock_offer(offer: Offer) -> Offer:
    return Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)


def _look_again(offer: Offer, visit: Appointment, *, now: datetime) -> Start | None:
    """The offered start, if it still can be had. What is held for it is not in its way.

    The day may have been closed since, the clinician or chair be out of use, the kind need more, or the patient have
    booked something else for then. Of what staff offer beside the patient's other visits, both sides are told.
    """
    # The kind's notice was kept when it was offered.
    rule = replace(visit.visit_type.staff_rule(), keeps_apart=offer.batch is None)
    return availability.start_at(visit.visit_type, offer.starts_at, now=now, moving=visit, rule=rule)
