"""A patient who presses again and again writes no endless history: it is what staff read."""

from datetime import datetime, timedelta

from booking.actions.who import By, TooManyRequests
from booking.models import Actor, Appointment, Verb

DAY = timedelta(days=1)
CHANGES_A_DAY = 60  # of one visit, by the patient; nobody needs as many


def is_repeated(appointment: Appointment, verb: Verb, by: By) -> bool:
    """Whether a patient says once more what they have said already. The visit is locked, and nothing would change."""
    return by.actor == Actor.PATIENT and appointment.events.filter(verb=verb, by=Actor.PATIENT).exists()


def check_flood(appointment: Appointment, by: By, *, now: datetime) -> None:
    """Raises TooManyRequests once a patient has changed this visit so often within a day."""
    if by.actor != Actor.PATIENT:
        return
    if appointment.events.filter(by=Actor.PATIENT, at__gt=now - DAY).count() >= CHANGES_A_DAY:
        raise TooManyRequests
