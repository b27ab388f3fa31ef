"""The worker and its timetable. Tasks take no arguments: what is to be done stands in Postgres."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

from django.conf import settings

HOUR = 60 * 60.0  # seconds

app = Celery("clinic", broker=settings.REDIS_URL, task_cls="clinic.records.because:Task")
app.conf.update(
    task_ignore_result=True,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,  # a Redis that comes back after a day finds the worker waiting
    # Longer than the worker's blocking wait. The web side publishes over a connection of its own, with 1 s.
    broker_transport_options={
        "socket_timeout": 30,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    task_soft_time_limit=45,  # seconds; bounds a mail server that drips bytes
    task_time_limit=60,
    beat_schedule={
        "deliver-messages": {
            "task": "booking.tasks.deliver_messages",
            "schedule": 30.0,
            "options": {"expires": 25},
        },
        "send-reminders": {"task": "booking.tasks.send_reminders", "schedule": 60.0, "options": {"expires": 55}},
        "offer-earlier-times": {
            "task": "booking.tasks.offer_earlier_times",
            "schedule": 60.0,
            "options": {"expires": 55},
        },
        "propose-holidays": {
            "task": "booking.tasks.propose_holidays",
            "schedule": 24 * HOUR,
            "options": {"expires": 6 * HOUR},
        },
        "remove-what-is-due": {
            "task": "clinic.records.tasks.remove_what_is_due",
            "schedule": 24 * HOUR,
            "options": {"expires": 6 * HOUR},
        },
    },
)
app.autodiscover_tasks(["booking", "clinic.records"])


@worker_ready.connect
def look_at_once(**kwargs: object) -> None:
    """A worker that has just started does not wait for the next beat, which may be a day away."""
    app.send_task("booking.tasks.deliver_messages", expires=25)
    app.send_task("booking.tasks.propose_holidays", expires=6 * HOUR)
    app.send_task("clinic.records.tasks.remove_what_is_due", expires=6 * HOUR)
