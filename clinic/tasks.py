"""Housekeeping that belongs to neither app."""

from datetime import timedelta

from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from clinic.models import Throttle

KEEP_COUNTS = timedelta(days=2)  # longer than the longest window


@shared_task(name="clinic.tasks.clear_out")
def clear_out() -> None:
    """Deletes counts whose window is over and staff's sessions that have ended."""
    Throttle.objects.filter(window_start__lt=timezone.now() - KEEP_COUNTS).delete()
    call_command("clearsessions", verbosity=0)
