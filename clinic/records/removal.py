"""Removes what is over its time: a bounded number of rows at each run, the rest at the next. Twice does no more.

Rows that somebody else has locked are left for the next run. Visits are locked before their patients, as everywhere.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import ForeignObjectRel, Model, QuerySet

from booking.models import Appointment, Clearance, Course, Offer, Patient, Task
from clinic.records import due
from clinic.records.models.append_only import allow_removing
from clinic.records.models.changes import CHANGES
from clinic.records.models.removal import Removal
from clinic.records.together import first_given_to, forget_elsewhere
from clinic.retention import PROOF, rule_of

AT_ONCE = 200  # in one transaction, which others may have to wait for
A_RUN = 5000  # of each kind
LONG_ENOUGH = 30.0  # seconds; inside the task's soft limit

What = Removal.What
Step = Callable[[datetime], int]


def remove_due(*, now: datetime, long_enough: float = LONG_ENOUGH) -> dict[What, int]:
    """Removes what is due, notes how many of what, and returns it."""
    started = time.monotonic()
    removed: dict[What, int] = {}
    for what, step in STEPS.items():
        while removed.get(what, 0) < A_RUN and time.monotonic() - started < long_enough:
            with transaction.atomic():
                allow_removing()
                count = step(now)
            if not count:
                break
            removed[what] = removed.get(what, 0) + count
    noted = removed or {What.NOTHING: 0}
    Removal.objects.bulk_create(Removal(at=now, what=what, count=count) for what, count in noted.items())
    return removed


def count_due(*, now: datetime) -> dict[What, int]:
    """What is due at this moment. Nothing is removed; so who has no visit left after that is not counted."""
    counted = {what: sum(rows.count() for rows in found(now)) for what, found in QUERIES.items()}
    return {what: count for what, count in counted.items() if count}


def forget_changes(*, patients: list[int], visits: list[int]) -> int:
    """What was kept of the changes of these. Inside a transaction that may remove."""
    return (
        _changes(Patient, pgh_obj__in=patients)
        + _changes(Clearance, pgh_obj__in=first_given_to(Clearance, patients))
        + _changes(Course, pgh_obj__in=first_given_to(Course, patients))
        + _changes(Appointment, pgh_obj__in=visits)
        + _changes(Offer, appointment__in=visits)
        + _changes(Task, appointment__in=visits)
    )


def _changes(tracked: type[Model], **which: Any) -> int:
    return CHANGES[tracked]._default_manager.filter(**which).delete()[0]


def _visits(rows: QuerySet[Appointment]) -> int:
    """With all that belongs to them, and courses that have no session left."""
    locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE]
    found = list(locked.values_list("pk", "patient_id", "course_id"))
    free = _not_kept({patient for _pk, patient, _course in found})
    visits = [pk for pk, patient, _course in found if patient in free]
    delete_what_refers_to(Appointment, visits)
    Appointment.objects.filter(pk__in=visits).delete()
    courses = {course for _pk, patient, course in found if patient in free and course}
    for course in Course.objects.filter(pk__in=courses, appointments=None):
        delete_what_refers_to(Course, [course.pk])
        course.delete()
    forget_changes(patients=[], visits=visits)
    return len(visits)


def _not_kept(patients: set[int]) -> set[int]:
    """Those that nobody has begun to keep meanwhile, nor holds locked; from here on nobody can."""
    locked = Patient.objects.filter(pk__in=patients, kept_since=None).select_for_update(skip_locked=True)
    return set(locked.order_by("pk").values_list("pk", flat=True))


def delete_what_refers_to(model: type[Model], keys: list[int]) -> None:
    """Whatever belongs to these rows, also what a later part of the site has hung onto them."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or isinstance(relation, models.ManyToManyRel):
            continue
        other: Any = relation.related_model
        if relation.on_delete in (models.CASCADE, models.PROTECT) and other is not Appointment:
            other._default_manager.filter(**{f"{relation.field.name}__in": keys}).delete()


def _patients(now: datetime) -> int:
    locked = due.patients(now).select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE]
    whole = [patient.pk for patient in locked]
    # What is a part of them goes with them. Whoever put it together with them had them locked.
    parts = list(Patient.objects.filter(merged_into__in=whole).order_by("pk").values_list("pk", flat=True))
    patients = [*whole, *parts]
    forget_elsewhere(patients)
    delete_what_refers_to(Patient, patients)
    Patient.objects.filter(pk__in=patients).delete()
    forget_changes(patients=patients, visits=[])
    return len(patients)


def _rows(rows: QuerySet[Any]) -> int:
    locked = rows.select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE]
    keys = list(locked.values_list("pk", flat=True))
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)


def _cached(now: datetime) -> int:
    """Of the table behind Django's cache, which empties itself only where it grows large. It is no model's."""
    table = connection.ops.quote_name(str(settings.CACHES["default"]["LOCATION"]))
    over = f"SELECT cache_key FROM {table} WHERE expires < %s LIMIT %s FOR UPDATE SKIP LOCKED"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE cache_key IN ({over})", [now, AT_ONCE])  # noqa: S608
        return int(cursor.rowcount)


def _settings_changes(now: datetime) -> Iterator[QuerySet[Any]]:
    """Of what is about no patient. Those about one go with them."""
    for change in CHANGES.values():
        if rule_of(change._meta.label, "pgh_id") is PROOF:
            yield change._default_manager.filter(pgh_created_at__lt=due.before(PROOF, now))


def _found(query: Callable[[datetime], QuerySet[Any]]) -> Callable[[datetime], list[QuerySet[Any]]]:
    return lambda now: [query(now)]


# In this order: what belongs to a visit goes with it, and who has none left goes after it.
QUERIES: dict[What, Callable[[datetime], Any]] = {
    What.REQUESTS: _found(due.requests),
    What.VISITS: _found(due.visits),
    What.PATIENTS: _found(due.patients),
    What.MESSAGES: _found(due.messages),
    What.FREED: _found(due.freed_times),
    What.COUNTS: _found(due.counts),
    What.SESSIONS: lambda now: [due.sessions(now), due.signed_in(now)],
    What.STAFF_LOG: _found(due.staff_log),
    What.CHANGES: _settings_changes,
    What.READINGS: _found(due.readings),
    What.REMOVALS: lambda now: [due.removals(now), due.erasures(now)],
}


def _step(what: What) -> Step:
    if what in (What.REQUESTS, What.VISITS):
        return lambda now: sum(_visits(rows) for rows in QUERIES[what](now))
    if what is What.PATIENTS:
        return _patients
    if what is What.COUNTS:
        return lambda now: sum(_rows(rows) for rows in QUERIES[what](now)) + _cached(now)
    return lambda now: sum(_rows(rows) for rows in QUERIES[what](now))


STEPS: dict[What, Step] = {what: _step(what) for what in QUERIES}
