"""The buttons of an appointment: what each does, and what it tells before and after it is pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from booking import actions
from booking import offered as offered_times
from booking.actions.arrival import is_of_today, last_word
from booking.actions.sessions import standing_at
from booking.actions.steps import last_event
from booking.models import MOVES, OPEN, Appointment, AppointmentEvent, Offer, Status, Verb, allowed, in_time


class Act(Protocol):
    def __call__(self, *, appointment: Appointment, by: actions.By, now: datetime) -> Appointment: ...


NO_MESSAGE = _("The patient gets no message.")


@dataclass(frozen=True)
class Step:
    verb: Verb
    act: Act
    button: Promise
    question: Promise
    done: Promise
    effect: Promise
    mail: Callable[[Appointment], Promise] | None = None  # what the patient is told; where nothing, `untold` is said
    untold: Promise = NO_MESSAGE
    tone: str = "quiet"


def _confirmation(appointment: Appointment) -> Promise:
    return _("that the visit is confirmed, with an entry for their calendar")


def _refusal(appointment: Appointment) -> Promise:
    return _("that we can’t offer this visit, and why")


def _cancellation(appointment: Appointment) -> Promise:
    if appointment.status == Status.CONFIRMED:
        return _("that we have cancelled the visit, with what takes it out of their calendar")
    return _("that we have cancelled the visit they asked for")


def move_told(appointment: Appointment) -> Promise:
    if appointment.status == Status.CONFIRMED:
        return _("that the visit is moved, with the new time for their calendar")
    return _("that we have changed the time of the visit they asked for")


def _same_link(appointment: Appointment) -> Promise:
    return _("with the link to this visit")


def _new_link(appointment: Appointment) -> Promise:
    return _("with a new link to this visit, and to others that are to come")


def _ask_for_earlier(*, appointment: Appointment, by: actions.By, now: datetime) -> Appointment:
    actions.ask_for_earlier(appointment=appointment, by=by, now=now)
    return appointment


def _ask_for_estimate(*, appointment: Appointment, by: actions.By, now: datetime) -> Appointment:
    actions.ask_for_estimate(appointment=appointment, by=by, now=now)
    return appointment


def _send_link(*, appointment: Appointment, by: actions.By, now: datetime) -> Appointment:
    actions.send_fresh_link(appointment=appointment, by=by, now=now)
    return appointment


def _replace_link(*, appointment: Appointment, by: actions.By, now: datetime) -> Appointment:
    actions.replace_link(appointment=appointment, by=by, now=now)
    return appointment


MAILED = _("%(action)s %(patient)s will get an e-mail.")

STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
        Step(
            Verb.ARRIVE,
            actions.arrive,
            button=_("Arrived"),
            question=_("Has the patient arrived?"),
            done=_("Noted: they are here."),
            effect=_("Everybody at the desk sees that they are here, and since when. This can be taken back."),
            tone="",
        ),
        Step(
            Verb.NOT_HERE,
            actions.take_back_arrival,
            button=_("Not here after all"),
            question=_("Take back that the patient has arrived?"),
            done=_("Taken back."),
            effect=_("The mark goes; the history keeps both."),
        ),
        Step(
            Verb.CONFIRM,
            actions.confirm,
            button=_("Confirm"),
            question=_("Confirm this visit?"),
            done=_("Confirmed."),
            effect=_("The visit is agreed. Its time stays held."),
            mail=_confirmation,
            tone="",
        ),
        Step(
            Verb.DECLINE,
            actions.decline,
            button=_("Decline"),
            question=_("Decline this request?"),
            done=_("Declined."),
            effect=_("Its time is free for others at once. This can’t be taken back."),
            mail=_refusal,
        ),
        Step(
            Verb.COMPLETE,
            actions.complete,
            button=_("Took place"),
            question=_("Note that this visit took place?"),
            done=_("Noted: the visit took place."),
            effect=_("The visit is closed. Should this turn out to be a slip, the other can be noted on its page."),
            tone="",
        ),
        Step(
            Verb.MISS,
            actions.miss,
            button=_("Did not come"),
            question=_("Note that the patient did not come?"),
            done=_("Noted: the patient did not come."),
            effect=_("The visit is closed. Should this turn out to be a slip, the other can be noted on its page."),
        ),
        Step(
            Verb.CANCEL,
            actions.cancel,
            button=_("Cancel visit"),
            question=_("Cancel this visit?"),
            done=_("Cancelled."),
            effect=_("Its time is free for others at once. This can’t be taken back."),
            mail=_cancellation,
            tone="danger",
        ),
        Step(
            Verb.EARLIER,
            _ask_for_earlier,
            button=_("Put on the list"),
            question=_("Put this patient on the list for an earlier time?"),
            done=_("They are on the list for an earlier time."),
            effect=_(
                "They keep the time they have. When an earlier one becomes free and it is their turn, it is held for "
                "them and offered by e-mail."
            ),
            untold=_("The patient gets no message now."),
        ),
        Step(
            Verb.WITHDRAW,
            actions.withdraw_times,
            button=_("Withdraw the times"),
            question=_("Withdraw the times offered?"),
            done=_("The times offered are withdrawn."),
            effect=_(
                "The times are free for others at once. The visit stays as it is, and it is your turn again to answer."
            ),
            untold=_(
                "The patient gets no message, and if the one that offers the times has not gone yet, it does not go. "
                "Their page says that the times are no longer held. Please get in touch with them."
            ),
        ),
        Step(
            Verb.ASK_COST,
            _ask_for_estimate,
            button=_("They asked for an estimate"),
            question=_("Have they asked for an estimate?"),
            done=_("Noted: they asked for an estimate."),
            effect=_("A task to give it within 3 business days stands on the desk."),
            untold=_("The patient gets no message now."),
        ),
        Step(
            Verb.LINK,
            _send_link,
            button=_("Send link again"),
            question=_("Send the link to this visit again?"),
            done=_("The link goes out again."),
            effect=_("Links sent before stay open, too."),
            mail=_same_link,
        ),
        Step(
            Verb.REVOKE,
            _replace_link,
            button=_("Close old links"),
            question=_("Close all older links of this patient?"),
            done=_("Older links are closed."),
            effect=_(
                "Every link that this patient was sent before stops working at once, to their other visits too, and so "
                "does a calendar that follows them. Do this when somebody else may have one."
            ),
            mail=_new_link,
        ),
    )
}
ABOUT_LINKS = (Verb.LINK, Verb.REVOKE)
BESIDE = (*ABOUT_LINKS, Verb.EARLIER, Verb.WITHDRAW, Verb.ASK_COST)  # what they are about, on the page of the visit
ANSWERS = (Verb.CONFIRM, Verb.DECLINE)
ARRIVALS = (Verb.ARRIVE, Verb.NOT_HERE)


def possible(verb: Verb, appointment: Appointment) -> bool:
    """Whether its state allows it. A link may be sent whatever the state: the page behind it tells it."""
    if verb in (Verb.EARLIER, Verb.ASK_COST):
        return appointment.status in OPEN
    if verb == Verb.WITHDRAW:
        batch = offered_times.newest(appointment)
        return batch is not None and batch.state == Offer.State.OPEN
    if verb in ARRIVALS:
        has_come = getattr(appointment, "arrived_at", None) is not None
        return appointment.status == Status.CONFIRMED and has_come == (verb == Verb.NOT_HERE)
    if verb == Verb.COMPLETE and appointment.course and appointment.status == Status.NO_SHOW:
        return standing_at(appointment.course, appointment.course_position) is None  # placed again, it stays missed
    return verb not in MOVES or allowed(verb, appointment.status)


def out_of_time(verb: Verb, appointment: Appointment, *, now: datetime) -> str | None:
    """Why the verb makes no sense now, or None."""
    if verb in ARRIVALS and not is_of_today(appointment, now=now):
        return gettext("The visit is not today. Nothing was changed.")
    begun = now >= appointment.starts_at
    if in_time(verb, begun=begun):
        return None
    if begun:
        return gettext("The time of this visit has passed. Nothing was changed.")
    return gettext("The visit has not begun yet. Nothing was changed.")


def in_the_way(verb: Verb, appointment: Appointment) -> AppointmentEvent | None:
    """What has happened instead, where its state does not allow the verb."""
    if verb in ARRIVALS and appointment.status == Status.CONFIRMED:
        return last_word(appointment)
    if verb == Verb.WITHDRAW:
        return appointment.events.select_related("user").order_by("-pk").first()
    return last_event(appointment)


def offered(appointment: Appointment, *, now: datetime) -> list[Step]:
    """The buttons that make sense at this moment, without those that stand beside what they are about."""
    return [
        step
        for verb, step in STEPS.items()
        if verb not in BESIDE and possible(verb, appointment) and not out_of_time(verb, appointment, now=now)
    ]


def movable(appointment: Appointment, *, now: datetime) -> bool:
    return appointment.status in OPEN and now < appointment.starts_at


def ride_can_be_told(appointment: Appointment, *, now: datetime) -> bool:
    return appointment.visit_type.needs_ride and appointment.status in OPEN and now < appointment.ends_at


def flash(step: Step, appointment: Appointment) -> str:
    """Afterwards. The e-mail is promised, not claimed: it is only queued."""
    return promised(step.done, appointment) if step.mail else str(step.done)


def promised(done: Promise | str, appointment: Appointment) -> str:
    return str(MAILED) % {"action": done, "patient": appointment.patient.name}
