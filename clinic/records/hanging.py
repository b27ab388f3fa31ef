"""Everything that hangs on a patient, found by the relations of the models themselves: none is forgotten."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import ForeignObjectRel, Model, Q, QuerySet

from booking.models import Patient
from clinic.records.models import CHANGES

Hanging = dict[type[Model], list[Any]]


def relations(model: type[Model]) -> Iterator[tuple[type[Model], str]]:
    """The models that refer to this one, and by which field; not what the triggers have kept, which goes by itself."""
    kept = set(CHANGES.values())
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or isinstance(relation, models.ManyToManyRel):
            continue
        other: Any = relation.related_model
        if other not in kept:
            yield other, relation.field.name


def reached() -> set[type[Model]]:
    """Every model of which rows can hang on a patient, near or far."""
    found: set[type[Model]] = {Patient}
    to_do: list[type[Model]] = [Patient]
    while to_do:
        for other, _field in relations(to_do.pop()):
            if other not in found:
                found.add(other)
                to_do.append(other)
    return found


def hanging(patients: list[int]) -> Hanging:
    """The keys of all rows that hang on these patients' records, by model; the records themselves first."""
    found: dict[type[Model], set[Any]] = {Patient: set(patients)}
    to_do: list[tuple[type[Model], set[Any]]] = [(Patient, set(patients))]
    while to_do:
        model, keys = to_do.pop()
        for other, field in relations(model):
            there = set(other._default_manager.filter(**{f"{field}__in": keys}).values_list("pk", flat=True))
            new = there - found.setdefault(other, set())
            if new:
                found[other] |= new
                to_do.append((other, new))
    return {model: sorted(keys) for model, keys in found.items() if keys}


def staff_log(found: Hanging) -> QuerySet[LogEntry]:
    """Staff's recent actions on any of these rows."""
    about = Q(pk__in=[])
    for model, keys in found.items():
        kind = ContentType.objects.get_for_model(model)
        about |= Q(content_type=kind, object_id__in=[str(key) for key in keys])
    return LogEntry.objects.filter(about)
