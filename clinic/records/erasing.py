"""Erasing all that is held about a patient, before its time. What is left is a line of counts, and who did it and why.

Who has read the record stays written down: by numbers, which then lead to nobody.
"""

from datetime import datetime

from django.contrib.auth.models import User

from booking.models import OPEN, Appointment, Course, Message, Patient
from booking.transactions import in_transaction
from clinic.records.hanging import Hanging, hanging, staff_log
from clinic.records.models import Erasure, allow_removing
from clinic.records.removal import delete_what_refers_to, forget_changes
from clinic.records.together import forget_elsewhere


class NotErased(Exception):
    """It is kept, has an open visit, is a part of another record, or is gone. Nothing was changed."""


def open_visits(patient: Patient) -> list[Appointment]:
    """What has to be cancelled or closed first."""
    visits = Appointment.objects.filter(patient=patient, status__in=OPEN)
    return list(visits.select_related("visit_type").order_by("starts_at", "pk"))


def erase(*, patient: Patient, reason: str, by: User, now: datetime) -> Erasure:
    """All of it in one transaction. Raises NotErased or Busy."""

    def attempt() -> Erasure:
        rows = _locked(patient)
        keys = [row.pk for row in rows]
        found = hanging(keys)
        visits = found.get(Appointment, [])
        allow_removing()
        staff_log(found).delete()
        forget_elsewhere(keys)
        delete_what_refers_to(Appointment, visits)
        Appointment.objects.filter(pk__in=visits).delete()
        delete_what_refers_to(Course, found.get(Course, []))
        Course.objects.filter(pk__in=found.get(Course, [])).delete()
        delete_what_refers_to(Patient, keys)
        Patient.objects.filter(pk__in=keys).delete()
        changes = forget_changes(patients=keys, visits=visits)
        return _note(found, changes, reason, by, now)

    return in_transaction(attempt, tells=False)


def _locked(patient: Patient) -> list[Patient]:
    """The record with all that is a part of it, which nobody changes from here on. Visits before patients."""
    visits = Appointment.objects.filter(patient=patient).order_by("pk").select_for_update()
    list(visits.values_list("pk", flat=True))
    rows = list(Patient.objects.one_person(patient.pk).select_for_update())
    whole = next((row for row in rows if row.pk == patient.pk), None)
    if whole is None or whole.merged_into_id or any(row.is_kept for row in rows) or open_visits(whole):
        raise NotErased
    return rows


def _note(found: Hanging, changes: int, reason: str, by: User, now: datetime) -> Erasure:
    counts = {model: len(keys) for model, keys in found.items()}
    visits, messages = counts.pop(Appointment, 0), counts.pop(Message, 0)
    return Erasure.objects.create(
        at=now,
        by=by,
        reason=reason,
        records=found[Patient],
        visits=visits,
        messages=messages,
        changes=changes,
        others=sum(counts.values()) - counts[Patient],
    )
