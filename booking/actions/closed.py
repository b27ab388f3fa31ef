"""A step of every verb that frees time: what staff mean to keep free of visits is blocked in the same moment."""

from collections.abc import Iterable
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from booking.models import Closure, Hold
from booking.slots import Span, left_of


def keep_closed(holds: Iterable[Hold], *, now: datetime) -> list[Hold]:
    """What of these periods, just given up, anybody may have. One query, and another where time is to be cleared."""
    held = list(holds)
    if not held:
        return []
    around = DateTimeTZRange(min(hold.span.start for hold in held), max(hold.span.end for hold in held))
    closures = Closure.objects.open(now).filter(period__overlap=around).order_by("pk").prefetch_related("resources")
    found = [(closure, {resource.pk for resource in closure.resources.all()}) for closure in closures]
    free: list[Hold] = []
    for hold in held:
        spans = [hold.span]
        for closure, resources in found:
            if hold.resource_id in resources:
                spans = _block(hold.resource_id, spans, closure)
        free += [Hold(resource_id=hold.resource_id, period=DateTimeTZRange(one.start, one.end)) for one in spans]
    return free


def _block(resource: int, spans: list[Span], closure: Closure) -> list[Span]:
    """Blocks what of the spans is to be cleared; returns the rest."""
    rest: list[Span] = []
    for span in spans:
        outside = left_of(span, [closure.span])
        for part in left_of(span, outside):
            period = DateTimeTZRange(part.start, part.end)
            Hold.objects.create(resource_id=resource, period=period, reason=closure.reason)
        rest += outside
    return rest
