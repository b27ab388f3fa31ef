"""Taking apart again two records that were put together: each gets back what was its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet

from booking.actions.merging import KEPT, Shown, keep_alike, lock_both, plain, put, renew_links
from booking.actions.owed import follow_answer
from booking.actions.patient import ChangedMeanwhile
from booking.actions.steps import record
from booking.actions.who import By
from booking.models import Appointment, Clearance, Course, Merge, Patient, TakenApart, Verb, VisitType
from booking.transactions import in_transaction


def newest_merge(patient: Patient) -> Merge | None:
    """The one that can be taken apart: what was put together last comes apart first."""
    together = patient.merges.filter(apart=None).select_related("went", "by")
    return together.order_by("-pk").first()


def going_back(merge: Merge) -> QuerySet[Appointment]:
    """The visits that return to the record they came from. What was booked since stays where it was booked."""
    theirs = Q(pk__in=merge.visits) | Q(course__in=merge.courses)
    return Appointment.objects.filter(theirs, patient=merge.stays_id).order_by("pk")


@dataclass(frozen=True)
class Emails:
    """Where links have gone while the records were together, and where those of each belong afterwards."""

    until: str
    stays: str
    went: str

    @classmethod
    def of(cls, merge: Merge, stays: Patient, went: Patient) -> "Emails":
        return cls(until=stays.email, stays=_restored(merge, stays).get("email", stays.email), went=went.email)


def take_apart(*, merge: Merge, was: Shown, by: By, now: datetime) -> TakenApart:
    """Both records become as they were. What was changed, booked or cleared since stays with the one that stands.

    Raises ChangedMeanwhile where that is no longer as it `was` shown, or this is not what was put together last.
    """
    by.named()

    def attempt() -> TakenApart:
        stays, went = lock_both(merge.stays, merge.went)
        if newest_merge(stays) != merge or went.merged_into_id != stays.pk or Shown.of(stays) != was:
            raise ChangedMeanwhile
        emails = Emails.of(merge, stays, went)
        answer, back = stays.insurance, list(going_back(merge).values_list("pk", flat=True))
        _give_back(merge, stays, went, back)
        _restore(merge, stays, went)
        for patient in (stays, went):
            theirs = list(patient.appointments.values_list("pk", flat=True))
            follow_answer(patient, theirs, was=answer, now=now)
        for visit in Appointment.objects.filter(pk__in=back).select_related("patient").order_by("pk"):
            record(visit, Verb.APART, visit.status, by=by, now=now)
        if emails.went != emails.until:
            renew_links(back, by=by, now=now)
        if emails.stays != emails.until:
            renew_links(list(stays.appointments.values_list("pk", flat=True)), by=by, now=now)
        return TakenApart.objects.create(merge=merge, by=by.named(), at=now)

    return in_transaction(attempt)


def _give_back(merge: Merge, stays: Patient, went: Patient, visits: list[int]) -> None:
    """A clearance that came twice comes back twice, unless it was withdrawn since."""
    still_given = set(Clearance.objects.filter(patient=stays).values_list("pk", flat=True))
    Appointment.objects.filter(pk__in=visits).update(patient=went)
    Course.objects.filter(pk__in=merge.courses, patient=stays).update(patient=went)
    Clearance.objects.filter(pk__in=merge.clearances, patient=stays).update(patient=went)
    for twin in merge.dropped:
        if twin["instead"] in still_given and _is_there(VisitType, twin["visit_type"]) and _is_there(User, twin["by"]):
            Clearance.objects.create(
                pk=twin.get("pk"),  # as it was: what was put together before may name it
                patient_id=twin["patient"],
                visit_type_id=twin["visit_type"],
                by_id=twin["by"],
                at=twin["at"],
            )
    Patient.objects.filter(pk__in=merge.records, merged_into=stays).update(merged_into=went)
    went.merged_into = None
    went.save(update_fields=["merged_into"])


def _is_there(model: type[Model], key: int) -> bool:
    """Nothing points to it from what was dropped, so it may have been deleted since."""
    return model._default_manager.filter(pk=key).exists()


def _restored(merge: Merge, stays: Patient) -> dict[str, Any]:
    """The fields of the record that stays which nobody has touched since, as they were before."""
    after = merge.after["stays"]
    return {name: value for name, value in merge.before["stays"].items() if plain(stays, name) == after[name]}


def _restore(merge: Merge, stays: Patient, went: Patient) -> None:
    """Why the records are kept goes back as one: who has changed that since, has changed it for both."""
    for patient, side in ((stays, "stays"), (went, "went")):
        before, after = merge.before[side], merge.after[side]
        values = {name: value for name, value in before.items() if plain(patient, name) == after[name]}
        if not all(name in values for name in before if name in KEPT):
            values = {name: value for name, value in values.items() if name not in KEPT}
        if values:
            put(patient, values)
            keep_alike(patient.merged.order_by("pk"), values)
