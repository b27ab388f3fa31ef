"""Asking for an appointment over HTTP, step by step or by many at once."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from django.db import close_old_connections, connection
from django.utils import timezone

from booking import availability, holidays
from booking.models import Hold, Holiday, Message, Patient, VisitType
from booking.models.appointment import Appointment, AppointmentEvent
from booking.slots import Span
from booking.when import local
from tests.booking import factories
from tests.faults.parts import Site
from tests.faults.visitor import Answer, Visitor

T = TypeVar("T")


def ready(**changes: Any) -> VisitType:
    """A clinician with hours and a kind of visit, so that there are times to ask for.

    The holidays are decided: a worker that starts proposes those to come, and what was free would no longer be.
    """
    holidays.propose(today=local(timezone.now()).date())
    Holiday.objects.update(decision=Holiday.Decision.OPEN)
    factories.make_clinician()
    return factories.make_visit_type(**changes)


def free_starts(visit_type: VisitType) -> list[datetime]:
    now = timezone.now()
    window = Span(now, now + visit_type.rule().horizon)
    return [start.at for start in availability.free_times(visit_type, window=window, now=now)]


def path_of(visit_type: VisitType, start: datetime) -> str:
    return f"/book/{visit_type.slug}/{start.astimezone(UTC):%Y%m%dT%H%MZ}/"


def person(number: int = 0) -> dict[str, str]:
    """What one person posts; each has a name, an address and a form of their own."""
    return {
        "name": f"Person {number}",
        "email": f"person{number}@example.test",
        "phone": f"(310) 555-{100 + number % 100:04}",
        "adult": "yes",
        "standing": "new",
        "contact_by": "email",
        "voicemail": "no",
        "insurance": "unsure",
        "submission": str(uuid4()),
    }


def ask(site: Site, visit_type: VisitType, start: datetime, number: int = 0) -> tuple[Visitor, Answer]:
    """One person goes through the whole of it."""
    visitor = site.visitor()
    check = visitor.post(path_of(visit_type, start), person(number))
    assert check.status == 200
    assert "Check your answers" in check.text
    sending = check.forms[0]
    return visitor, visitor.post(sending.action, sending.values())


def all_at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """Every job in a thread of its own, let go at the same moment."""
    together = threading.Barrier(len(jobs))

    def run(job: Callable[[], T]) -> T:
        together.wait(300)
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(600) for future in [pool.submit(run, job) for job in jobs]]


def stored() -> dict[str, int]:
    """How many rows there are of what a request makes."""
    close_old_connections()
    models = (Appointment, AppointmentEvent, Hold, Message, Patient)
    return {model.__name__: model._default_manager.count() for model in models}


NOTHING = {"Appointment": 0, "AppointmentEvent": 0, "Hold": 0, "Message": 0, "Patient": 0}
ONE_REQUEST = {"Appointment": 1, "AppointmentEvent": 1, "Hold": 1, "Message": 2, "Patient": 1}
