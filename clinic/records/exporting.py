"""All that is held about one patient, as one file to hand over: for programs (JSON), for people (a page), and a key.

What hangs on the patient is found by the models' own relations, so what a later part of the site adds is in it, too;
a test then asks for a word about it in `ABOUT`.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib.auth.models import User
from django.db.models import ForeignKey, Model
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.admin import words as desk_words
from booking.models import Appointment, AppointmentEvent, Merge, Message, Patient, Reason
from clinic.records import timeline, words
from clinic.records.hanging import Hanging, hanging, reached, staff_log
from clinic.records.together import Past, log_without, readings_without

VERSION = 1  # raised when a key changes its meaning or goes

# A word about each table that is handed over.
ABOUT = {
    "booking.Patient": gettext_lazy("The record itself, and other records of the same person that became a part of it"),
    "booking.Clearance": gettext_lazy(
        "Kinds of visit that are not open to everybody, for which the patient was cleared"
    ),
    "booking.Course": gettext_lazy("Several visits that were placed together"),
    "booking.Appointment": gettext_lazy("Visits, and requests for visits"),
    "booking.AppointmentEvent": gettext_lazy("What happened to a visit, when and by whom"),
    "booking.EarlierRequest": gettext_lazy("Wishes for an earlier time"),
    "booking.Offer": gettext_lazy("Earlier or other times that were offered"),
    "booking.Task": gettext_lazy("What the office had to do for a visit, by when, and when it was done"),
    "booking.Message": gettext_lazy("What was sent or was to be sent; the text itself is never stored"),
    "booking.Merge": gettext_lazy(
        "Two records that were put together, and what stood in both before;"
        " of two that were taken apart again, only by whom and when"
    ),
    "booking.TakenApart": gettext_lazy("Records that were taken apart again"),
}
# What hangs on a patient and is not handed over, and why.
LEFT_OUT = {
    "booking.Hold": gettext_lazy("Which clinician and chair a visit takes when: it follows from the visit."),
}
# What only the program needs, by table.
INNER = {
    "booking.Patient": {"language", "found_by"},
    "booking.Appointment": {"public_id", "submission_id", "link_version", "version", "sequence", "told_starts_at"},
    "booking.Course": {"submission_id"},
    "booking.Message": {"message_id", "version", "occasion", "lease_token", "lease_until", "ready_at"},
}
# Of two records that were taken apart again, the rest tells of somebody else.
OF_A_MISTAKE = ("id", "stays", "went", "by", "at")
MISTAKEN = gettext_lazy(
    "Whether this record was once put together with somebody else’s by mistake. What was noted of the record itself"
    " while that lasted, and what staff did to it, is then left out;"
    " and so is who opened a page for the other’s visits."
)
BESIDE = {
    "changes": gettext_lazy("Every change of the record and its visits that the database has kept"),
    "readings": gettext_lazy("Who of the staff has opened a page with these data, and when"),
    "staff_actions": gettext_lazy("What staff have done to the record lately, as they are shown it"),
}


def gather(patient: Patient, *, now: datetime) -> dict[str, Any]:
    """As JSON holds it. Rows are loaded whole, so that the reading of them is noted."""
    patients = list(Patient.objects.one_person(patient.pk).values_list("pk", flat=True))
    found, past = hanging(patients), Past.of(patients)
    tables = {model._meta.label: _rows(model, keys) for model, keys in found.items()}
    return {
        "version": VERSION,
        "made_at": now.isoformat(),
        "record": patient.pk,
        "was_mixed": bool(past.others),
        "tables": {label: rows for label, rows in tables.items() if label not in LEFT_OUT},
        "changes": _changes(patients, found.get(Appointment, []), past),
        "readings": _readings(past),
        "staff_actions": _staff_actions(found, past),
    }


def _rows(model: type[Model], keys: Iterable[Any]) -> list[dict[str, Any]]:
    named = [field.name for field in model._meta.concrete_fields if _is_named(field)]
    rows = model._default_manager.filter(pk__in=keys).select_related(*named).order_by("pk")
    return [_row(row) for row in rows]


def _is_named(field: Any) -> bool:
    """A reference to what is not the patient's own: told by its name. What is their own is told by its number."""
    return isinstance(field, ForeignKey) and field.related_model not in reached()


def _row(row: Model) -> dict[str, Any]:
    told: dict[str, Any] = {}
    of_a_mistake = isinstance(row, Merge) and hasattr(row, "apart")
    for field in row._meta.concrete_fields:
        if of_a_mistake and field.name not in OF_A_MISTAKE:
            continue
        if field.name in INNER.get(row._meta.label, ()):
            continue
        value = getattr(row, field.name if _is_named(field) else field.attname)
        told[field.name] = _plain(value)
        if getattr(field, "choices", None):
            told[f"{field.name}_in_words"] = str(dict(field.flatchoices).get(value, value))
    if isinstance(row, AppointmentEvent):
        told["in_words"] = desk_words.what(row)
    if isinstance(row, Message) and row.reason in Reason.values:
        told["reason_in_words"] = str(Reason(row.reason).label)
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, User):
        return words.user(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str | dict) else str(value)


def _changes(patients: list[int], visits: list[int], past: Past) -> list[dict[str, Any]]:
    return [
        {
            "at": line.at.isoformat(),
            "what": line.title,
            "who": line.who,
            "where": line.where,
            "fields": [{"field": field.label, "before": field.before, "after": field.after} for field in line.fields],
        }
        for line in timeline.of_everything(patients, visits, without=past.foreign_rows())
    ]


def _readings(past: Past) -> list[dict[str, Any]]:
    rows = readings_without(past).select_related("user").order_by("pk")
    return [
        {
            "at": row.at.isoformat(),
            "who": words.user(row.user) if row.user else _("nobody signed in"),
            "page": row.page,
            "page_in_words": row.get_page_display(),
        }
        for row in rows
    ]


def _staff_actions(found: Hanging, past: Past) -> list[dict[str, Any]]:
    rows = log_without(staff_log(found), past).select_related("user").order_by("pk")
    return [
        {"at": row.action_time.isoformat(), "who": _plain(row.user), "what": row.get_change_message()} for row in rows
    ]


def archive(patient: Patient, *, now: datetime) -> bytes:
    told = gather(patient, now=now)
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as made:
        made.writestr("record.json", json.dumps(told, indent=1, ensure_ascii=False))
        made.writestr("record.html", render_to_string("records/summary.html", _for_people(told)))
        made.writestr("keys.txt", keys())
    return file.getvalue()


def _for_people(told: dict[str, Any]) -> dict[str, Any]:
    """The same tables, with the fields named as staff read them."""
    labels = {model._meta.label: model for model in reached()}
    tables = []
    for label, rows in told["tables"].items():
        names = _field_names(labels[label])
        said = [
            [(names.get(key, key), value) for key, value in row.items() if _is_for_people(key, row)] for row in rows
        ]
        tables.append((ABOUT.get(label, label), said))
    return {**told, "sections": tables, "beside": BESIDE}


def _is_for_people(key: str, row: dict[str, Any]) -> bool:
    """Of a choice, the words alone."""
    return f"{key}_in_words" not in row and row[key] not in (None, "", [])


def _field_names(model: type[Model]) -> dict[str, str]:
    names = {field.name: str(getattr(field, "verbose_name", field.name)) for field in model._meta.concrete_fields}
    return names | {f"{name}_in_words": label for name, label in names.items()} | {"in_words": _("in words")}


def keys() -> str:
    """What each key of the JSON file means."""
    lines = [
        _("Version %(version)s of this format. Times are in UTC or carry their offset.") % {"version": VERSION},
        _("Keys that end in “_in_words” say the same for people. Numbers refer to the “id” of a row."),
    ]
    for model in sorted(reached(), key=lambda model: model._meta.label):
        label = model._meta.label
        if label in LEFT_OUT:
            lines += ["", f"{label}: {_('not in this file.')} {LEFT_OUT[label]}"]
            continue
        lines += ["", f"tables / {label}: {ABOUT.get(label, model._meta.verbose_name_plural)}"]
        told = [field for field in model._meta.concrete_fields if field.name not in INNER.get(label, ())]
        lines += [f"  {field.name}: {field.verbose_name}" for field in told]
        if label in INNER:
            lines.append(f"  {_('left out, for only the program needs them:')} {', '.join(sorted(INNER[label]))}")
    lines += ["", *(f"{name}: {about}" for name, about in BESIDE.items()), "", f"was_mixed: {MISTAKEN}"]
    return "\n".join(lines) + "\n"
