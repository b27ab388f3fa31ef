"""The tasks of the front desk: ticking them off, taking that back, and what patients say that changes what is owed."""

from datetime import datetime

from booking.actions.owed import drop_if_needless, follow_insurance, owe_asked_estimate
from booking.actions.patient import ChangedMeanwhile
from booking.actions.steps import last_event, lock_appointment, record
from booking.actions.who import By, NotAllowed
from booking.models import OPEN, Appointment, Patient, Task, Verb
from booking.transactions import in_transaction

DONE = {Task.Kind.ESTIMATE: Verb.TOLD_COST, Task.Kind.FORM: Verb.FORM_SENT}
NOT_DONE = {Task.Kind.ESTIMATE: Verb.UNTOLD_COST, Task.Kind.FORM: Verb.FORM_OPEN}


class TaskSettled(Exception):
    """The task is not as it was shown: somebody else was quicker. Nothing was changed."""

    def __init__(self, task: Task) -> None:
        super().__init__(task.pk)
        self.task = task  # as it stands


def tick_off(*, task: Task, by: By, now: datetime) -> Task:
    """It is done. Raises TaskSettled where it was done already or is no longer needed, or Busy."""
    if by.user is None:
        raise ValueError("only staff tick off")

    def attempt() -> Task:
        visit, found = _lock(task)
        if not found.is_open:
            raise TaskSettled(found)
        found.done_at, found.done_by = now, by.user
        found.save(update_fields=["done_at", "done_by"])
        record(visit, DONE[Task.Kind(found.kind)], visit.status, by=by, now=now)
        return found

    return in_transaction(attempt, tells=False)


def take_back_tick(*, task: Task, by: By, now: datetime) -> Task:
    """A slip: it is still to be done, by the same day, or no longer needed. Raises TaskSettled where it is open
    already, or Busy.
    """

    def attempt() -> Task:
        visit, found = _lock(task)
        if found.done_at is None:
            raise TaskSettled(found)
        found.done_at, found.done_by = None, None
        found.save(update_fields=["done_at", "done_by"])
        record(visit, NOT_DONE[Task.Kind(found.kind)], visit.status, by=by, now=now)
        drop_if_needless(found, visit, now=now)
        found.refresh_from_db()
        return found

    return in_transaction(attempt, tells=False)


def ask_for_estimate(*, appointment: Appointment, by: By, now: datetime) -> Task:
    """The patient has asked what it will cost. Raises NotAllowed for a visit that is off or over, or Busy."""

    def attempt() -> Task:
        before = lock_appointment(appointment, by)
        if before.status not in OPEN:
            raise NotAllowed(before, last_event(before))
        task = owe_asked_estimate(before, now=now)
        record(before, Verb.ASK_COST, before.status, by=by, now=now)
        return task

    return in_transaction(attempt, tells=False)


def correct_insurance(*, patient: Patient, was: str, insurance: str, by: By, now: datetime) -> Patient:
    """Staff have asked whether they use insurance; estimates follow. Raises ChangedMeanwhile where it is no longer as
    it `was` shown, or Busy.

    Visits are locked before the patient, as everywhere, and once more after: none is booked from then on.
    """

    def attempt() -> Patient:
        visits = Appointment.objects.filter(patient=patient, status__in=OPEN, starts_at__gt=now).order_by("pk")
        list(visits.select_for_update(no_key=True).values_list("pk", flat=True))
        found = Patient.objects.select_for_update().filter(pk=patient.pk).first()
        if found is None or found.merged_into_id or found.insurance != was:
            raise ChangedMeanwhile
        if insurance == was:
            return found
        found.insurance = insurance
        found.save(update_fields=["insurance"])
        still = list(visits.select_for_update(no_key=True))
        for visit in still:
            record(visit, Verb.INSURANCE, visit.status, by=by, now=now)
        follow_insurance(found, sorted(still, key=lambda visit: visit.starts_at), now=now)
        return found

    return in_transaction(attempt, tells=False)


def _lock(task: Task) -> tuple[Appointment, Task]:
    """The visit first, as everywhere, then the task."""
    visit = lock_appointment(task.appointment)
    return visit, Task.objects.select_for_update(of=("self",)).select_related("done_by").get(pk=task.pk)
