"""Clearing time of visits: what is free is blocked at once, what visits hold is blocked as they leave."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from booking.actions.closed import keep_closed
from booking.actions.steps import close_offers, lock, lock_appointment, note_freed
from booking.actions.who import By
from booking.models import Closure, Hold, Offer, Resource
from booking.slots import Span, left_of
from booking.transactions import Busy, SlotTaken, in_transaction


def close_time(*, resources: Sequence[Resource], span: Span, reason: str, by: By, now: datetime) -> Closure:
    """Blocks what is free of that time, so that nothing new can be booked in it, and notes that the rest is to follow.

    What is only offered to somebody there is withdrawn. Raises Busy.

    Who frees time in the same moment may not see the closure yet, nor does it see that the time is free. So it is
    looked at once more when the closure is stored; should that fail, its page shows what is left.
    """
    user = by.user
    if user is None:
        raise ValueError("only staff block time")

    def attempt() -> Closure:
        lock([resource.pk for resource in resources])
        closure = Closure.objects.create(period=DateTimeTZRange(span.start, span.end), reason=reason, by=user, at=now)
        closure.resources.set(resources)
        _withdraw_offers(closure, now=now)
        _block_free(closure)
        return closure

    closure = in_transaction(attempt)
    with suppress(SlotTaken, Busy):
        close_rest(closure=closure, now=now)
    return closure


def close_rest(*, closure: Closure, now: datetime) -> int:
    """Blocks what has become free of it since. Returns how many spans were blocked. Raises Busy."""

    def attempt() -> int:
        lock(list(closure.resources.values_list("pk", flat=True)))
        _withdraw_offers(closure, now=now)
        _wait_for_leaving(closure)
        return _block_free(closure)

    return in_transaction(attempt)


def end_closure(*, closure: Closure, now: datetime) -> bool:
    """What is blocked stays so; visits that leave from now on free their time. False where it was ended already."""

    def attempt() -> bool:
        return Closure.objects.filter(pk=closure.pk, ended_at=None).update(ended_at=now) > 0

    return in_transaction(attempt, tells=False)


def lift_closure(*, closure: Closure, now: datetime) -> list[Hold]:
    """Gives all of it back that is blocked and not over; those who wait for an earlier time hear of it. Visits that
    leave from now on free their time.

    Returns the blocks as they were; none where it was given back already. What is to be cleared for another reason,
    too, stays blocked for that one. Raises SlotTaken or Busy.
    """

    def attempt() -> list[Hold]:
        lock(list(closure.resources.values_list("pk", flat=True)))
        _wait_for_leaving(closure)
        Closure.objects.filter(pk=closure.pk, ended_at=None).update(ended_at=now)
        blocks = list(blocks_of(closure, now=now).select_related("resource"))
        Hold.objects.filter(pk__in=[block.pk for block in blocks]).delete()
        note_freed(keep_closed(blocks, now=now), now=now)
        return blocks

    return in_transaction(attempt)


def blocks_of(closure: Closure, *, now: datetime) -> QuerySet[Hold]:
    """What is blocked for it and not over. They are ordinary blocks, known by their reason."""
    blocks = Hold.objects.blocks().filter(resource__in=closure.resources.all(), reason=closure.reason)
    return blocks.filter(period__contained_by=closure.period, period__endswith__gt=now).order_by("resource", "period")


def blocked_of(closure: Closure, *, now: datetime) -> list[tuple[Resource, Span]]:
    """The same as spans of each resource, what meets as one."""
    found: dict[Resource, list[Span]] = {}
    for block in blocks_of(closure, now=now).select_related("resource"):
        spans = found.setdefault(block.resource, [])
        if spans and spans[-1].end == block.span.start:
            spans[-1] = Span(spans[-1].start, block.span.end)
        else:
            spans.append(block.span)
    return [(resource, span) for resource, spans in found.items() for span in spans]


def gaps(closure: Closure, resources: Iterable[Resource]) -> list[tuple[Resource, Span]]:
    """What of it nobody holds and nothing blocks."""
    held: dict[int, list[Span]] = {}
    for hold in Hold.objects.within(closure.span).filter(resource__in=resources):
        held.setdefault(hold.resource_id, []).append(hold.span)
    return [(resource, span) for resource in resources for span in left_of(closure.span, held.get(resource.pk, []))]


def _wait_for_leaving(closure: Closure) -> None:
    """Until whoever is about to free some of it has done so or not."""
    held = Hold.objects.within(closure.span).filter(resource__in=closure.resources.all())
    list(held.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def _block_free(closure: Closure) -> int:
    """The resources are locked."""
    free = gaps(closure, list(closure.resources.order_by("pk")))
    for resource, span in free:
        period = DateTimeTZRange(span.start, span.end)
        Hold.objects.create(resource=resource, period=period, reason=closure.reason)
    return len(free)


def _withdraw_offers(closure: Closure, *, now: datetime) -> None:
    offers = Offer.objects.filter(state=Offer.State.OPEN, holds__in=closure.in_the_way().filter(offer__isnull=False))
    for offer in offers.select_related("appointment").order_by("appointment").distinct():
        lock_appointment(offer.appointment)
        close_offers(Offer.objects.filter(pk=offer.pk), Offer.State.WITHDRAWN, now=now)
