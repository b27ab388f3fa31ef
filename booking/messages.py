"""What a message says: rendered when it is sent, from what is true then, and not sent if it no longer holds.

Nothing in subject, sender or calendar entry tells of a condition, a treatment or a specialty. What goes out before
staff have seen the request repeats nothing that the visitor typed: the address may be somebody else's.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.mime.base import MIMEBase
from email.mime.text import MIMEText
from typing import cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from booking import civil, ics, links, own_words, patient_calendar, when
from booking.models import (
    OPEN,
    Actor,
    Appointment,
    DeclineReason,
    Kind,
    Message,
    MessageText,
    ReminderDay,
    Status,
    Verb,
    VisitType,
)
from booking.still_true import TRUE_WHILE, knows_it_is_confirmed, knows_the_time, open_offer, open_times, visits_of
from clinic.models import Practice


@dataclass(frozen=True)
class Written:
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Letter:
    """A message ready to be sent, and what its reader knows once it has come."""

    mail: EmailMultiAlternatives
    about: list[Appointment] = field(default_factory=list)  # visits whose time its reader learns, be it by the link
    told: list[Appointment] = field(default_factory=list)  # those of them whose time it names
    entered: list[Appointment] = field(default_factory=list)  # visits that its calendar file enters


def build(message: Message, *, practice: Practice, now: datetime) -> Letter:
    """The e-mail: text, simple HTML and, where the calendar changes, a calendar file.

    A patient who wants plain messages is told only that there is news, with the link to it; of an offer, until when.
    """
    kind = Kind(message.kind)
    plain = kind.is_to_patient and message.appointment.patient.plain_messages
    about = visits_of(message)
    visits = [] if plain else about
    method = _method(message, visits)
    with override(settings.LANGUAGE_CODE):
        context = {
            **_context(message, practice=practice, now=now),
            "visits": [(visit, links.url_for(visit)) for visit in visits],
            "with_calendar": bool(method),
        }
        text = own_words.stored(kind) if kind.is_to_patient and not plain else None
        mail = _mail(message, written("plain" if plain else kind, context, text))
        if method:
            mail.attach(_calendar_part(_entries_for(visits), method, practice=practice, now=now))
    return Letter(
        mail,
        about=about if TRUE_WHILE[kind].tells_time else [],
        told=visits if TRUE_WHILE[kind].tells_time else [],
        entered=[visit for visit in visits if visit.status in OPEN] if method else [],
    )


def _entries_for(visits: list[Appointment]) -> list[Appointment]:
    """Of those that are cancelled only what a calendar may have."""
    return [visit for visit in visits if visit.status != Status.CANCELLED or visit.in_calendar]


def _method(message: Message, visits: list[Appointment]) -> ics.Method | None:
    """What a calendar is asked: nothing before the visit is agreed, and to take out only what it may have."""
    method = TRUE_WHILE[Kind(message.kind)].calendar if _entries_for(visits) else None
    if method is ics.Method.CANCEL:
        return method if message.appointment.in_calendar else None
    if method is ics.Method.REQUEST:
        return method if message.appointment.status == Status.CONFIRMED else None
    return method


def _context(message: Message, *, practice: Practice, now: datetime) -> dict[str, object]:
    appointment = message.appointment
    return {
        # What was typed is repeated only once staff have looked.
        **facts(appointment, practice=practice, seen=appointment.events.filter(by=Actor.STAFF).exists(), now=now),
        "link": _staff_link(appointment) if message.is_to_staff else links.url_for(appointment),
        **_context_of_kind(message, now=now),
    }


def facts(appointment: Appointment, *, practice: Practice, seen: bool, now: datetime) -> dict[str, object]:
    """What every message may say of its visit."""
    visit_type = appointment.visit_type
    return {
        "appointment": appointment,
        "practice": practice,
        "office_name": settings.OFFICE_NAME,
        "in_office": visit_type.place == VisitType.Place.OFFICE,
        "join_url": appointment.join_url,
        "first_name": appointment.patient.first_name if seen else "",
        "ride_name": appointment.ride_name if seen else "",
        "is_open": appointment.status in OPEN,
        "is_confirmed": appointment.status == Status.CONFIRMED,
        "until": appointment.change_until if appointment.can_be_changed_by_patient(now) else None,
        "has_preparation": bool(visit_type.things_to_bring()) or visit_type.preparations.exists(),
    }


def _context_of_kind(message: Message, *, now: datetime) -> dict[str, object]:
    appointment = message.appointment
    match Kind(message.kind):
        case Kind.CONFIRMED:
            return _other_time_known(appointment) | _prepare_if_soon(appointment, now=now)
        case Kind.CHANGED:
            told = {"was": _time_before(message), "is_news": not knows_it_is_confirmed(appointment)}
            return told | _prepare_if_soon(appointment, now=now)
        case Kind.REMINDER:
            return _prepare(appointment)
        case Kind.DECLINED:
            return {"because": appointment.declined_because()}
        case Kind.EARLIER_OFFERED:
            return _offered(message, now=now)
        case Kind.OTHER_OFFERED:
            return _other_times(message, now=now)
        case _:
            return {}


def _prepare(appointment: Appointment) -> dict[str, object]:
    return {
        "preparations": appointment.preparations(),
        "bring": appointment.visit_type.things_to_bring(),
        "has_preparation": False,  # it is all said here
    }


def _prepare_if_soon(appointment: Appointment, *, now: datetime) -> dict[str, object]:
    """What a reminder would say, where none comes any more."""
    days = ReminderDay.objects.filter(about=ReminderDay.About.VISIT).values_list("days_before", flat=True)
    zone = timezone.get_default_timezone()
    follows = any(civil.days_before(appointment.starts_at, number, zone) > now for number in days)
    return {} if follows or appointment.status != Status.CONFIRMED else _prepare(appointment)


def _offered(message: Message, *, now: datetime) -> dict[str, object]:
    offer = open_offer(message, now=now)
    if offer is None:  # it has just ended
        return {}
    return {
        "offer": offer,
        "offer_ends": offer.starts_at + message.appointment.visit_type.rule().stay,
        "look_before": when.soon(offer.expires_at, now=now),
    }


def _other_times(message: Message, *, now: datetime) -> dict[str, object]:
    offers = open_times(message, now=now)
    if not offers:  # they have just ended
        return {}
    stay = message.appointment.visit_type.rule().stay
    return {
        "times": [(offer.starts_at, offer.starts_at + stay) for offer in offers],
        "answer_until": offers[0].expires_at,
        "look_before": when.soon(offers[0].expires_at, now=now),
    }


def _other_time_known(appointment: Appointment) -> dict[str, object]:
    """Of a visit that is confirmed at a time of which no message has told yet: the one that the patient has asked for,
    and the last one told.
    """
    if appointment.told_starts_at == appointment.starts_at:
        return {}
    asked = _asked_for(appointment)
    return {"asked": asked if asked != appointment.starts_at else None, "was": appointment.told_starts_at}


def _asked_for(appointment: Appointment) -> datetime:
    """The start that the patient has last chosen."""
    moves = appointment.events.filter(verb=Verb.RESCHEDULE).order_by("-at", "-pk")
    asked = appointment.starts_at
    for by, moved_from in moves.values_list("by", "moved_from"):
        if by == Actor.PATIENT:
            break
        asked = moved_from or asked
    return asked


def _time_before(message: Message) -> datetime | None:
    """The time that the patient knows; where we can't say what has reached them, the one it was moved from.

    None where they know no other than the one it has.
    """
    appointment = message.appointment
    if appointment.told_starts_at and appointment.told_starts_at != appointment.starts_at:
        return appointment.told_starts_at
    if not message.is_copy and knows_the_time(appointment):
        return None
    moves = appointment.events.filter(verb=Verb.RESCHEDULE).order_by("-at", "-pk")
    return moves.values_list("moved_from", flat=True).first()


def written(name: str, context: dict[str, object], text: MessageText | None = None) -> Written:
    """The words. Where the practice has its own, they stand where ours would; what the site puts in stays."""
    own = own_words.words_for(text, cast(Appointment, context["appointment"]), as_usual=_is_usual(name, context))
    context = {**context, "own": own, "opening": _opening(name)}
    subject = when.plain(own.subject) or render_to_string(f"emails/{name}.subject.txt", context)
    body = when.plain(render_to_string(f"emails/{name}.txt", context))
    subject = " ".join(subject.split())
    return Written(
        subject,
        re.sub(r"\n\s*\n", "\n\n", body).strip() + "\n",
        render_to_string(f"emails/{name}.html", {**context, "subject": subject}),
    )


def opening(kind: Kind, context: dict[str, object]) -> str:
    """The first sentences as we say them."""
    return when.plain(render_to_string(_opening(kind), context)).strip()


def _opening(name: str) -> str:
    return f"emails/openings/{name}.txt"


def _is_usual(name: str, context: dict[str, object]) -> bool:
    """What is out of the ordinary we say ourselves: a request that is moved, a visit that is confirmed by the same
    message, or must be moved by us; a request that is declined for something else than its time.
    """
    match name:
        case Kind.CHANGED:
            return bool(context["is_confirmed"]) and not context["is_news"]
        case Kind.OTHER_OFFERED:
            return not context["is_confirmed"]
        case Kind.DECLINED:
            return context["because"] == DeclineReason.TIME
        case _:
            return True


def _mail(message: Message, letter: Written) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        to=[settings.OFFICE_EMAIL if message.is_to_staff else message.appointment.patient.email],
        headers={
            "Message-ID": f"<{message.message_id}@{settings.MAIL_FROM.partition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(letter.html, "text/html")
    return mail


def _calendar_part(visits: list[Appointment], method: ics.Method, *, practice: Practice, now: datetime) -> MIMEBase:
    entries = [patient_calendar.entry(visit, practice=practice) for visit in visits]
    part = MIMEText(ics.calendar_file(entries, method, stamp=now).decode(), "calendar", "utf-8")
    part.set_param("method", str(method))
    part.add_header("Content-Disposition", "attachment", filename="appointment.ics")
    return part


def _staff_link(appointment: Appointment) -> str:
    return settings.SITE_URL + reverse("admin:booking_appointment_change", args=[appointment.pk])
