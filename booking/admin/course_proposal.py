"""A course before it is placed: what of it is free, why the rest is not, and what could be had instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin import course_words
from booking.admin.course_review import review_row
from booking.admin.course_times import Choice, Draft, Row, Times, Words
from booking.course_plan import Outcome, Planned, Remark, Spacing, plan, remarks


@dataclass(frozen=True)
class Proposal:
    """The plan as staff see it."""

    rows: list[Row]
    review: Row | None
    remarks: list[Remark]

    @property
    def all_rows(self) -> list[Row]:
        return [*self.rows, *([self.review] if self.review else [])]

    @property
    def is_free(self) -> bool:
        return all(row.is_free for row in self.all_rows)


def propose(draft: Draft, *, now: datetime) -> Proposal:
    zone = timezone.get_default_timezone()
    template, spacing = draft.template, draft.template.spacing()
    times = Times.read(template.visit_type, [item.at for item in draft.wanted], now=now)
    words = Words.read(draft.patient, times.window)
    starts = {start.at: start for start in times.free() if start.at not in draft.refused}
    planned = plan(
        draft.wanted,
        free=starts,
        stay=times.stay,
        spacing=spacing,
        not_before=max(now, datetime.combine(draft.first_day, time(), zone)),
        zone=zone,
    )
    settled = {item.number: item.target.at for item in planned if item.outcome is Outcome.FREE}
    breaches = remarks(settled, spacing, zone)

    def row(item: Planned) -> Row:
        at = item.target.at
        why = times.why_not(at) if item.outcome is Outcome.TAKEN and at not in draft.refused else None
        notes = [course_words.remark(breach) for breach in breaches if breach.session == item.number]
        choices = [
            Choice(other, [*new_remarks(item.number, other, settled, spacing), *words.same_time(other, times.stay)])
            for other in item.alternatives
        ]
        return Row(item, words.reason(item, why), [*notes, *words.same_time(at, times.stay)], choices)

    held = [busy for at in settled.values() for busy in times.held_by(starts[at])]
    review = review_row(draft, planned, held, words, stay=times.stay, now=now) if draft.has_review else None
    return Proposal([row(item) for item in planned], review, breaches)


def new_remarks(number: int, at: datetime, settled: Mapping[int, datetime], spacing: Spacing) -> list[str]:
    """Which rules would no longer be kept, were that session then."""
    zone = timezone.get_default_timezone()
    already = remarks({other: start for other, start in settled.items() if other != number}, spacing, zone)
    return [
        course_words.remark(breach)
        if breach.session == number
        else _("Session %(number)s: %(remark)s") % {"number": breach.session, "remark": course_words.remark(breach)}
        for breach in remarks({**settled, number: at}, spacing, zone)
        if breach not in already
    ]
