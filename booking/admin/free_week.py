"""The free times of a week, as staff may book them: to move a visit to, and to book one by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import apart, availability, when
from booking.models import Appointment, VisitType
from booking.slots import Busy, Span, Start
from booking.week import Week


@dataclass(frozen=True)
class FreeWeek:
    """What is free for a visit of that kind. A visit that is `moving` does not stand in its own way.

    `url` gives the address of the page that asks about one start, or whatever else names it.
    """

    kind: VisitType
    now: datetime
    url: Callable[[datetime], str]
    moving: Appointment | None = None
    beside: tuple[Busy, ...] = ()  # what counts as held, too

    def page(self, asked: QueryDict, *, around: datetime) -> dict[str, Any]:
        """What the calendar shows. Where nothing is free in the week, the nearest times."""
        week, zone = self._week(asked, around=around), timezone.get_default_timezone()
        starts = self._others(self._free_times(week.span(zone)))
        return {
            "days": [(day.at, self._linked(day.starts)) for day in week.days(starts, zone)],
            "nearest": [] if starts else self.nearest(week.span(zone).start),
            "week": week,
            "earlier": week.shifted(-1) if week > Week.of(self.now) else None,
            "later": week.shifted(1) if week < self._last_week() else None,
        }

    def nearest(self, at: datetime) -> list[tuple[datetime, str]]:
        """The free times closest to that moment, but not the one that the visit has."""
        rule = self.kind.staff_rule()
        found = availability.nearest_free(self.kind, at, now=self.now, count=4, moving=self.moving, rule=rule)
        return self._linked(self._others(found)[:3])

    def is_free(self, at: datetime) -> bool:
        rule = self.kind.staff_rule()
        return availability.start_at(self.kind, at, now=self.now, moving=self.moving, rule=rule) is not None

    def _free_times(self, window: Span) -> list[Start]:
        rule = self.kind.staff_rule()
        return availability.free_times(
            self.kind, window=window, now=self.now, moving=self.moving, rule=rule, beside=self.beside
        )

    def _others(self, starts: list[Start]) -> list[Start]:
        return [start for start in starts if self.moving is None or start.at != self.moving.starts_at]

    def _linked(self, starts: list[Start]) -> list[tuple[datetime, str]]:
        return [(start.at, self.url(start.at)) for start in starts]

    def _week(self, asked: QueryDict, *, around: datetime) -> Week:
        """The one asked for, by its name or by a day in it; else the one around that moment."""
        day = day_named(asked.get("day", ""))
        week = Week.named(asked.get("week", "")) or (Week(day - timedelta(days=day.weekday())) if day else None)
        return min(max(week or Week.of(around), Week.of(self.now)), self._last_week())

    def _last_week(self) -> Week:
        return Week.of(self.now + self.kind.staff_rule().horizon)


def day_named(text: str) -> date | None:
    """The day of 2026-12-02; None for anything else, and for what arithmetic around it can't hold."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None


def warnings(kind: VisitType, start: datetime, *, patient_id: int, moving: Appointment | None = None) -> list[str]:
    """What a patient could not choose, and staff may: across the patient's other visits."""
    span, zone = Span(start, start + kind.rule().stay), timezone.get_default_timezone()
    found = []
    visits = availability.visits_of(patient_id).select_related("visit_type", "course__template")
    for visit in visits:
        if visit == moving:
            continue
        other = availability.beside(visit, moving)
        if clash := apart.clash(span, other, zone):
            found.append(_warning(clash, visit, other))
    return found


def _warning(clash: apart.Clash, visit: Appointment, other: apart.Other) -> str:
    session = _("session %(number)s") % {"number": visit.course_position} if visit.course_position else visit.visit_type
    names = {"other": session, "when": when.short(visit.starts_at), "days": other.gap_days}
    match clash:
        case apart.Clash.OVERLAP:
            return _("It overlaps with another visit of this patient: %(other)s, %(when)s.") % names
        case apart.Clash.ORDER if other.side is apart.Side.BEFORE:
            return _("It would no longer come after %(other)s of the same course, %(when)s.") % names
        case apart.Clash.ORDER:
            return _("It would no longer come before %(other)s of the same course, %(when)s.") % names
        case apart.Clash.TOO_CLOSE:
            text = ngettext(
                "It is closer than %(days)s day to %(other)s, %(when)s.",
                "It is closer than %(days)s days to %(other)s, %(when)s.",
                other.gap_days,
            )
            return text % names
