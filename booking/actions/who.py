"""Who does it, and what a verb says when it can't be done."""

from dataclasses import dataclass

from django.contrib.auth.models import User

from booking.models import Actor, Appointment, AppointmentEvent


@dataclass(frozen=True)
class By:
    """Who does it. Staff are named; a patient and the system are not users.

    `seen` is the newest event of the visit on the page that they pressed a button of. Where something has happened
    since, they decide about another visit than the one there is: nothing is done, and they are told what happened.
    """

    actor: Actor
    user: User | None = None
    seen: int | None = None

    def named(self) -> User:
        """The one of the staff who does it, for what nobody else may do."""
        if self.user is None:
            raise ValueError("only staff do this")
        return self.user


PATIENT = By(Actor.PATIENT)
SYSTEM = By(Actor.SYSTEM)


def staff(user: User, *, seen: int | None = None) -> By:
    return By(Actor.STAFF, user, seen)


class NotAllowed(Exception):
    """The appointment is in a state that the verb does not start from. Nothing was changed."""

    def __init__(self, appointment: Appointment, last: AppointmentEvent | None) -> None:
        super().__init__(appointment.status)
        self.appointment = appointment
        self.last = last  # what has happened instead, and by whom


class TooLate(NotAllowed):
    """The patient may no longer change it alone: it begins too soon, and the office must be called."""


class TooManyRequests(Exception):
    """More in a day from one network, or to one address, than the people behind it need."""
