"""Two records of one person, put together. Staff alone do this; nothing that a visitor types leads to it.

A visitor's request always makes a record of its own, so one person often has several. What hangs on the record that
goes moves to the one that stays; the other row remains, a part of it, so that the two can be taken apart again.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking.actions.owed import follow_answer
from booking.actions.patient import ChangedMeanwhile, close_links, mail_link, needing_link
from booking.actions.steps import record
from booking.actions.who import By
from booking.models import Appointment, Clearance, Course, Merge, Patient, Verb
from booking.transactions import in_transaction

# Where the two differ, staff say which value stays.
CHOSEN = (
    *("name", "email", "phone", "contact_by", "voicemail_ok", "plain_messages"),
    *("standing", "insurance", "needs"),
)
KEPT = ("kept_because", "kept_by", "kept_since")
FIELDS = (*CHOSEN, *KEPT, "created_at")


@dataclass(frozen=True)
class Shown:
    """A record as somebody has looked at it: all that putting together or taking apart would move or change."""

    fields: tuple[str, ...]
    visits: tuple[tuple[int, str, datetime], ...]
    courses: tuple[int, ...]
    clearances: tuple[int, ...]
    parts: tuple[int, ...]

    @classmethod
    def of(cls, patient: Patient) -> "Shown":
        return cls(
            fields=tuple(repr(plain(patient, name)) for name in (*FIELDS, "merged_into")),
            visits=tuple(patient.appointments.order_by("pk").values_list("pk", "status", "starts_at")),
            courses=tuple(patient.courses.order_by("pk").values_list("pk", flat=True)),
            clearances=tuple(patient.clearances.order_by("pk").values_list("pk", flat=True)),
            parts=tuple(patient.merged.order_by("pk").values_list("pk", flat=True)),
        )


def _field(name: str) -> Any:
    return Patient._meta.get_field(name)


def plain(patient: Patient, name: str) -> Any:
    """A field's value as JSON holds it."""
    field = _field(name)
    value = field.get_prep_value(getattr(patient, field.attname))
    return value.isoformat() if isinstance(value, datetime) else value


def put(patient: Patient, values: dict[str, Any]) -> None:
    """Sets fields to such values."""
    for name, value in values.items():
        field = _field(name)
        setattr(patient, field.attname, field.to_python(value))
    patient.save(update_fields=list(values))


def merge_records(
    *, stays: Patient, other: Patient, was: tuple[Shown, Shown], chosen: Collection[str], by: By, now: datetime
) -> Merge:
    """The other record becomes a part of the one that stays. Of the fields `chosen`, its values stay.

    Links open all visits of a person, by way of a course or a calendar. So where the e-mail addresses differ, the links
    that went to the one that does not stay are closed, and visits to come get fresh ones to the one that does.

    Raises ChangedMeanwhile where either is no longer as it `was` shown, or a part of another.
    """
    by.named()
    if stays.pk == other.pk:
        raise ValueError("a record is no part of itself")

    def attempt() -> Merge:
        mine, theirs = lock_both(stays, other)
        if mine.merged_into_id or theirs.merged_into_id or (Shown.of(mine), Shown.of(theirs)) != was:
            raise ChangedMeanwhile
        losing = None if mine.email == theirs.email else (mine if "email" in chosen else theirs)
        exposed = list(losing.appointments.values_list("pk", flat=True)) if losing else []
        own, answer = list(mine.appointments.values_list("pk", flat=True)), mine.insurance
        merge = _move(mine, theirs, chosen, by=by, now=now)
        follow_answer(mine, own, was=answer, now=now)
        follow_answer(mine, merge.visits, was=theirs.insurance, now=now)
        for visit in Appointment.objects.filter(pk__in=merge.visits).select_related("patient").order_by("pk"):
            record(visit, Verb.MERGE, visit.status, by=by, now=now)
        renew_links(exposed, by=by, now=now)
        return merge

    return in_transaction(attempt)


def lock_both(first: Patient, second: Patient) -> tuple[Patient, Patient]:
    """Visits before patients, as everywhere; each in the order of their keys."""
    keys = [first.pk, second.pk]
    visits = Appointment.objects.filter(patient__in=keys).order_by("pk")
    list(visits.select_for_update(no_key=True).values_list("pk", flat=True))
    found = {row.pk: row for row in Patient.objects.filter(pk__in=keys).order_by("pk").select_for_update()}
    if len(found) < 2:
        raise ChangedMeanwhile
    return found[first.pk], found[second.pk]


def _move(mine: Patient, theirs: Patient, chosen: Collection[str], *, by: By, now: datetime) -> Merge:
    visits = list(theirs.appointments.order_by("pk").values_list("pk", flat=True))
    courses = list(theirs.courses.order_by("pk").values_list("pk", flat=True))
    parts = {patient: list(patient.merged.order_by("pk")) for patient in (mine, theirs)}
    moved = [part.pk for part in parts[theirs]]
    # First of all: what is kept of the other changes then lies between this one and the one that takes them apart.
    Patient.objects.filter(pk__in=[theirs.pk, *moved]).update(merged_into=mine)
    dropped = _drop_later(mine, theirs)
    clearances = list(theirs.clearances.order_by("pk").values_list("pk", flat=True))
    before, after = _settle(mine, theirs, chosen, parts)
    Appointment.objects.filter(pk__in=visits).update(patient=mine)
    Course.objects.filter(pk__in=courses).update(patient=mine)
    Clearance.objects.filter(pk__in=clearances).update(patient=mine)
    return Merge.objects.create(
        stays=mine,
        went=theirs,
        by=by.named(),
        at=now,
        visits=visits,
        courses=courses,
        clearances=clearances,
        records=moved,
        dropped=dropped,
        before=before,
        after=after,
    )


def _drop_later(mine: Patient, theirs: Patient) -> list[dict[str, Any]]:
    """Of two clearances for one kind of visit the earlier stays; what the later was is returned."""
    dropped = []
    ours = {clearance.visit_type_id: clearance for clearance in mine.clearances.all()}
    for clearance in theirs.clearances.order_by("pk"):
        twin = ours.get(clearance.visit_type_id)
        if twin is None:
            continue
        earlier, later = sorted((twin, clearance), key=lambda one: (one.at, one.pk))
        dropped.append(
            {
                "pk": later.pk,  # other merges may name it
                "patient": later.patient_id,
                "visit_type": later.visit_type_id,
                "by": later.by_id,
                "at": later.at.isoformat(),
                "instead": earlier.pk,
            }
        )
        later.delete()
    return dropped


Values = dict[str, dict[str, Any]]


def _settle(
    mine: Patient, theirs: Patient, chosen: Collection[str], parts: dict[Patient, list[Patient]]
) -> tuple[Values, Values]:
    """Gives the record that stays its values, and both, with their parts, the one reason for being kept; returns what
    changed.
    """
    wanted = {name: plain(theirs, name) for name in CHOSEN if name in chosen}
    wanted["created_at"] = min(mine.created_at, theirs.created_at).isoformat()
    keeper = mine if mine.is_kept else theirs
    kept = {name: plain(keeper, name) for name in KEPT}
    before: Values = {"stays": {}, "went": {}}
    after: Values = {"stays": {}, "went": {}}
    for side, patient, values in (("stays", mine, wanted | kept), ("went", theirs, kept)):
        for name, value in values.items():
            if plain(patient, name) != value:
                before[side][name], after[side][name] = plain(patient, name), value
        if after[side]:
            put(patient, after[side])
            keep_alike(parts[patient], after[side])
    return before, after


def keep_alike(parts: Iterable[Patient], values: dict[str, Any]) -> None:
    """What is a part of a record is kept as long as the record is."""
    kept = {name: value for name, value in values.items() if name in KEPT}
    if kept:
        for part in parts:
            put(part, kept)


def renew_links(visits: list[int], *, by: By, now: datetime) -> None:
    """Closes the links to these, and mails fresh ones to those to come. The visits' rows are locked, of one patient."""
    rows = Appointment.objects.filter(pk__in=visits)
    close_links(rows, by=by, now=now)
    first = rows.select_related("patient").first()
    if first:
        for visit in needing_link(patient=first.patient, now=now):
            if visit.pk in visits:
                mail_link(visit, by=by, now=now)
