"""What a message says: rendered when it is sent, from what is true then, and not sent if it no longer holds.

Nothing in subject, sender or calendar entry tells of a condition, a treatment or a specialty. What goes out before
staff have seen the request repeats nothing that the visitor typed: the address may be somebody else's.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.mime.base import MIMEBase
from email.mime.text import MIMEText

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Exists, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking import ics, links
from booking.models import (
    OPEN,
    Actor,
    Appointment,
    AppointmentEvent,
    Kind,
    Message,
    Offer,
    Reason,
    Status,
    Verb,
    VisitType,
)
from clinic.models import Practice

FEED_REACHES_BACK = timedelta(days=30)


@dataclass(frozen=True)
class _Truth:
    """When a kind of message still holds, and what its reader knows by it."""

    statuses: frozenset[Status]
    calendar: ics.Method | None = None
    of_one_version: bool = True
    tells_time: bool = False


_EVER = frozenset(Status)
_REQUESTED, _CONFIRMED = frozenset({Status.REQUESTED}), frozenset({Status.CONFIRMED})
_DECLINED, _CANCELLED = frozenset({Status.DECLINED}), frozenset({Status.CANCELLED})
_TRUE_WHILE: dict[Kind, _Truth] = {
    Kind.RECEIVED: _Truth(_REQUESTED, tells_time=True),
    Kind.CONFIRMED: _Truth(_CONFIRMED, ics.Method.REQUEST, tells_time=True),
    Kind.CHANGED: _Truth(OPEN, ics.Method.REQUEST, tells_time=True),
    Kind.DECLINED: _Truth(_DECLINED),
    Kind.CANCELLED_BY_PATIENT: _Truth(_CANCELLED, ics.Method.CANCEL),
    Kind.CANCELLED_BY_PRACTICE: _Truth(_CANCELLED, ics.Method.CANCEL),
    Kind.REMINDER: _Truth(_CONFIRMED, tells_time=True),
    Kind.RIDE_UNCONFIRMED: _Truth(_CONFIRMED, tells_time=True),
    Kind.EARLIER_OFFERED: _Truth(OPEN, of_one_version=False, tells_time=True),
    # Several visits in one file: RFC 5546 lets only PUBLISH hold them.
    Kind.COURSE_PLACED: _Truth(_EVER, ics.Method.PUBLISH, of_one_version=False, tells_time=True),
    Kind.FRESH_LINK: _Truth(_EVER, of_one_version=False),
    Kind.STAFF_NEW_REQUEST: _Truth(_REQUESTED),
    Kind.STAFF_UNANSWERED: _Truth(_REQUESTED, of_one_version=False),
    Kind.STAFF_CANCELLED: _Truth(_CANCELLED),
}


@dataclass(frozen=True)
class Letter:
    """A message ready to be sent, and what its reader knows once it has come."""

    mail: EmailMultiAlternatives
    told: list[Appointment] = field(default_factory=list)  # visits whose time it names
    entered: list[Appointment] = field(default_factory=list)  # visits that its calendar file enters


def no_longer_true(message: Message, *, now: datetime) -> Reason | None:
    """Why the message must not go out any more, or None if it still holds."""
    appointment = message.appointment
    kind = Kind(message.kind)
    truth = _TRUE_WHILE[kind]
    if appointment.status not in truth.statuses:
        return Reason(f"is_{appointment.status}")
    if truth.of_one_version and message.version != appointment.version:
        return Reason.NEWER
    match kind:
        case Kind.CHANGED:
            # Moved and moved back; what staff send once more is sent all the same.
            known = appointment.told_starts_at == appointment.starts_at and not message.is_copy
            return Reason.KNOWN if known else None
        case Kind.REMINDER | Kind.RIDE_UNCONFIRMED:
            return _reminder_is_over(message, now=now)
        case Kind.EARLIER_OFFERED:
            return None if _open_offer(message, now=now) else Reason.OFFER_OVER
        case Kind.COURSE_PLACED:
            return None if _visits(message) else Reason.COURSE_OVER
        case _:
            return None


def _reminder_is_over(message: Message, *, now: datetime) -> Reason | None:
    if message.appointment.starts_at <= now:
        return Reason.BEGUN
    if message.kind == Kind.RIDE_UNCONFIRMED and not message.appointment.needs_ride_confirmed:
        return Reason.RIDE_SURE
    return Reason.NEARER if _has_newer_reminder(message) else None


def build(message: Message, *, practice: Practice, now: datetime) -> Letter:
    """The e-mail: text, simple HTML and, where the calendar changes, a calendar file.

    A patient who wants plain messages gets text alone: that there is news, and the link to it.
    """
    kind = Kind(message.kind)
    plain = kind.is_to_patient and message.appointment.patient.plain_messages
    visits = [] if plain else _visits(message)
    method = _method(message, visits)
    with override(settings.LANGUAGE_CODE):
        context = {
            **_context(message, practice=practice, now=now),
            "visits": [(visit, links.url_for(visit)) for visit in visits],
            "with_calendar": bool(method),
        }
        mail = _mail(message, "plain" if plain else str(kind), context)
        if method:
            mail.attach(_calendar_part(visits, method, practice=practice, now=now))
    return Letter(
        mail,
        told=visits if _TRUE_WHILE[kind].tells_time else [],
        entered=visits if method and method is not ics.Method.CANCEL else [],
    )


def calendar_entry(appointment: Appointment, *, practice: Practice) -> ics.Entry:
    """The visit as a calendar may show it. The place is the street without the suite; a video visit has none."""
    in_office = appointment.visit_type.place == VisitType.Place.OFFICE
    street = practice.street.partition(",")[0]
    return ics.Entry(
        uid=appointment.calendar_uid,
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=_("Appointment"),
        location=f"{street}, {practice.city}, {practice.state} {practice.postal_code}" if in_office else "",
        description=_("To change or cancel, use the link in our message."),
        organizer_name=settings.OFFICE_NAME,
        organizer_email=settings.MAIL_FROM,
        attendee_email=appointment.patient.email,
        cancelled=appointment.status == Status.CANCELLED,
    )


def feed_entries(appointment: Appointment, *, practice: Practice, now: datetime) -> list[ics.Entry]:
    """All visits of that visit's patient for a calendar that subscribes, from 30 days ago on.

    One that was agreed and then cancelled stands there as cancelled.
    """
    was_agreed = Exists(AppointmentEvent.objects.filter(appointment=OuterRef("pk"), to_status=Status.CONFIRMED))
    visits = Appointment.objects.filter(
        was_agreed, patient=appointment.patient_id, starts_at__gte=now - FEED_REACHES_BACK
    )
    ordered = visits.select_related("visit_type", "patient").order_by("starts_at", "pk")
    return [calendar_entry(visit, practice=practice) for visit in ordered]


def _visits(message: Message) -> list[Appointment]:
    """What the message is about: one visit, or those of a course that are still open, in order."""
    if message.kind != Kind.COURSE_PLACED:
        return [message.appointment]
    of_course = Appointment.objects.filter(course=message.appointment.course_id, status__in=OPEN)
    return list(of_course.select_related("visit_type", "patient", "course").order_by("starts_at", "pk"))


def _method(message: Message, visits: list[Appointment]) -> ics.Method | None:
    """What a calendar is asked: nothing before the visit is agreed, and to take out only what it may have."""
    method = _TRUE_WHILE[Kind(message.kind)].calendar if visits else None
    if method is ics.Method.CANCEL:
        return method if message.appointment.in_calendar else None
    if method is ics.Method.REQUEST:
        return method if message.appointment.status == Status.CONFIRMED else None
    return method


def _context(message: Message, *, practice: Practice, now: datetime) -> dict[str, object]:
    appointment = message.appointment
    visit_type = appointment.visit_type
    # What was typed is repeated only once staff have looked.
    seen = appointment.events.filter(by=Actor.STAFF).exists()
    return {
        "appointment": appointment,
        "practice": practice,
        "office_name": settings.OFFICE_NAME,
        "link": _staff_link(appointment) if message.is_to_staff else links.url_for(appointment),
        "in_office": visit_type.place == VisitType.Place.OFFICE,
        "first_name": appointment.patient.first_name if seen else "",
        "ride_name": appointment.ride_name if seen else "",
        "is_confirmed": appointment.status == Status.CONFIRMED,
        "until": appointment.change_until if appointment.can_be_changed_by_patient(now) else None,
        "has_preparation": bool(visit_type.bring_text) or visit_type.preparations.exists(),
        **_context_of_kind(message, now=now),
    }


def _context_of_kind(message: Message, *, now: datetime) -> dict[str, object]:
    match Kind(message.kind):
        case Kind.CHANGED:
            return {"was": _time_before(message.appointment)}
        case Kind.DECLINED | Kind.CANCELLED_BY_PATIENT | Kind.CANCELLED_BY_PRACTICE:
            return {"again": _other_times(message.appointment)}
        case Kind.EARLIER_OFFERED:
            return {"offer": _open_offer(message, now=now)}
        case _:
            return {}


def _time_before(appointment: Appointment) -> datetime | None:
    """The time that the patient knows; where we can't say what has reached them, the one it was moved from."""
    if appointment.told_starts_at and appointment.told_starts_at != appointment.starts_at:
        return appointment.told_starts_at
    moves = appointment.events.filter(verb=Verb.RESCHEDULE).order_by("-at", "-pk")
    return moves.values_list("moved_from", flat=True).first()


def _other_times(appointment: Appointment) -> str:
    """The shortest way to another time: what anybody may ask for, on the public pages; the rest by their own link."""
    visit_type = appointment.visit_type
    if visit_type.is_active and visit_type.open_to == VisitType.OpenTo.ANYONE:
        return settings.SITE_URL + reverse("booking:times", args=[visit_type.slug])
    return links.url_for(appointment)


def _open_offer(message: Message, *, now: datetime) -> Offer | None:
    offers = Offer.objects.filter(pk=message.first_occasion, appointment=message.appointment_id)
    return offers.filter(state=Offer.State.OPEN, expires_at__gt=now).first()


def _has_newer_reminder(message: Message) -> bool:
    """After an outage a reminder may wait so long that the next one, nearer to the visit, is there."""
    others = Message.objects.filter(
        appointment=message.appointment_id, kind=message.kind, version=message.version, pk__gt=message.pk
    )
    waiting_or_sent = others.filter(state__in=[Message.State.QUEUED, Message.State.SENDING, Message.State.SENT])
    return waiting_or_sent.exclude(occasion__startswith=message.first_occasion).exists()


def _mail(message: Message, name: str, context: dict[str, object]) -> EmailMultiAlternatives:
    subject = " ".join(render_to_string(f"emails/{name}.subject.txt", context).split())
    mail = EmailMultiAlternatives(
        subject=subject,
        body=re.sub(r"\n\s*\n", "\n\n", render_to_string(f"emails/{name}.txt", context)).strip() + "\n",
        to=[settings.OFFICE_EMAIL if message.is_to_staff else message.appointment.patient.email],
        headers={
            "Message-ID": f"<{message.message_id}@{settings.MAIL_FROM.partition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    if name != "plain":
        html = render_to_string(f"emails/{name}.html", {**context, "subject": subject})
        mail.attach_alternative(html, "text/html")
    return mail


def _calendar_part(visits: list[Appointment], method: ics.Method, *, practice: Practice, now: datetime) -> MIMEBase:
    entries = [calendar_entry(visit, practice=practice) for visit in visits]
    part = MIMEText(ics.calendar_file(entries, method, stamp=now).decode(), "calendar", "utf-8")
    part.set_param("method", str(method))
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    return part


def _staff_link(appointment: Appointment) -> str:
    return settings.SITE_URL + reverse("admin:booking_appointment_change", args=[appointment.pk])
