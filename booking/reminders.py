"""Reminders: found by a query when their moment has come, never scheduled ahead, so that nothing has to be undone.

Which days before a visit, is data (`ReminderDay`). Each is written once for a visit and a version of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from booking import civil, offered, outbox, when
from booking.models import Appointment, Holiday, Kind, Message, Reason, ReminderDay, Status
from booking.waiting import is_late
from clinic.models import Practice

KINDS = {ReminderDay.About.VISIT: Kind.REMINDER, ReminderDay.About.RIDE: Kind.RIDE_UNCONFIRMED}


def write_due(*, now: datetime) -> int:
    """Writes what has come due since it was last looked: at most how many rows. Two may look at once.

    A constant number of queries, however many visits are ahead.
    """
    rows = [*_reminders(now), *_unanswered(now)]
    outbox.write_all(rows)
    return len(rows)


@dataclass(frozen=True)
class Today:
    """The reminders of a day, so far and until its end."""

    going: int
    held_back: int


def today(*, now: datetime) -> Today:
    """How many reminders go to patients today, and how many were held back. Three queries; no visit is loaded."""
    day = when.whole_day(when.local(now).date())
    written = Message.objects.filter(kind=Kind.REMINDER, created_at__gte=day.start, created_at__lt=day.end)
    states = list(written.exclude(reason=Reason.NEARER).values_list("state", flat=True))
    held_back = states.count(Message.State.SUPPRESSED)
    return Today(len(states) - held_back + _still_to_come(now), held_back)


def _still_to_come(now: datetime) -> int:
    """Of today's, those whose moment has not come yet, as far as the visits stand now."""
    zone, today, found = timezone.get_default_timezone(), when.local(now).date(), 0
    days = list(ReminderDay.objects.filter(about=ReminderDay.About.VISIT).values_list("days_before", flat=True))
    farthest = when.whole_day(today + timedelta(days=max(days, default=0))).end
    ahead = Appointment.objects.filter(status=Status.CONFIRMED, starts_at__gt=now, starts_at__lt=farthest)
    for starts_at, agreed_at in ahead.values_list("starts_at", "agreed_at"):
        moments = [civil.days_before(starts_at, number, zone) for number in days]
        found += any(
            now < moment and when.local(moment).date() == today and _was_agreed_before(moment, agreed_at)
            for moment in moments
        )
    return found


def _reminders(now: datetime) -> Iterator[Message]:
    days = list(ReminderDay.objects.all())
    farthest = now + timedelta(days=1 + max((day.days_before for day in days), default=0))
    ahead = Appointment.objects.filter(status=Status.CONFIRMED, starts_at__gt=now, starts_at__lt=farthest)
    written = set(
        Message.objects.filter(kind__in=KINDS.values(), appointment__in=ahead).values_list(
            "appointment_id", "version", "kind", "occasion"
        )
    )
    for visit in ahead.select_related("visit_type"):
        for about, kind in KINDS.items():
            if kind == Kind.RIDE_UNCONFIRMED and not visit.needs_ride_confirmed:
                continue
            due = [day.days_before for day in days if day.about == about and _has_come(visit, day, now=now)]
            for number in due:
                occasion = f"{number}d"
                if (visit.pk, visit.version, kind, occasion) not in written:
                    # After an outage several may be due: the nearest says all that the others would.
                    withheld = "" if number == min(due) else Reason.NEARER
                    yield outbox.compose(visit, kind, now=now, occasion=occasion, withheld=withheld)


def _has_come(visit: Appointment, day: ReminderDay, *, now: datetime) -> bool:
    """Whether the reminder's moment is over, and was not over already when the patient was told of the visit."""
    moment = civil.days_before(visit.starts_at, day.days_before, timezone.get_default_timezone())
    return moment <= now and _was_agreed_before(moment, visit.agreed_at)


def _was_agreed_before(moment: datetime, agreed_at: datetime | None) -> bool:
    return agreed_at is None or agreed_at + settings.MESSAGE_GRACE <= moment


def _unanswered(now: datetime) -> Iterator[Message]:
    """Staff are told once of a request that has waited longer than the practice has promised; and once more where
    times were offered since, and it is their turn again.
    """
    told = Message.objects.filter(
        appointment=OuterRef("pk"), kind=Kind.STAFF_UNANSWERED, created_at__gte=OuterRef("turn_at")
    )
    requests = offered.with_turn(Appointment.objects.waiting()).filter(Q(turn_at__lte=now))
    waiting = list(requests.exclude(Exists(told)).order_by("turn_at", "pk"))
    if not waiting:
        return
    practice = Practice.load()
    closed = set(Holiday.objects.closed().values_list("day", flat=True))
    for request in waiting:
        turn: datetime = getattr(request, "turn_at", request.created_at)
        if is_late(turn, practice=practice, now=now, closed=closed):
            occasion = str(getattr(request, "offer_batch", None) or "")
            yield outbox.compose(request, Kind.STAFF_UNANSWERED, now=now, occasion=occasion)
