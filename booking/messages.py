"""What a message says: rendered when it is sent, from what is true then, and not sent if it no longer holds.

Nothing in subject, sender or calendar entry tells of a condition, a treatment or a specialty. What goes out before
staff have seen the request repeats nothing that the visitor typed: the address may be somebody else's.
"""

from dataclasses import dataclass
from datetime import datetime
from email.mime.base import MIMEBase
from email.mime.text import MIMEText

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking import ics, links
from booking.models import OPEN, Appointment, Kind, Message, Status
from clinic.models import Practice


@dataclass(frozen=True)
class _Truth:
    """When a kind of message still holds."""

    statuses: frozenset[Status]
    calendar: ics.Method | None = None
    of_one_version: bool = True


_TRUE_WHILE: dict[Kind, _Truth] = {
    Kind.RECEIVED: _Truth(frozenset({Status.REQUESTED})),
    Kind.CONFIRMED: _Truth(frozenset({Status.CONFIRMED}), ics.Method.REQUEST),
    Kind.CHANGED: _Truth(OPEN, ics.Method.REQUEST),
    Kind.DECLINED: _Truth(frozenset({Status.DECLINED})),
    Kind.CANCELLED_BY_PATIENT: _Truth(frozenset({Status.CANCELLED}), ics.Method.CANCEL),
    Kind.CANCELLED_BY_PRACTICE: _Truth(frozenset({Status.CANCELLED}), ics.Method.CANCEL),
    Kind.REMINDER: _Truth(frozenset({Status.CONFIRMED})),
    Kind.RIDE_UNCONFIRMED: _Truth(frozenset({Status.CONFIRMED})),
    Kind.EARLIER_OFFERED: _Truth(OPEN),
    Kind.COURSE_PLACED: _Truth(frozenset(Status), ics.Method.REQUEST, of_one_version=False),
    Kind.FRESH_LINK: _Truth(frozenset(Status), of_one_version=False),
    Kind.STAFF_NEW_REQUEST: _Truth(frozenset({Status.REQUESTED})),
    Kind.STAFF_UNANSWERED: _Truth(frozenset({Status.REQUESTED}), of_one_version=False),
    Kind.STAFF_CANCELLED: _Truth(frozenset({Status.CANCELLED})),
}


def no_longer_true(message: Message) -> str | None:
    """Why the message must not go out any more, or None if it still holds."""
    appointment = message.appointment
    truth = _TRUE_WHILE[Kind(message.kind)]
    if appointment.status not in truth.statuses:
        return f"appointment is {appointment.status}"
    if truth.of_one_version and message.version != appointment.version:
        return "a newer change has its own message"
    return None


def build(message: Message, *, practice: Practice, now: datetime) -> EmailMultiAlternatives:
    """The e-mail, ready to be sent: text, simple HTML and, where the calendar changes, a calendar file."""
    appointment = message.appointment
    kind = Kind(message.kind)
    method = _TRUE_WHILE[kind].calendar if _stands_in_calendar(appointment) else None
    context = {
        "with_calendar": method is not None,
        "appointment": appointment,
        "patient": appointment.patient,
        "practice": practice,
        "office_name": settings.OFFICE_NAME,
        "site_url": settings.SITE_URL,
        "link": _staff_link(appointment) if message.is_to_staff else links.url_for(appointment),
        "in_office": appointment.visit_type.place == appointment.visit_type.Place.OFFICE,
    }
    with override(settings.LANGUAGE_CODE):
        subject = " ".join(render_to_string(f"emails/{kind}.subject.txt", context).split())
        context["subject"] = subject
        mail = EmailMultiAlternatives(
            subject=subject,
            body=render_to_string(f"emails/{kind}.txt", context).strip() + "\n",
            to=[settings.OFFICE_EMAIL if message.is_to_staff else appointment.patient.email],
            headers={
                "Message-ID": f"<{message.message_id}@{settings.MAIL_FROM.partition('@')[2]}>",
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(render_to_string(f"emails/{kind}.html", context), "text/html")
        if method:
            mail.attach(_calendar_part(appointment, method, practice=practice, now=now))
    return mail


def calendar_entry(appointment: Appointment, *, practice: Practice) -> ics.Entry:
    """The visit as a calendar may show it. The place is the street without the suite; a video visit has none."""
    in_office = appointment.visit_type.place == appointment.visit_type.Place.OFFICE
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
    )


def _stands_in_calendar(appointment: Appointment) -> bool:
    """Whether the visit was ever confirmed, which is when a calendar file goes out."""
    return appointment.events.filter(to_status=Status.CONFIRMED).exists()


def _calendar_part(appointment: Appointment, method: ics.Method, *, practice: Practice, now: datetime) -> MIMEBase:
    content = ics.calendar_file(calendar_entry(appointment, practice=practice), method, stamp=now)
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", str(method))
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    return part


def _staff_link(appointment: Appointment) -> str:
    return settings.SITE_URL + reverse("admin:booking_appointment_change", args=[appointment.pk])
