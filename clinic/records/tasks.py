"""What the worker runs for the records."""

from celery import shared_task
from django.utils import timezone

from clinic.records.removal import remove_due


@shared_task(name="clinic.records.tasks.remove_what_is_due")
def remove_what_is_due() -> None:
    """Removes what is over its time; what is left over goes at the next run."""
    remove_due(now=timezone.now())
