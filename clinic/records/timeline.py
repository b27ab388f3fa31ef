"""The changes of a row as staff read them: when, who, where, and what was before and after."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.models import Permission, User
from django.db import models
from django.db.models import F, Q, Window
from django.db.models.functions import Lag
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.models import Appointment, Clearance, Course, Offer, Patient, Task
from clinic.records import words
from clinic.records.models import (
    CHANGES,
    DELETE,
    FOUND,
    INSERT,
    PASSWORD,
    Account,
    Change,
    Factor,
    Membership,
    OwnPermission,
)
from clinic.records.together import first_given_to

SHOWN = 100  # the newest

Names = dict[tuple[type[models.Model], Any], str]  # by model and key


@dataclass(frozen=True)
class Field:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    at: datetime
    title: str
    who: str
    where: str
    fields: list[Field]


# What says nothing to a person.
UNSPOKEN = frozenset(
    {"id", "public_id", "submission_id", "sequence", "version", "language", "patient", "appointment", "user"}
)
# Told only when it changes.
SPOKEN = {
    "link_version": gettext_lazy("Version of the links"),
    "calendar_version": gettext_lazy("Version of the calendar address"),
}


def of_patient(patient: Patient) -> list[Line]:
    """Their own row, with those that are a part of it, what they are cleared for, and their courses."""
    return _lines(_of_person(list(Patient.objects.one_person(patient.pk).values_list("pk", flat=True))))


def of_visit(visit: Appointment) -> list[Line]:
    return _lines(_of_visits([visit.pk]))


def of_setting(row: models.Model, *parts: type[models.Model]) -> list[Line]:
    """The row itself, and the rows of these models that belong to it."""
    return _lines({type(row): Q(pgh_obj=row.pk), **{part: Q(**{_owner(part, row): row.pk}) for part in parts}})


def _owner(part: type[models.Model], row: models.Model) -> str:
    """The field of a part that says whose it is."""
    return next(field.name for field in part._meta.concrete_fields if field.related_model is type(row))


def of_account(user: User) -> list[Line]:
    """The account, its roles and permissions, and its second factors. A password is never shown, nor a factor's key."""
    mine = Q(user=user.pk)
    return _lines({Account: Q(pgh_obj=user.pk), Membership: mine, OwnPermission: mine, Factor: mine})


def of_everything(patients: list[int], visits: list[int], *, without: Collection[int]) -> list[Line]:
    """All there is about these records and visits, however much; without these changes of the records themselves.

    Clearances and courses are those that were theirs from the beginning: others stood there with a merge.
    """
    given = {model: Q(pgh_obj__in=first_given_to(model, patients)) for model in (Clearance, Course)}
    records = {Patient: Q(pgh_obj__in=patients) & ~Q(pgh_id__in=without)}
    return _lines(records | given | _of_visits(visits), most=None)


def _of_person(patients: list[int]) -> dict[type[models.Model], Q]:
    mine = Q(patient__in=patients)
    return {Patient: Q(pgh_obj__in=patients), Clearance: mine, Course: mine}


def _of_visits(visits: list[int]) -> dict[type[models.Model], Q]:
    mine = Q(appointment__in=visits)
    return {Appointment: Q(pgh_obj__in=visits), Offer: mine, Task: mine}


def _lines(wanted: dict[type[models.Model], Q], *, most: int | None = SHOWN) -> list[Line]:
    """The newest first. A constant number of queries."""
    found = [(tracked, row) for tracked, which in wanted.items() for row in _rows(CHANGES[tracked], which, most)]
    newest = sorted(found, key=lambda pair: (pair[1]["pgh_created_at"], pair[1]["pgh_id"]), reverse=True)[:most]
    names = _names(newest)
    return [_line(tracked, row, names) for tracked, row in newest]


def _rows(change: Change, which: Q, most: int | None) -> list[dict[str, Any]]:
    """Each with the values before it, under “was_…”."""
    names = [field.attname for field in _kept(change)]
    before = {
        f"was_{name}": Window(Lag(name), partition_by=F("pgh_obj_id"), order_by=F("pgh_id").asc()) for name in names
    }
    rows = change._default_manager.filter(which).annotate(**before).order_by("-pgh_id")
    return list(rows.values("pgh_id", "pgh_created_at", "pgh_label", "pgh_context", *names, *before)[:most])


def _kept(change: Change) -> list[Any]:
    return [field for field in change._meta.concrete_fields if not field.name.startswith("pgh_")]


def _names(found: list[tuple[type[models.Model], dict[str, Any]]]) -> Names:
    """What the rows refer to, by name; each table is asked once."""
    keys: dict[type[models.Model], set[Any]] = {User: set()}
    for tracked, row in found:
        keys[User].add((row["pgh_context"] or {}).get("user"))
        for field in _kept(CHANGES[tracked]):
            if field.is_relation and field.name not in UNSPOKEN:
                keys.setdefault(field.related_model, set()).update({row[field.attname], row[f"was_{field.attname}"]})
    return {
        (model, key): words.user(item) if isinstance(item, User) else str(item)
        for model, wanted in keys.items()
        for key, item in _rows_named(model).in_bulk(wanted - {None}).items()
    }


def _rows_named(model: type[models.Model]) -> models.QuerySet[Any]:
    """With what their names are made of."""
    rows = model._default_manager.all()
    return rows.select_related("content_type") if model is Permission else rows


def _line(tracked: type[models.Model], row: dict[str, Any], names: Names) -> Line:
    label = row["pgh_label"]
    because = row["pgh_context"] or {}
    return Line(
        at=row["pgh_created_at"],
        title=words.title(capfirst(str(tracked._meta.verbose_name)), label),
        who=names.get((User, because.get("user"))) or words.who(because.get("who")),
        where="" if label == FOUND else words.where(because.get("why")),
        fields=list(_fields(tracked, row, names)),
    )


def _fields(tracked: type[models.Model], row: dict[str, Any], names: Names) -> Iterator[Field]:
    """Of a new or a removed row all that is filled in; of a changed one what differs."""
    label = row["pgh_label"]
    for field in _kept(CHANGES[tracked]):
        if field.name in UNSPOKEN:
            continue
        value, was = row[field.attname], row[f"was_{field.attname}"]
        before, after = (_say(field, one, names) for one in (was, value))
        name = str(SPOKEN.get(field.name) or capfirst(str(field.verbose_name)))
        if label == PASSWORD:
            return
        if label in (INSERT, FOUND):
            if after and field.name not in SPOKEN:
                yield Field(name, "", after)
        elif label == DELETE:
            if after:
                yield Field(name, after, "")
        elif value != was:
            yield Field(name, before, after)


def _say(field: Any, value: Any, names: Names) -> str:
    """A value as a person reads it; nothing for nothing."""
    if value is None or value == "" or value == []:
        return ""
    if field.is_relation:
        return names.get((field.related_model, value)) or _("no longer there")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return _("%(day)s, %(clock)s") % {"day": when.day_with_year(value), "clock": when.clock(value)}
    if isinstance(value, date):
        return date_format(value, "l, F j, Y")
    if isinstance(value, time):
        return time_format(value, "g:i A")
    if isinstance(value, list):
        labels = dict(field.base_field.flatchoices)
        return "; ".join(str(labels.get(item, item)) for item in value)
    if hasattr(value, "as_national"):
        return str(value.as_national)
    return str(dict(field.flatchoices).get(value, value))
