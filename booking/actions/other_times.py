"""Other times: staff offer several instead of the one that a visit has, and the patient takes one by link, or none.

Each is held in the patient's name, and so is the time that the visit has, until they answer or the batch runs out.
`take_offer` takes one. Locks: resources, visit, offers.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Max

from booking import availability, offered
from booking.actions.in_line import LEFT_AFTER_ANSWER
from booking.actions.reschedule import check_movable, lockable
from booking.actions.steps import (
    close_offers,
    hold_for,
    lock,
    lock_appointment,
    parts_of,
    record,
    tell,
    withdraw_offers,
    withdraw_other_times,
)
from booking.actions.who import By, NotAllowed
from booking.models import Appointment, Kind, Offer, Verb
from booking.slots import Busy, Start
from booking.transactions import SlotTaken, in_transaction

MOST = 6
# A patient has at least as long to answer. What begins sooner is agreed on by phone.
LEAST_TO_ANSWER = timedelta(hours=1)
LEAST_AHEAD = LEFT_AFTER_ANSWER + LEAST_TO_ANSWER


class TimesTaken(SlotTaken):
    """Some can't be held, by themselves or beside the others. Nothing was stored."""

    def __init__(self, starts: list[datetime]) -> None:
        super().__init__(len(starts))
        self.starts = starts


class NoTimeToAnswer(Exception):
    """The first of the times, or the visit as it stands, begins too soon. Nothing was stored."""


def offer_times(
    *, appointment: Appointment, starts: Collection[datetime], until: datetime, by: By, now: datetime
) -> list[Offer]:
    """Holds all of these times or none, and tells the patient. What was offered before is withdrawn.

    They may answer `until` then, but never so late that it would be of no use (`answer_by`).
    Raises TimesTaken, NoTimeToAnswer, NotAllowed or Busy.
    """
    if by.user is None or not 0 < len(set(starts)) <= MOST:
        raise ValueError("staff offer some times")

    def attempt() -> list[Offer]:
        lock(lockable(appointment))
        before = lock_appointment(appointment, by)
        check_movable(before, by, now=now)
        limit = answer_by(before, starts, until)
        if limit < now + LEAST_TO_ANSWER:
            raise NoTimeToAnswer
        found, gone = places(before, starts, now=now)
        if gone:
            raise TimesTaken(gone)
        withdraw_offers(before, now=now)
        made = _hold(before, found, until=limit, now=now)
        record(before, Verb.OFFER, before.status, by=by, now=now)
        tell(before, Kind.OTHER_OFFERED, by=by, now=now, occasion=str(made[0].batch))
        return made

    return in_transaction(attempt)


def answer_by(visit: Appointment, starts: Collection[datetime], until: datetime) -> datetime:
    """Until then, but not after the visit's own start, and early enough before the first of the times."""
    return min(until, visit.starts_at, min(starts) - LEFT_AFTER_ANSWER)


def places(visit: Appointment, starts: Collection[datetime], *, now: datetime) -> tuple[list[Start], list[datetime]]:
    """Who and what each time would hold, beside those before it; and the times that can't be held."""
    kind = visit.visit_type
    found: list[Start] = []
    gone: list[datetime] = []
    held = own_time(visit)
    for at in sorted(set(starts)):
        start = availability.start_at(kind, at, now=now, moving=visit, rule=kind.staff_rule(), beside=held)
        if start is None:
            gone.append(at)
        else:
            found.append(start)
            held += parts_of(start, kind.rule())
    return found, gone


def own_time(visit: Appointment) -> list[Busy]:
    """What the visit holds now. It stays held, so nothing that overlaps with it can be."""
    return [Busy(hold.resource_id, hold.span) for hold in visit.holds.all()]


def _hold(visit: Appointment, starts: list[Start], *, until: datetime, now: datetime) -> list[Offer]:
    last = Offer.objects.filter(appointment=visit).aggregate(last=Max("batch"))["last"]
    made = []
    for start in starts:
        offer = Offer.objects.create(
            appointment=visit, batch=(last or 0) + 1, starts_at=start.at, offered_at=now, expires_at=until
        )
        hold_for(visit, start, visit.visit_type.rule(), offer=offer)
        made.append(offer)
    return made


def refuse_times(*, appointment: Appointment, batch: int, by: By, now: datetime) -> bool:
    """None of them suits: they are free, and staff get in touch. The visit stays as it is.

    False where the batch has ended; it stays as it ended.
    """

    def attempt() -> bool:
        before = lock_appointment(appointment)
        mine = Offer.objects.filter(appointment=before, batch=batch)
        if not mine.held(now).exists():
            return False
        close_offers(mine, Offer.State.REFUSED, now=now)
        record(before, Verb.REFUSE, before.status, by=by, now=now)
        tell(before, Kind.STAFF_NONE_SUITS, by=by, now=now, occasion=str(batch))
        return True

    return in_transaction(attempt)


def withdraw_times(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """Staff take back what they have offered. Raises NotAllowed where it is no longer open."""

    def attempt() -> Appointment:
        before = lock_appointment(appointment, by)
        batch = offered.newest(before)
        if batch is None or not batch.held(now):
            raise NotAllowed(before, before.events.select_related("user").order_by("-pk").first())
        withdraw_other_times(before, now=now)
        record(before, Verb.WITHDRAW, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)
