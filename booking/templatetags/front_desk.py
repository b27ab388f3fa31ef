"""What the front desk sees first. A constant number of queries."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django import template
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone
from django.utils.safestring import SafeString

from booking import when
from booking.admin import words
from booking.admin.appointment import rides_open, soon
from booking.models import HOLDING, Appointment, Holiday, Message, Offer
from booking.waiting import is_late
from clinic import practice

register = template.Library()

SHOWN = 20


@dataclass(frozen=True)
class Row:
    appointment: Appointment
    state: SafeString
    waiting: SafeString | None
    ride: SafeString | None


@dataclass(frozen=True)
class Desk:
    sees_visits: bool = False
    sees_messages: bool = False
    may_act: bool = False
    waiting: list[Row] = field(default_factory=list)
    waiting_count: int = 0
    has_late: bool = False
    today: list[Row] = field(default_factory=list)
    failed_count: int = 0
    zone: str = ""


@dataclass(frozen=True)
class Aside:
    """What is worth a line below the figures. None where this person has nothing to do with it."""

    rides: int | None = None  # not confirmed, of the visits of the next days
    offers: int | None = None  # of an earlier time, that are open
    holidays: int | None = None  # that nobody has decided
    sees_hours: bool = False


@register.simple_tag
def front_desk(user: User | AnonymousUser) -> Desk:
    sees_visits = _sees(user, "appointment")
    sees_messages = _sees(user, "message")
    failed = Message.objects.failed().count() if sees_messages else 0
    if not sees_visits:
        return Desk(sees_messages=sees_messages, failed_count=failed)
    now = timezone.now()
    visits = Appointment.objects.select_related("visit_type", "patient", "course")
    waiting = list(visits.waiting().order_by("created_at", "pk")[:SHOWN])
    midnight = when.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = visits.filter(
        starts_at__gte=midnight, starts_at__lt=midnight + timedelta(days=1), status__in=HOLDING
    ).order_by("starts_at", "pk")
    facts = practice.current()
    closed = set(Holiday.objects.closed().values_list("day", flat=True))

    def row(appointment: Appointment) -> Row:
        age = words.waiting(appointment, practice=facts, closed=closed, now=now)
        return Row(appointment, words.appointment_state(appointment), age, words.ride(appointment))

    return Desk(
        sees_visits=True,
        sees_messages=sees_messages,
        may_act=user.has_perm("booking.change_appointment"),
        waiting=[row(appointment) for appointment in waiting],
        waiting_count=Appointment.objects.waiting().count(),
        has_late=bool(waiting) and is_late(waiting[0].created_at, practice=facts, closed=closed, now=now),
        today=[row(appointment) for appointment in today],
        failed_count=failed,
        zone=when.zone(),
    )


@register.simple_tag
def front_desk_aside(user: User | AnonymousUser) -> Aside:
    now = timezone.now()
    return Aside(
        rides=_rides(now) if _sees(user, "appointment") else None,
        offers=_offers(now) if _sees(user, "offer") else None,
        holidays=Holiday.objects.to_decide().count() if _sees(user, "holiday") else None,
        sees_hours=_sees(user, "visittype"),
    )


def _rides(now: datetime) -> int:
    return soon(rides_open(Appointment.objects.all(), now=now), now=now).count()


def _offers(now: datetime) -> int:
    return Offer.objects.filter(state=Offer.State.OPEN, expires_at__gt=now).count()


def _sees(user: User | AnonymousUser, name: str) -> bool:
    return user.has_perm(f"booking.view_{name}") or user.has_perm(f"booking.change_{name}")
