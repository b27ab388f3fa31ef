"""What the worker runs. Tasks take no arguments: what is to be done stands in Postgres."""

import time

from celery import shared_task
from django.utils import timezone

from booking import outbox
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
