"""How a visit stands to the patient's other visits: never two at once, and the sessions of a course in order and apart.

Plain values in, plain values out: no Django, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum

from booking.slots import Span


class Side(Enum):
    BEFORE = "before"
    AFTER = "after"


class Clash(Enum):
    """What keeps a patient from a time. Staff are warned of it."""

    OVERLAP = "overlap"
    ORDER = "order"
    TOO_CLOSE = "too close"


@dataclass(frozen=True)
class Other:
    """Another visit of the same patient, as it stands to the one that is looked at."""

    span: Span
    side: Side | None = None  # of the same course: where it stands now, and is to stay
    gap_days: int = 0  # from one session to the next, at least


def clash(span: Span, other: Other, zone: tzinfo) -> Clash | None:
    """What stands between a visit at that time and the other one; None where nothing does."""
    if span.overlaps(other.span):
        return Clash.OVERLAP
    if other.side is None:
        return None
    side = Side.BEFORE if other.span.start < span.start else Side.AFTER
    if side is not other.side:
        return Clash.ORDER
    days = abs((span.start.astimezone(zone).date() - other.span.start.astimezone(zone).date()).days)
    return Clash.TOO_CLOSE if days < other.gap_days else None


def suits(span: Span, others: Iterable[Other], zone: tzinfo) -> bool:
    """Whether the patient may have a visit at that time beside all their others."""
    return all(clash(span, other, zone) is None for other in others)
