"""Staff move a visit: a week of free times, a page that says what will happen, and the POST that does it."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import actions, apart, availability, when
from booking.actions.steps import last_event
from booking.admin import words
from booking.admin.acting import ActingAdmin, busy, by_staff
from booking.admin.steps import movable, move_told, promised
from booking.admin.why_words import Asked, sentence
from booking.models import OPEN, Appointment
from booking.slots import Span
from booking.transactions import Busy, SlotTaken
from booking.week import Week

NAME = gettext_lazy("Move")


class MovingAdmin(ActingAdmin):
    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The free times of a week by the rule that binds staff. Where there are none, the nearest ones."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now):
            return self.back(request, appointment, problem)
        week, zone = _week(request, appointment, now=now), timezone.get_default_timezone()
        starts = availability.free_times(
            appointment.visit_type,
            window=week.span(zone),
            now=now,
            moving=appointment,
            rule=appointment.visit_type.staff_rule(),
        )
        others = [start for start in starts if start.at != appointment.starts_at]
        context: dict[str, Any] = {
            "days": week.days(others, zone),
            "nearest": [] if others else _nearest(appointment, week.span(zone).start, now=now),
            "week": week,
            "earlier": week.shifted(-1) if week > Week.of(now) else None,
            "later": week.shifted(1) if week < _last_week(appointment, now=now) else None,
        }
        return self.page(request, "move", appointment, _("Move this visit"), name=NAME, **context)

    def move_to_view(self, request: HttpRequest, pk: int, start: datetime) -> HttpResponse:
        """GET says what would happen; POST moves it there."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now, start=start):
            return self.back(request, appointment, problem)
        try:
            if request.method == "POST":
                return self._move(request, appointment, start, now=now)
            if not _is_free(appointment, start, now=now):
                raise SlotTaken
        except SlotTaken:
            return self._taken(request, appointment, start, now=now)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
        return self.page(
            request,
            "move_to",
            appointment,
            _("Move this visit?"),
            name=NAME,
            start=start,
            told=move_told(appointment),
            warnings=_warnings(appointment, start),
        )

    def _move(self, request: HttpRequest, appointment: Appointment, start: datetime, *, now: datetime) -> HttpResponse:
        try:
            moved = actions.reschedule(appointment=appointment, starts_at=start, by=by_staff(request), now=now)
        except actions.NotAllowed as refused:
            return self.back(request, appointment, words.already(refused.last, now=now))
        text = _("Moved to %(when)s.") % {"when": when.whole(moved.starts_at)}
        return self.done(request, moved, text, promised(text, moved))

    def _taken(self, request: HttpRequest, appointment: Appointment, start: datetime, *, now: datetime) -> HttpResponse:
        """That time can't be had: why, and the nearest ones that can."""
        asked = Asked(appointment.visit_type, start, for_staff=True, now=now)
        refusal = availability.why_not(asked.kind, start, now=now, moving=appointment, rule=asked.rule)
        return self.page(
            request,
            "move_taken",
            appointment,
            _("This time can’t be had"),
            status=409,
            name=NAME,
            start=start,
            why=sentence(refusal, asked) if refusal else "",
            nearest=_nearest(appointment, start, now=now),
            week=Week.of(start),
        )


def _problem(appointment: Appointment, *, now: datetime, start: datetime | None = None) -> str | None:
    """Why the visit can't be moved, or not to that start; None where it can."""
    if appointment.status not in OPEN:
        return words.already(last_event(appointment), now=now)
    if not movable(appointment, now=now):
        return _("The time of this visit has passed. Nothing was changed.")
    return _("The visit is at this time already. Nothing was changed.") if start == appointment.starts_at else None


def _week(request: HttpRequest, appointment: Appointment, *, now: datetime) -> Week:
    """The one asked for, by its name or by a day in it; else that of the visit."""
    asked = Week.named(request.GET.get("week", "")) or _week_of_day(request.GET.get("day", ""))
    return min(max(asked or Week.of(appointment.starts_at), Week.of(now)), _last_week(appointment, now=now))


def _week_of_day(text: str) -> Week | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return Week(day - timedelta(days=day.weekday()))


def _last_week(appointment: Appointment, *, now: datetime) -> Week:
    return Week.of(now + appointment.visit_type.staff_rule().horizon)


def _is_free(appointment: Appointment, start: datetime, *, now: datetime) -> bool:
    kind = appointment.visit_type
    return availability.start_at(kind, start, now=now, moving=appointment, rule=kind.staff_rule()) is not None


def _warnings(appointment: Appointment, start: datetime) -> list[str]:
    """What a patient could not choose, and staff may: across the patient's other visits."""
    span, zone = Span(start, start + appointment.visit_type.rule().stay), timezone.get_default_timezone()
    found = []
    for visit in availability.visits_of(appointment.patient_id).select_related("visit_type").exclude(pk=appointment.pk):
        other = availability.beside(visit, appointment)
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


def _nearest(appointment: Appointment, at: datetime, *, now: datetime) -> list[datetime]:
    """The free times closest to that moment, but not the one that the visit has."""
    kind = appointment.visit_type
    found = availability.nearest_free(kind, at, now=now, count=4, moving=appointment, rule=kind.staff_rule())
    return [start.at for start in found if start.at != appointment.starts_at][:3]
