"""What the worker runs. Tasks take no arguments: what is to be done stands in Postgres."""

import time

from celery import shared_task
from django.utils import timezone

from booking import actions, holidays, outbox, reminders, when
from clinic.models import Practice

LONG_ENOUGH = 30.0  # seconds; well inside the task's soft limit


@shared_task(name=outbox.TASK)
def deliver_messages() -> None:
    """Sends what is due until nothing is left, the mail server is down, or half a minute has passed."""
    outbox.beat(now=timezone.now())
    practice = Practice.load()
    started = time.monotonic()
    while time.monotonic() - started < LONG_ENOUGH:
        if outbox.deliver_next(practice=practice) is not outbox.Outcome.DONE:
            return


@shared_task(name="booking.tasks.send_reminders")
def send_reminders() -> None:
    """Writes the reminders whose moment has come; `deliver_messages` sends them."""
    reminders.write_due(now=timezone.now())


@shared_task(name=outbox.OFFERS_TASK)
def offer_earlier_times() -> None:
    """Ends offers that have run out, then offers what is free to those who wait."""
    actions.expire_offers(now=timezone.now())
    actions.offer_freed_times(now=timezone.now())


@shared_task(name="booking.tasks.propose_holidays")
def propose_holidays() -> None:
    """Puts the public holidays that are to come before staff."""
    holidays.propose(today=when.local(timezone.now()).date())
