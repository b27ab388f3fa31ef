"""Hours at which a message may wake nobody. No Django, no clock."""

from datetime import UTC, datetime, time, timedelta, tzinfo

FIRST, LAST = time(8), time(20)  # local; a message of ours to a patient goes between these


def is_civil(moment: datetime, zone: tzinfo) -> bool:
    return FIRST <= moment.astimezone(zone).time() < LAST


def next_civil(moment: datetime, zone: tzinfo) -> datetime:
    """The moment itself, or the first civil one after it."""
    local = moment.astimezone(zone)
    if is_civil(moment, zone):
        return moment
    day = local.date() if local.time() < FIRST else local.date() + timedelta(days=1)
    return datetime.combine(day, FIRST, zone)


def days_before(starts_at: datetime, days: int, zone: tzinfo) -> datetime:
    """The visit's own clock time so many days earlier, moved into that day's civil hours."""
    local = starts_at.astimezone(zone)
    day, clock = local.date() - timedelta(days=days), local.time()
    if clock < FIRST:
        clock = FIRST
    elif clock >= LAST:
        clock = time(LAST.hour - 1, 30)
    return datetime.combine(day, clock, zone)


def after(moment: datetime, wait: timedelta, zone: tzinfo) -> datetime:
    """The moment after so much civil time: the hours of the night do not count."""
    at = next_civil(moment, zone).astimezone(UTC)
    while True:
        closes = datetime.combine(at.astimezone(zone).date(), LAST, zone).astimezone(UTC)
        if at + wait <= closes:
            return at + wait
        wait -= closes - at
        at = next_civil(closes, zone).astimezone(UTC)
