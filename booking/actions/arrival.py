"""Whether the patient has come. It is a mark of the day and no state: what follows is that the visit took place."""

from datetime import datetime

from booking import when
from booking.actions.steps import last_event, lock_appointment, record
from booking.actions.who import By, NotAllowed
from booking.models import Appointment, AppointmentEvent, Status, Verb
from booking.transactions import in_transaction


def arrive(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """The patient is here. Raises NotAllowed where that is noted already, or the visit is not confirmed for today."""
    return _note(appointment, Verb.ARRIVE, by=by, now=now)


def take_back_arrival(*, appointment: Appointment, by: By, now: datetime) -> Appointment:
    """A slip: they are not here. Raises NotAllowed where no arrival is noted."""
    return _note(appointment, Verb.NOT_HERE, by=by, now=now)


def _note(appointment: Appointment, verb: Verb, *, by: By, now: datetime) -> Appointment:
    def attempt() -> Appointment:
        before = lock_appointment(appointment, by)
        said = last_word(before)
        has_come = said is not None and said.verb == Verb.ARRIVE
        if before.status != Status.CONFIRMED or not is_of_today(before, now=now):
            raise NotAllowed(before, last_event(before))
        if has_come == (verb == Verb.ARRIVE):
            raise NotAllowed(before, said)
        record(before, verb, before.status, by=by, now=now)
        return before

    return in_transaction(attempt, tells=False)


def is_of_today(appointment: Appointment, *, now: datetime) -> bool:
    return when.local(appointment.starts_at).date() == when.local(now).date()


def last_word(appointment: Appointment) -> AppointmentEvent | None:
    """What was last said about whether they have come; a move makes it a visit that they have not come to."""
    said = appointment.events.filter(verb__in=[Verb.ARRIVE, Verb.NOT_HERE, Verb.RESCHEDULE])
    return said.select_related("user").order_by("-pk").first()
