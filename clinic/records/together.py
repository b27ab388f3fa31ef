"""What of a record's history stems from another person's, with whom it was put together by mistake, and taken apart.

While they were one, the record that stood held values of both, and staff wrote there what they meant for either. An
export leaves out all that was noted in that time; erasing and the daily removal take away what tells of who goes. The
changes kept of the rows themselves say who was together with whom and when, and they stay as long as the rows do.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet

from booking.actions.merging import CHOSEN
from booking.models import Appointment, Merge, Patient
from clinic.records.hanging import hanging, staff_log
from clinic.records.models import CHANGES, Reading

VALUES = (*CHOSEN, "kept_because")  # what one may have carried of the other
SPOKEN = ("name", "email")  # what staff's log may quote

Values = dict[str, set[Any]]


def first_given_to(tracked: type[Model], patients: Collection[int]) -> list[int]:
    """The numbers of those clearances, or courses, that are theirs from the beginning, also of what is gone.

    One that came to another record with a merge stood there for a while, and is not that one's for it.
    """
    kept = CHANGES[tracked]._default_manager
    stood_there = kept.filter(patient__in=patients).values("pgh_obj")
    first = kept.filter(pgh_obj__in=stood_there).order_by("pgh_obj", "pgh_id").distinct("pgh_obj")
    wanted = set(patients)
    return [row for row, patient in first.values_list("pgh_obj", "patient") if patient in wanted]


def _pairs(patients: Collection[int]) -> set[tuple[int, int]]:
    """Which of these ever became a part of which, or which of them."""
    either = Q(pgh_obj__in=patients, merged_into__isnull=False) | Q(merged_into__in=patients)
    return set(CHANGES[Patient]._default_manager.filter(either).values_list("pgh_obj", "merged_into").distinct())


def ever_together(patients: Collection[int]) -> set[int]:
    """These, and all that were ever one with them, at however many removes. Of most there is nobody: one query."""
    found, new = set(patients), set(patients)
    while new:
        new = {key for pair in _pairs(new) for key in pair} - found
        found |= new
    return found


@dataclass(frozen=True)
class Past:
    """One person's records, and those of others that were once taken for the same person's."""

    own: frozenset[int]
    others: frozenset[int]
    rows: list[dict[str, Any]]  # the changes kept of all these, in their order
    mixed: frozenset[int]  # those made while records of both sides were one
    spans: list[tuple[datetime, datetime]]  # when that was, for any of their own

    @classmethod
    def of(cls, patients: Collection[int]) -> "Past":
        own = frozenset(patients)
        others = frozenset(ever_together(own) - own)
        if not others:
            return cls(own, others, rows=[], mixed=frozenset(), spans=[])
        kept = CHANGES[Patient]._default_manager.filter(pgh_obj__in=own | others).order_by("pgh_id")
        rows = list(kept.values("pgh_id", "pgh_obj_id", "pgh_created_at", "merged_into_id", *VALUES))
        return cls(own, others, rows, *_mixed(rows, own, others))

    def foreign_rows(self) -> list[int]:
        """Of the changes kept of their own records: made while they were together with others, or quoting them."""
        meanwhile = {row["pgh_id"] for row in self.rows if row["pgh_obj_id"] in self.own} & self.mixed
        return sorted(meanwhile.union(self.quoting(self.foreign(self.others))))

    def foreign(self, others: Collection[int]) -> Values:
        """What these others held by themselves and their own records never did."""
        theirs, mine = self._held(others), self._held(self.own)
        return {name: theirs[name] - mine[name] for name in VALUES}

    def quoting(self, foreign: Values) -> list[int]:
        """Which of the changes kept of their own records hold any of that."""
        mine = [row for row in self.rows if row["pgh_obj_id"] in self.own]
        return [row["pgh_id"] for row in mine if _holds(row, foreign) or self._names(row, foreign)]

    def _names(self, row: dict[str, Any], foreign: Values) -> bool:
        """Why a record is kept is written freely: meanwhile also about the other."""
        return row["pgh_id"] in self.mixed and any(name in row["kept_because"] for name in foreign["name"])

    def foreign_log(self) -> Q:
        """Of staff's log about what is their own: written while it was together with others', or quoting those."""
        about = self.naming(self.foreign(self.others))
        for since, until in self.spans:
            about |= Q(action_time__range=(since, until))
        return about

    def naming(self, foreign: Values) -> Q:
        """Lines of staff's log that say any of this. What is a part of their own name, as “Ana Diaz” of Ana Diaz Lopez,
        stands in each line about them.
        """
        held = self._held(self.own)
        own = {word for name in SPOKEN for word in held[name]}
        about = Q(pk__in=[])
        for word in {word for name in SPOKEN for word in foreign[name]}:
            if not any(word in mine for mine in own):
                about |= Q(object_repr__contains=word) | Q(change_message__contains=word)
        return about

    def foreign_readings(self) -> Q:
        """Noted under their own number for a visit that stood there for a while, and for none of their own."""
        mine, theirs = (
            list(Appointment.objects.filter(patient__in=keys).values_list("pk", flat=True))
            for keys in (self.own, self.others)
        )
        return Q(visits__overlap=theirs) & ~Q(visits__overlap=mine) & ~Q(patients__overlap=list(self.others))

    def _held(self, patients: Collection[int]) -> Values:
        """All that ever stood in these while they were by themselves, and what stands there now."""
        now = Patient.objects.filter(pk__in=patients).values(*VALUES)
        alone = [row for row in self.rows if row["pgh_obj_id"] in patients and row["pgh_id"] not in self.mixed]
        return {name: {_plain(row[name]) for row in (*now, *alone)} for name in VALUES}


def _holds(row: dict[str, Any], values: Values) -> bool:
    return any(_plain(row[name]) in values[name] for name in VALUES)


def _plain(value: Any) -> Any:
    """As a set can hold it."""
    return tuple(value) if isinstance(value, list) else value


def _mixed(
    rows: list[dict[str, Any]], own: Collection[int], others: Collection[int]
) -> tuple[frozenset[int], list[tuple[datetime, datetime]]]:
    """Goes through the changes in their order, with the record that each is a part of at that moment."""
    whole = {one: one for one in (*own, *others)}
    together: set[int] = set()
    since: dict[int, datetime] = {}
    mixed, spans = set(), []
    for row in rows:
        key, at, before = row["pgh_obj_id"], row["pgh_created_at"], together
        whole[key] = row["merged_into_id"] or key
        of_both = {whole[one] for one in own} & {whole[one] for one in others}
        together = {one for one, part_of in whole.items() if part_of in of_both}
        if key in before | together:
            mixed.add(row["pgh_id"])
        since |= dict.fromkeys(together - before, at)
        spans += [(since[one], at) for one in before - together if one in own]
    return frozenset(mixed), spans


def forget_elsewhere(gone: Collection[int]) -> None:
    """What others' records carried for a while of these, which go: call it while they are still there, inside a
    transaction that may remove. One query where none was ever together with another.
    """
    met = {key for pair in _pairs(gone) for key in pair} & set(gone)
    while met:
        one_time = ever_together([met.pop()])
        met -= one_time
        others = one_time - set(gone)
        for person in _people(others):
            _forget(Past.of(person), one_time - others)
        # Taken apart again, they are of no use any more; and they quote what stood in both.
        Merge.objects.filter(Q(stays__in=others) | Q(went__in=others), apart__isnull=False).delete()


def _people(patients: Collection[int]) -> list[set[int]]:
    """Records that are one now belong together, and rightly."""
    found: dict[int, set[int]] = {}
    for key, whole in Patient.objects.filter(pk__in=patients).order_by("pk").values_list("pk", "merged_into"):
        found.setdefault(whole or key, set()).add(key)
    return list(found.values())


def _forget(past: Past, gone: Collection[int]) -> None:
    foreign = past.foreign(gone)
    CHANGES[Patient]._default_manager.filter(pk__in=past.quoting(foreign)).delete()
    staff_log(hanging(sorted(past.own))).filter(past.naming(foreign)).delete()


def readings_of(patients: Collection[int]) -> Q:
    """By their numbers, and by those of their visits, which another record may have held at the time."""
    visits = Appointment.objects.filter(patient__in=patients).values_list("pk", flat=True)
    return Q(patients__overlap=list(patients)) | Q(visits__overlap=list(visits))


def log_without(log: QuerySet[LogEntry], past: Past) -> QuerySet[LogEntry]:
    return log.exclude(past.foreign_log()) if past.others else log


def readings_without(past: Past) -> QuerySet[Reading]:
    """Of their data."""
    found = Reading.objects.filter(readings_of(past.own))
    return found.exclude(past.foreign_readings()) if past.others else found
