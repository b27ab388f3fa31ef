"""The worker's timetable: every task is there, needs no arguments, and does not pile up while no worker runs."""

from datetime import date
from typing import Any

import pytest
from celery.signals import worker_ready
from django.utils import timezone

from booking import tasks
from booking.models import Holiday
from clinic.celery import app

app.loader.import_default_modules()


@pytest.mark.parametrize("name", list(app.conf.beat_schedule))
def test_each_entry_names_a_task_and_runs_out(name: str) -> None:
    entry = app.conf.beat_schedule[name]

    assert entry["task"] in app.tasks
    assert entry.get("args", ()) == ()
    assert 0 < entry["options"]["expires"] < entry["schedule"]


def test_every_task_of_ours_is_on_the_timetable() -> None:
    ours = {name for name in app.tasks if not name.startswith("celery.")}

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} == ours


def test_a_worker_that_has_started_waits_for_no_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []

    def send(name: str, **options: Any) -> None:
        sent.append(name)

    monkeypatch.setattr(app, "send_task", send)
    worker_ready.send(sender=None)

    assert sent == [
        "booking.tasks.deliver_messages",
        "booking.tasks.propose_holidays",
        "clinic.records.tasks.remove_what_is_due",
    ]


@pytest.mark.django_db
def test_holidays_are_proposed_once() -> None:
    tasks.propose_holidays()
    tasks.propose_holidays()

    assert Holiday.objects.filter(day=date(timezone.now().year + 1, 1, 1)).count() == 1
    assert set(Holiday.objects.values_list("decision", flat=True)) == {"undecided"}
