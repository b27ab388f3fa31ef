"""Why a time is not offered, in one plain sentence for staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import when
from booking.explain import Reason, Refusal
from booking.models import Hold, Holiday, Resource, VisitType
from booking.slots import Busy, Rule, Span, clinician_span, shift


@dataclass(frozen=True)
class Asked:
    """The question: a kind of visit, a moment, and by whose rule."""

    kind: VisitType
    at: datetime
    for_staff: bool
    now: datetime

    @property
    def rule(self) -> Rule:
        return self.kind.staff_rule() if self.for_staff else self.kind.rule()


def sentence(refusal: Refusal, asked: Asked) -> str:
    """It names the rule that closes the time."""
    match refusal.reason:
        case Reason.NOTICE | Reason.HORIZON:
            return _by_distance(refusal, asked)
        case Reason.CLOSED_DAY:
            return _closed(asked)
        case Reason.NO_HOURS:
            return _("No clinician has hours on %(day)s.") % {"day": when.day(asked.at)}
        case Reason.OUTSIDE_HOURS:
            values = {"who": _name(refusal.clinician), "spans": _spans(refusal.hours)}
            return _("%(who)s sees people %(spans)s that day.") % values
        case Reason.ENDS_TOO_LATE:
            return _too_long(refusal, asked)
        case Reason.OFF_STEP:
            values = {"step": str(asked.kind.step_minutes), "from": _clock(refusal.edge)}
            return _("Visits of this kind start every %(step)s minutes, counted from %(from)s.") % values
        case Reason.DAILY_LIMIT:
            return _full(asked)
        case Reason.CLINICIAN_HELD:
            return _held(refusal, asked)
        case Reason.NO_CHAIR:
            return _no_chair(refusal)


def _by_distance(refusal: Refusal, asked: Asked) -> str:
    if asked.at < asked.now:
        return _("This time has passed.")
    edge = when.whole(refusal.edge) if refusal.edge else ""
    if refusal.reason == Reason.NOTICE:
        hours = asked.rule.notice // timedelta(hours=1)
        text = ngettext(
            "Patients must book %(hours)s hour ahead: the first time they may have is after %(edge)s.",
            "Patients must book %(hours)s hours ahead: the first time they may have is after %(edge)s.",
            hours,
        )
        return text % {"hours": hours, "edge": edge}
    days = asked.rule.horizon // timedelta(days=1)
    text = (
        _("Staff can book at most %(days)s days ahead, until %(edge)s.")
        if asked.for_staff
        else _("Patients can book at most %(days)s days ahead, until %(edge)s.")
    )
    return text % {"days": days, "edge": edge}


def _closed(asked: Asked) -> str:
    holiday = Holiday.objects.get(day=when.local(asked.at).date())
    values = {"name": holiday.name, "url": reverse("admin:booking_holiday_change", args=[holiday.pk])}
    if holiday.decision == Holiday.Decision.UNDECIDED:
        text = _(
            'That day is {name}, and nobody has decided yet whether the office is open. <a href="{url}">Decide</a>'
        )
    else:
        text = _('That day is {name}, and the office is closed. <a href="{url}">See the day</a>')
    return format_html(text, **values)


def _too_long(refusal: Refusal, asked: Asked) -> str:
    values = {
        "minutes": asked.kind.length_minutes,
        "end": _clock(shift(asked.at, asked.rule.stay)),
        "who": _name(refusal.clinician),
        "edge": _clock(refusal.edge),
    }
    return _("The stay of %(minutes)s minutes would end at %(end)s, and the hours of %(who)s end at %(edge)s.") % values


def _full(asked: Asked) -> str:
    text = ngettext(
        "That day has its %(count)s visit of this kind, and more are not taken.",
        "That day has its %(count)s visits of this kind, and more are not taken.",
        asked.kind.daily_limit or 0,
    )
    return text % {"count": asked.kind.daily_limit}


def _held(refusal: Refusal, asked: Asked) -> str:
    wanted = clinician_span(asked.at, asked.rule)
    return format_html(
        _("{who} is {held}; this visit would need them {wanted}."),
        who=_name(refusal.clinician),
        held=_by_whom(refusal.held),
        wanted=_span(wanted),
    )


def _no_chair(refusal: Refusal) -> str:
    if not refusal.held:
        return _("The visit needs a chair, and none is in use.")
    chairs = sorted({item.resource for item in refusal.held})
    taken = [(_name(chair), _by_whom([item for item in refusal.held if item.resource == chair])) for chair in chairs]
    return format_html(_("No chair is free for the whole stay: {}."), format_html_join("; ", _("{} is {}"), taken))


def _by_whom(held: Iterable[Busy]) -> SafeString:
    """held by AB12-CD34 from 2:00 PM to 3:10 PM and by “Meeting” from 3:10 PM to 4:00 PM"""
    parts = []
    for item in held:
        hold = (
            Hold.objects.within(item.span)
            .filter(resource=item.resource)
            .select_related("appointment", "offer__appointment")
            .order_by("period")
            .first()
        )
        parts.append((_who(hold), _span(item.span)))
    return format_html_join(_(" and "), _("held {} {}"), parts)


def _who(hold: Hold | None) -> SafeString | str:
    if hold is None:
        return _("a moment ago")
    if hold.appointment:
        return format_html(_("by {}"), _visit(hold.appointment.pk, hold.appointment.reference))
    if hold.offer:
        visit = hold.offer.appointment
        return format_html(_("for {}, to whom it is offered,"), _visit(visit.pk, visit.reference))
    return format_html(_("by “{}”"), hold.reason)


def _visit(pk: int, reference: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:booking_appointment_change", args=[pk]), reference)


def _name(resource: int | None) -> str:
    found = Resource.objects.filter(pk=resource).first() if resource is not None else None
    return found.name if found else ""


def _clock(moment: datetime | None) -> str:
    return when.clock(moment) if moment else ""


def _spans(spans: Iterable[Span]) -> str:
    return _(" and ").join(_span(span) for span in spans)


def _span(span: Span) -> str:
    """from 2:00 PM to 3:10 PM, with the days where it lasts for several"""
    same_day = when.local(span.start).date() == when.local(span.end).date()
    words = when.clock if same_day else when.short
    return _("from %(start)s to %(end)s") % {"start": words(span.start), "end": words(span.end)}
