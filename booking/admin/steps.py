"""The buttons of an appointment: what each does, and what it tells before and after it is pressed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking import actions
from booking.models import Appointment, Status, Verb, allowed


class Act(Protocol):
    def __call__(self, *, appointment: Appointment, by: actions.By, now: datetime) -> Appointment: ...


@dataclass(frozen=True)
class Step:
    verb: Verb
    act: Act
    button: Promise
    question: Promise
    done: Promise
    effect: Promise
    mail: Callable[[Appointment], Promise] | None = None  # what the patient is told
    tone: str = "quiet"
    after_start: bool = False


def _confirmation(appointment: Appointment) -> Promise:
    return _("that the visit is confirmed, with an entry for their calendar")


def _refusal(appointment: Appointment) -> Promise:
    return _("that we can’t offer this visit, and how to ask for another time")


def _cancellation(appointment: Appointment) -> Promise:
    if appointment.status == Status.CONFIRMED:
        return _("that we have cancelled the visit, with what takes it out of their calendar")
    return _("that we have cancelled the visit they asked for")


MAILED = _("%(action)s %(patient)s will get an e-mail.")

STEPS: dict[Verb, Step] = {
    step.verb: step
    for step in (
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
            effect=_("The visit is closed. This can’t be taken back."),
            tone="",
            after_start=True,
        ),
        Step(
            Verb.MISS,
            actions.miss,
            button=_("Did not come"),
            question=_("Note that the patient did not come?"),
            done=_("Noted: the patient did not come."),
            effect=_("The visit is closed. This can’t be taken back."),
            after_start=True,
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
    )
}


def too_early(step: Step, appointment: Appointment, *, now: datetime) -> bool:
    return step.after_start and now < appointment.starts_at


def offered(appointment: Appointment, *, now: datetime) -> list[Step]:
    """The buttons that make sense at this moment."""
    return [
        step
        for verb, step in STEPS.items()
        if allowed(verb, appointment.status) and not too_early(step, appointment, now=now)
    ]


def flash(step: Step, appointment: Appointment) -> str:
    """Afterwards. The e-mail is promised, not claimed: it is only queued."""
    if not step.mail:
        return str(step.done)
    return str(MAILED) % {"action": step.done, "patient": appointment.patient.name}
