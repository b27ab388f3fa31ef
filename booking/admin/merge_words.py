"""What hangs on a record, and what putting it together with another or taking it apart will do, in words."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import when
from booking.actions import needing_link
from booking.actions.taking_apart import Emails, going_back
from booking.admin import words
from booking.models import COUNTING, OPEN, Appointment, Merge, Patient


@dataclass(frozen=True)
class Held:
    """What hangs on one of the records."""

    since: str
    kept: str
    cleared: list[str]
    courses: list[str]
    to_come: list[str]
    visits: int


@dataclass
class Effect:
    """A sentence, and the rows that it is about."""

    text: str
    rows: list[str] = field(default_factory=list)


def held_by(patient: Patient) -> Held:
    clearances = patient.clearances.select_related("visit_type").order_by("visit_type__order", "pk")
    visits = patient.appointments.select_related("visit_type", "course").order_by("starts_at", "pk")
    return Held(
        since=when.day_with_year(patient.created_at),
        kept=patient.kept_because,
        cleared=[str(clearance.visit_type) for clearance in clearances],
        courses=[str(course.template) for course in patient.courses.select_related("template").order_by("pk")],
        to_come=[said(visit) for visit in visits if visit.status in OPEN],
        visits=len(visits),
    )


def said(visit: Appointment) -> str:
    """Wednesday, December 2, 10:00 AM: First visit (4F7K-QM2D)"""
    told = {"when": when.whole(visit.starts_at), "kind": visit.visit_type, "reference": visit.reference}
    return _("%(when)s: %(kind)s (%(reference)s)") % told


def together_effects(patient: Patient, other: Patient, chosen: Collection[str], *, now: datetime) -> list[Effect]:
    theirs = list(other.appointments.select_related("visit_type").order_by("starts_at", "pk"))
    effects = [_moving(theirs), *_courses(other.courses.count()), *_clearances(patient, other)]
    if patient.is_kept or other.is_kept:
        effects.append(Effect(_("The record stays kept: nothing of it is removed, however old.")))
    effects += [*_links(patient, other, chosen, now=now), *_at_once(patient, theirs)]
    return [
        *effects,
        Effect(
            _(
                "The other record is no longer found by itself; whoever opens it is led here. You can take the two "
                "apart again."
            )
        ),
    ]


def _moving(visits: list[Appointment]) -> Effect:
    count = len(visits)
    if not count:
        return Effect(_("The other record has no visits."))
    text = ngettext("%(count)s visit moves to this record.", "%(count)s visits move to this record.", count)
    return Effect(text % {"count": count}, [said(visit) for visit in visits if visit.status in OPEN])


def _courses(count: int) -> list[Effect]:
    text = ngettext("%(count)s course moves to this record.", "%(count)s courses move to this record.", count)
    return [Effect(text % {"count": count})] if count else []


def _clearances(patient: Patient, other: Patient) -> list[Effect]:
    mine = {clearance.visit_type: clearance.at for clearance in patient.clearances.select_related("visit_type")}
    theirs = {clearance.visit_type: clearance.at for clearance in other.clearances.select_related("visit_type")}
    new = [str(kind) for kind in theirs if kind not in mine]
    both = [str(kind) for kind in theirs if kind in mine]
    effects = [Effect(_("This record is then cleared for these, too:"), new)] if new else []
    return [*effects, *([Effect(_("Both are cleared for these; the earlier clearance stays:"), both)] if both else [])]


def _links(patient: Patient, other: Patient, chosen: Collection[str], *, now: datetime) -> list[Effect]:
    if patient.email == other.email:
        return [Effect(_("Links sent before stay open, and no message goes out now."))]
    loser, winner = (patient, other) if "email" in chosen else (other, patient)
    told = {"old": loser.email, "new": winner.email}
    effects = [
        Effect(
            _(
                "Links that went to %(old)s stop working at once, calendars too: they would show all visits of both "
                "records, and the address may be a stranger’s. Links that went to %(new)s stay open. Messages still "
                "to be sent go to %(new)s."
            )
            % told
        )
    ]
    fresh = [when.whole(visit.starts_at) for visit in needing_link(patient=loser, now=now)]
    if fresh:
        effects.append(Effect(_("New links go to %(new)s; of a course, to the next session alone:") % told, fresh))
    return effects


def _at_once(patient: Patient, theirs: list[Appointment]) -> list[Effect]:
    """Visits of both records that would overlap. Nothing is changed about them."""
    ours = list(patient.appointments.filter(status__in=OPEN).select_related("visit_type"))
    clashes = [
        f"{said(one)} / {said(two)}"
        for one in ours
        for two in theirs
        if two.status in COUNTING and one.starts_at < two.ends_at and two.starts_at < one.ends_at
    ]
    return [Effect(_("Careful: these are at the same time. Both stay as they are."), clashes)] if clashes else []


def apart_effects(merge: Merge, patient: Patient, *, now: datetime) -> list[Effect]:
    back = list(going_back(merge).select_related("visit_type"))
    since = patient.appointments.filter(created_at__gt=merge.at).exclude(pk__in=[visit.pk for visit in back])
    stay = list(since.select_related("visit_type").order_by("starts_at", "pk"))
    effects = [Effect(_("These visits go back:"), [said(visit) for visit in back])] if back else []
    if stay:
        effects.append(Effect(_("Booked since, so they stay with this record:"), [said(visit) for visit in stay]))
    emails = Emails.of(merge, patient, merge.went)
    for address, visits in ((emails.went, back), (emails.stays, None)):
        effects += _new_links(emails.until, address, patient, visits, back, now=now)
    effects.append(
        Effect(
            _(
                "Names, ways to reach them and clearances become what they were, but for what somebody has changed "
                "since: that stays with this record."
            )
        )
    )
    return effects


def _new_links(
    until: str,
    address: str,
    patient: Patient,
    visits: list[Appointment] | None,
    back: list[Appointment],
    *,
    now: datetime,
) -> list[Effect]:
    """Of the visits that go back; of those that stay, where none are named."""
    if address == until:
        return []
    keys = {visit.pk for visit in back}
    fresh = [
        when.whole(visit.starts_at)
        for visit in needing_link(patient=patient, now=now)
        if (visit.pk in keys) == (visits is not None)
    ]
    text = _("Links to these visits that went to %(until)s stop working; new ones go to %(address)s:")
    return [Effect(text % {"until": until, "address": address}, fresh)] if fresh else []


def parts_of(patient: Patient) -> list[tuple[Merge, str, bool]]:
    """What is a part of a record: how it came there, and whether it can be taken apart before the others."""
    together = list(patient.merges.filter(apart=None).select_related("went", "by").order_by("-pk"))
    return [(merge, words.name(merge.by), number == 0) for number, merge in enumerate(together)]
