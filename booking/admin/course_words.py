"""Courses in the words that staff read: their rhythm, what their spacing is like, and why a time can't be had."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import when
from booking.course_plan import Breach, Outcome, Remark
from booking.explain import Reason, Refusal
from booking.models import CoursePhase
from booking.slots import Span


def rhythm(phases: list[CoursePhase]) -> str:
    """8 sessions, 2 a week; then 4 sessions, 1 a week; then 1 every 1–2 weeks, as long as it helps"""
    return _("; then ").join(_phase(phase) for phase in phases)


def _phase(phase: CoursePhase) -> str:
    if phase.every_weeks_most and phase.every_weeks_most != phase.every_weeks:
        weeks = {"least": phase.every_weeks, "most": phase.every_weeks_most, "count": phase.per_week}
        pace = _("%(count)s every %(least)s–%(most)s weeks") % weeks
    elif phase.every_weeks > 1:
        pace = _("%(count)s every %(weeks)s weeks") % {"count": phase.per_week, "weeks": phase.every_weeks}
    else:
        pace = _("%(count)s a week") % {"count": phase.per_week}
    if phase.sessions is None:
        return _("%(pace)s, as long as it helps") % {"pace": pace}
    sessions = ngettext("%(count)s session", "%(count)s sessions", phase.sessions) % {"count": phase.sessions}
    return f"{sessions}, {pace}"


def remark(item: Remark) -> str:
    """Which spacing rule a session does not keep."""
    values = {"found": item.found, "limit": item.limit, "before": item.before, "within": item.within}
    match item.breach:
        case Breach.ORDER:
            return _("It comes before session %(before)s. Sessions are numbered by their dates.") % values
        case Breach.TOO_CLOSE if item.found == 0:
            return _("On the same day as session %(before)s. The template asks for %(limit)s or more between.") % values
        case Breach.TOO_CLOSE:
            return (
                ngettext(
                    "%(found)s day after session %(before)s. The template asks for %(limit)s or more.",
                    "%(found)s days after session %(before)s. The template asks for %(limit)s or more.",
                    item.found,
                )
                % values
            )
        case Breach.TOO_FAR:
            return _("%(found)s days after session %(before)s. The template asks for %(limit)s at most.") % values
        case Breach.TOO_MANY:
            return _("%(found)s sessions within %(within)s days. The template says %(limit)s.") % values


def refusal(
    outcome: Outcome, why: Refusal | None, *, names: Mapping[int, str], holidays: Mapping[date, str], at: datetime
) -> str:
    """Why a wanted time can't be had, in a few words beside it."""
    if outcome is Outcome.NO_SUCH_TIME:
        return _("The clock is set forward that night and skips this time.")
    if outcome is Outcome.OVERLAPS:
        return _("It overlaps another session of this course.")
    if why is None:
        return _("Taken meanwhile.")
    match why.reason:
        case Reason.NOTICE:
            return _("This time has passed.")
        case Reason.HORIZON:
            return _("Too far ahead to be booked.")
        case Reason.CLOSED_DAY:
            return _("The office is closed: %(holiday)s.") % {"holiday": holidays.get(when.local(at).date(), "")}
        case Reason.NO_HOURS:
            return _("Nobody is there that day.")
        case Reason.OUTSIDE_HOURS:
            return _("Outside the hours: %(spans)s.") % {"spans": ", ".join(_span(span) for span in why.hours)}
        case Reason.ENDS_TOO_LATE:
            return _("It would not end by %(edge)s.") % {"edge": when.clock(why.edge) if why.edge else ""}
        case Reason.OFF_STEP:
            return _("Visits of this kind do not start at this minute.")
        case Reason.DAILY_LIMIT:
            return _("The day has as many such visits as it may have.")
        case Reason.CLINICIAN_HELD:
            values = {"name": names.get(why.clinician or 0, ""), "spans": _held(why)}
            return _("%(name)s is taken: %(spans)s.") % values
        case Reason.NO_CHAIR:
            return _("No chair is free: %(chairs)s.") % {"chairs": _chairs(why, names) or _("there is none")}


def _held(why: Refusal) -> str:
    return ", ".join(_span(item.span) for item in why.held)


def _chairs(why: Refusal, names: Mapping[int, str]) -> str:
    return "; ".join(f"{names.get(item.resource, '')} {_span(item.span)}" for item in why.held)


def _span(span: Span) -> str:
    """10:00 AM – 11:00 AM, with the days where it lasts for several."""
    same_day = when.local(span.start).date() == when.local(span.end).date()
    words = when.clock if same_day else when.short
    return f"{words(span.start)} – {words(span.end)}"


def wall(moment: datetime) -> str:
    """Tue, Dec 1, 10:00 AM: of a time as the wall shows it, which may be one that the clock skips."""
    return date_format(moment, "D, M j, g:i A")
