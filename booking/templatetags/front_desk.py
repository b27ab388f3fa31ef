"""What the front desk sees first: the day, and what waits beside it. A constant number of queries."""

from dataclasses import dataclass, field
from datetime import date, datetime

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString

from booking import offered, when
from booking.admin import day, words
from booking.admin.appointment import rides_open, soon
from booking.admin.day import Coming, Out
from booking.models import Appointment, AppointmentEvent, Holiday, Message
from booking.waiting import is_late
from clinic import practice

register = template.Library()

SHOWN = 20
REQUESTS = 6  # shown whole: what comes below them stays in sight of a laptop, and each answered makes room for the next

# How long it has been waiting, and whether the patient was told that its time can't be had.
Waiting = tuple[Appointment, SafeString | None, bool]


@dataclass(frozen=True)
class Desk:
    sees_visits: bool = False
    sees_messages: bool = False
    may_act: bool = False
    may_book: bool = False
    waiting: list[Waiting] = field(default_factory=list)
    waiting_count: int = 0  # without those to whom times are offered
    has_more: bool = False
    has_late: bool = False
    day: date | None = None
    coming: list[Coming] = field(default_factory=list)
    news: list[tuple[AppointmentEvent, str, str]] = field(default_factory=list)
    back: list[tuple[Appointment, str]] = field(default_factory=list)  # other times were offered in vain
    failed: list[tuple[Message, str]] = field(default_factory=list)
    failed_count: int = 0
    zone: str = ""
    now: datetime | None = None


@dataclass(frozen=True)
class Aside:
    """What is worth a line below the figures. None where this person has nothing to do with it."""

    rides: int | None = None  # not confirmed, of the visits of the next days
    offers: list[Out] = field(default_factory=list)  # that wait for an answer
    holidays: int | None = None  # that nobody has decided
    sees_hours: bool = False


@register.simple_tag
def front_desk(user: User | AnonymousUser) -> Desk:
    sees_messages = _sees(user, "message")
    failed = Message.objects.failed().count() if sees_messages else 0
    if not _sees(user, "appointment"):
        return Desk(sees_messages=sees_messages, failed_count=failed)
    now = timezone.now()
    waiting = offered.with_turn(Appointment.objects.waiting()).select_related("visit_type", "patient")
    first = list(waiting.order_by("turn_at", "pk")[: REQUESTS + 1])  # to whom times are offered come last
    facts, closed = practice.current(), set(Holiday.objects.closed().values_list("day", flat=True))

    def told(visit: Appointment) -> Waiting:
        waits = words.waiting(visit, practice=facts, closed=closed, now=now)
        return visit, waits, offered.is_turned_down(visit, now=now)

    oldest = _turn(first[0]) if first else now
    today = when.local(now).date()
    return Desk(
        sees_visits=True,
        sees_messages=sees_messages,
        may_act=user.has_perm("booking.change_appointment"),
        may_book=user.has_perm("booking.change_appointment") and _sees(user, "patient"),
        waiting=[told(visit) for visit in first[:REQUESTS]],
        waiting_count=waiting.filter(Q(turn_at__lte=now)).count(),
        has_more=len(first) > REQUESTS,
        has_late=is_late(oldest, practice=facts, closed=closed, now=now),
        day=today,
        coming=day.visits_on(today, now=now),
        news=day.news(now=now),
        back=day.offers_back(now=now),
        failed=day.failed() if failed else [],
        failed_count=failed,
        zone=when.zone(),
        now=now,
    )


@register.simple_tag
def front_desk_aside(user: User | AnonymousUser) -> Aside:
    now = timezone.now()
    return Aside(
        rides=_rides(now) if _sees(user, "appointment") else None,
        offers=day.offers_out(now=now)[:SHOWN] if _sees(user, "offer") else [],
        holidays=Holiday.objects.to_decide().count() if _sees(user, "holiday") else None,
        sees_hours=_sees(user, "visittype"),
    )


def _turn(request: Appointment) -> datetime:
    """Since when it has been waiting for staff; to come, where times are offered until then."""
    turn: datetime = getattr(request, "turn_at", request.created_at)
    return turn


def _rides(now: datetime) -> int:
    return soon(rides_open(Appointment.objects.all(), now=now), now=now).count()


def _sees(user: User | AnonymousUser, name: str) -> bool:
    return user.has_perm(f"booking.view_{name}") or user.has_perm(f"booking.change_{name}")
