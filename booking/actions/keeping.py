"""Keeping a patient's record beyond its time, as for a dispute or a lawyer's letter, and no longer."""

from datetime import datetime

from booking.actions.steps import lock_patient
from booking.actions.who import By
from booking.models import Patient
from booking.transactions import in_transaction


def keep_record(*, patient: Patient, because: str, by: By, now: datetime) -> Patient:
    """From now on nothing of it is removed, nor of what is a part of it. Done twice, it is as the first time."""

    def attempt() -> Patient:
        found = lock_patient(patient)  # waits for a removal under way
        if not found.is_kept:
            found.kept_because, found.kept_by, found.kept_since = because, by.user, now
            found.save(update_fields=["kept_because", "kept_by", "kept_since"])
            found.merged.update(kept_because=because, kept_by=by.user, kept_since=now)
        return found

    return in_transaction(attempt, tells=False)


def stop_keeping(*, patient: Patient) -> bool:
    """It goes when it is due, like others. False where it was not kept."""

    def attempt() -> bool:
        found = lock_patient(patient)
        kept = Patient.objects.one_person(found.pk).filter(kept_since__isnull=False)
        return kept.update(kept_because="", kept_by=None, kept_since=None) > 0

    return in_transaction(attempt, tells=False)
