"""What happened and how things stand, in the words that staff read."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from booking import offered, when
from booking.models import (
    OPEN,
    Actor,
    Appointment,
    AppointmentEvent,
    Clearance,
    DeclineReason,
    Message,
    Offer,
    Reason,
    Status,
    Verb,
)
from booking.waiting import is_late
from clinic.models import Practice

APPOINTMENT_PILLS = {Status.REQUESTED: "wait", Status.CONFIRMED: "good", Status.NO_SHOW: "bad"}
MESSAGE_PILLS = {
    Message.State.QUEUED: "wait",
    Message.State.SENDING: "wait",
    Message.State.SENT: "good",
    Message.State.FAILED: "bad",
}


def pill(text: str, tone: str = "") -> SafeString:
    return format_html('<span class="{}">{}</span>', f"pill {tone}".strip(), text)


def appointment_state(appointment: Appointment) -> SafeString:
    return pill(appointment.get_status_display(), APPOINTMENT_PILLS.get(Status(appointment.status), ""))


def message_state(message: Message) -> SafeString:
    return pill(message.get_state_display(), MESSAGE_PILLS.get(Message.State(message.state), ""))


def ride(appointment: Appointment) -> SafeString | None:
    """Whether somebody takes the patient home: green where that is sure, red while it is still to be settled."""
    if not appointment.visit_type.needs_ride:
        return None
    if appointment.ride_confirmed_at:
        return pill(_("confirmed"), "good")
    if appointment.status not in OPEN:
        return pill(_("not confirmed") if appointment.ride_name else _("not told"))
    return pill(_("not confirmed") if appointment.ride_name else _("not told yet"), "bad")


def waiting(
    appointment: Appointment, *, practice: Practice, closed: Collection[date], now: datetime
) -> SafeString | None:
    """How long a request has been unanswered; red and "late" once the promised time is over.

    `closed` are the holidays on which the office is closed: they don't count. Of a row read `with_turn` it says, too,
    that times are offered and until when, or what has become of them.
    """
    if appointment.status != Status.REQUESTED:
        return None
    turn: datetime = getattr(appointment, "turn_at", appointment.created_at)
    if turn > now:
        return pill(_("times offered, answer by %(until)s") % {"until": moment(turn)})
    age = {"age": timesince(turn, now, depth=1)}
    if now - turn < timedelta(minutes=1):
        pills = pill(_("just now"), "wait")
    elif is_late(turn, practice=practice, closed=closed, now=now):
        pills = pill(_("waiting %(age)s, late") % age, "bad")
    else:
        pills = pill(_("waiting %(age)s") % age, "wait")
    answer = offer_answer(getattr(appointment, "offer_state", None))
    return format_html("{} {}", pills, pill(answer, "wait")) if answer else pills


def state_and_offer(appointment: Appointment, *, now: datetime) -> SafeString:
    """Its state, and whether other times wait for the patient's answer. A list reads the offers before."""
    state, batch = appointment_state(appointment), offered.newest(appointment)
    held = batch.held(now) if batch else []
    if not held:
        return state
    return format_html("{} {}", state, pill(_("times offered, answer by %(at)s") % {"at": moment(held[0].expires_at)}))


def offer_answer(state: str | None) -> str:
    """How the times that were offered last have ended, where nothing came of them. Open ones have run out by then."""
    match state:
        case Offer.State.REFUSED:
            return _("none of the times offered suits")
        case Offer.State.OPEN | Offer.State.EXPIRED:
            return _("no answer to the times offered")
        case _:
            return ""


def arrival(appointment: Appointment) -> SafeString | None:
    """arrived 9:52 AM; the row is read `with_arrival`."""
    at = getattr(appointment, "arrived_at", None)
    return pill(_("arrived %(at)s") % {"at": when.clock(at)}, "good") if at else None


def name(user: User) -> str:
    return user.get_full_name() or user.get_username()


def who(event: AppointmentEvent) -> str:
    if event.by == Actor.STAFF and event.user:
        return name(event.user)
    return _("the patient") if event.by == Actor.PATIENT else _("the system")


def what(event: AppointmentEvent) -> str:
    """confirmed by Ana Diaz"""
    sentences = {
        Verb.REQUEST: _("asked for by %(who)s"),
        Verb.CONFIRM: _("confirmed by %(who)s"),
        Verb.DECLINE: _("declined by %(who)s"),
        Verb.CANCEL: _("cancelled by %(who)s"),
        Verb.COMPLETE: _("took place, noted by %(who)s"),
        Verb.MISS: _("did not come, noted by %(who)s"),
        Verb.BOOK: _("booked by %(who)s"),
        Verb.RESCHEDULE: _("moved by %(who)s, from %(from)s to %(to)s"),
        Verb.RIDE: _("ride home told by %(who)s"),
        Verb.RIDE_SURE: _("ride home confirmed by %(who)s"),
        Verb.CONTACT: _("how to be contacted, changed by %(who)s"),
        Verb.EARLIER: _("an earlier time wished for by %(who)s"),
        Verb.NO_EARLIER: _("an earlier time no longer wished for, said by %(who)s"),
        Verb.LINK: _("a fresh link asked for by %(who)s"),
        Verb.REVOKE: _("older links closed by %(who)s"),
        Verb.ARRIVE: _("arrived, noted by %(who)s"),
        Verb.NOT_HERE: _("not here after all, said by %(who)s"),
        Verb.ASKED_OFF: _("the patient had asked for it, said by %(who)s"),
        Verb.QUIET: _("no message to the patient, chosen by %(who)s"),
        Verb.OFFER: _("other times offered by %(who)s: %(times)s"),
        Verb.REFUSE: _("none of the times offered suits, said by %(who)s"),
        Verb.LAPSE: _("no answer to the times offered, noted by %(who)s"),
        Verb.WITHDRAW: _("the times offered withdrawn by %(who)s"),
        Verb.ASK_COST: _("an estimate asked for, noted by %(who)s"),
        Verb.TOLD_COST: _("estimate given, ticked off by %(who)s"),
        Verb.UNTOLD_COST: _("estimate not given after all, said by %(who)s"),
        Verb.FORM_SENT: _("form sent in, ticked off by %(who)s"),
        Verb.FORM_OPEN: _("form not sent in after all, said by %(who)s"),
        Verb.INSURANCE: _("insurance corrected by %(who)s"),
        Verb.MERGE: _("came from another record of the patient, put together by %(who)s"),
        Verb.APART: _("went back to the record it came from, taken apart by %(who)s"),
    }
    if event.reason:
        because = DeclineReason(event.reason).label
        return _("declined by %(who)s: %(because)s") % {"who": who(event), "because": because}
    moves = {name: when.short(at) if at else "" for name, at in (("from", event.moved_from), ("to", event.moved_to))}
    times = offered_with(event) if event.verb == Verb.OFFER else ""
    return sentences[Verb(event.verb)] % {"who": who(event), "times": times, **moves}


def offered_with(event: AppointmentEvent) -> str:
    """Wed, Dec 2, 12:00 PM; Thu, Dec 3, 9:00 AM; answer by Dec 1, 8:00 PM"""
    offers = [one for one in event.appointment.offers.all() if one.batch and one.offered_at == event.at]
    times = [when.short(one.starts_at) for one in sorted(offers, key=lambda one: one.starts_at)]
    return "; ".join([*times, *(_("answer by %(until)s") % {"until": moment(one.expires_at)} for one in offers[:1])])


def moment(at: datetime) -> str:
    """Dec 1, 10:02 AM"""
    return date_format(when.local(at), _("M j, g:i A"))


def already(last: AppointmentEvent | None, *, now: datetime) -> str:
    """Why a verb could not be done: what has happened instead, by whom and when."""
    if last is None:
        return _("Nothing was changed.")
    if last.verb == Verb.REQUEST:
        return _("This is still a request: confirm it first. Nothing was changed.")
    same_day = when.local(last.at).date() == when.local(now).date()
    at = when.clock(last.at) if same_day else moment(last.at)
    sentences = {
        Verb.CONFIRM: _("Already confirmed by %(who)s at %(at)s. Nothing was changed."),
        Verb.DECLINE: _("Already declined by %(who)s at %(at)s. Nothing was changed."),
        Verb.CANCEL: _("Already cancelled by %(who)s at %(at)s. Nothing was changed."),
        Verb.COMPLETE: _("Already noted as “took place” by %(who)s at %(at)s. Nothing was changed."),
        Verb.MISS: _("Already noted as “did not come” by %(who)s at %(at)s. Nothing was changed."),
        Verb.ARRIVE: _("Already noted as arrived by %(who)s at %(at)s. Nothing was changed."),
        Verb.BOOK: _("Already booked by %(who)s at %(at)s. Nothing was changed."),
    }
    sentence = sentences.get(
        Verb(last.verb), _("Something happened meanwhile, at %(at)s: %(what)s. Nothing was changed; please look again.")
    )
    return sentence % {"who": who(last), "at": at, "what": what(last)}


def cleared_already(clearance: Clearance) -> str:
    return _("Cleared already, by %(who)s at %(at)s.") % {"who": name(clearance.by), "at": moment(clearance.at)}


def goes_out(message: Message, *, now: datetime) -> str:
    """goes out at 6:23 PM: of a message read `with_wait` that is still to go; empty for others."""
    if not getattr(message, "is_to_come", False):
        return ""
    if when.local(message.ready_at).date() == when.local(now).date():
        return _("goes out at %(at)s") % {"at": when.clock(message.ready_at)}
    return _("goes out on %(at)s") % {"at": when.short(message.ready_at)}


def failure(message: Message) -> str:
    """Why a message has not gone, for somebody at the front desk."""
    if message.reason in Reason.values:
        return str(Reason(message.reason).label)
    code = message.reason.rpartition(" ")[2]
    if message.state == Message.State.FAILED and code.isdigit():
        return _(
            "The mail server refused it (%(code)s). The address may be wrong: please phone %(name)s, %(phone)s."
        ) % {
            "code": code,
            "name": message.appointment.patient.name,
            "phone": message.appointment.patient.phone.as_national,
        }
    return message.reason
