"""Keeping time from being offered, and giving it back."""

from collections.abc import Sequence
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking.actions.steps import lock, note_freed
from booking.models import Hold, Resource
from booking.slots import Span
from booking.transactions import in_transaction


def block_time(*, resource: Resource, span: Span, reason: str) -> Hold:
    """Keeps a time from being offered. Raises SlotTaken where a visit or another block stands in the way."""

    def attempt() -> Hold:
        lock([resource.pk])
        return Hold.objects.create(resource=resource, period=DateTimeTZRange(span.start, span.end), reason=reason)

    return in_transaction(attempt, tells=False)


def block_times(*, resources: Sequence[Resource], span: Span, reason: str) -> list[Hold]:
    """The same of several at once, all or none. Raises SlotTaken or Busy."""

    def attempt() -> list[Hold]:
        lock([resource.pk for resource in resources])
        period = DateTimeTZRange(span.start, span.end)
        return [Hold.objects.create(resource=resource, period=period, reason=reason) for resource in resources]

    return in_transaction(attempt, tells=False)


def free_time(*, block: Hold, now: datetime) -> bool:
    """Gives blocked time back; those who wait for an earlier time hear of it. False where it was freed already."""

    def attempt() -> bool:
        lock([block.resource_id])
        deleted, _ = Hold.objects.blocks().filter(pk=block.pk).delete()
        if deleted:
            note_freed([block], now=now)
        return deleted > 0

    return in_transaction(attempt)
