"""Whom a freed period would serve: who waits, in their order, and the earliest start it makes for each."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone

from booking import availability, civil, when
from booking.availability import Diary
from booking.models import (
    COUNTING,
    Appointment,
    AppointmentEvent,
    EarlierRequest,
    FreedTime,
    Offer,
    Status,
    VisitType,
)
from booking.slots import Busy, Rule, Span, Start, free_starts

# An offer runs out no later than this before its start; a start that is nearer is not offered.
LEFT_AFTER_ANSWER = timedelta(hours=2)
# How far from the period it may make a start possible: on its whole day, where that has a limit. A visit that holds any
# of the period begins no more than 14 hours before or after it (the bounds of VisitType and Resource).
REACH = timedelta(hours=25)


def answer_until(now: datetime) -> datetime:
    """When an offer made now runs out: at night nobody is waiting for it, so nights do not count."""
    return civil.after(now, settings.EARLIER_OFFER, timezone.get_default_timezone())


def served(freed: FreedTime, *, now: datetime) -> list[tuple[Appointment, Start, bool]]:
    """Each who waits and whom the period serves, the start for them, and whether another offer to them is open.

    A constant number of queries for each kind of visit that anybody waits with.
    """
    others = Appointment.objects.filter(status__in=COUNTING).select_related("course__template")
    moves = AppointmentEvent.objects.exclude(moved_from=None)
    waiting = (
        EarlierRequest.objects.waiting(now)
        .select_related("appointment__visit_type", "appointment__patient")
        .prefetch_related(
            "appointment__offers",
            "appointment__visit_type__preparations",
            Prefetch("appointment__events", moves),
            Prefetch("appointment__patient__appointments", others),
        )
    )
    opened = Opened(freed, now=now)
    found = []
    for visit in [request.appointment for request in waiting]:
        starts = [start for start in opened.starts_for(visit) if _is_news(visit, start, now=now)]
        starts = availability.suiting(starts, visit.visit_type.rule(), visit.patient.appointments.all(), visit)
        if starts:
            is_asked = any(offer.state == Offer.State.OPEN for offer in visit.offers.all())
            found.append((visit, starts[0], is_asked))
    return found


class Opened:
    """The starts that a freed period has opened. Each kind's diary is read once."""

    def __init__(self, freed: FreedTime, *, now: datetime) -> None:
        self._freed = freed
        self._now = now
        self._window = Span(freed.starts_at - REACH, freed.ends_at + REACH)
        self._diaries: dict[VisitType, Diary] = {}
        self._starts: dict[tuple[VisitType, bool, date | None, date | None], list[Start]] = {}

    def starts_for(self, visit: Appointment) -> list[Start]:
        """In order. The visit's own time is not among them: what is held for it can't be offered to it."""
        kind = visit.visit_type
        own_day = when.local(visit.starts_at).date() if kind.daily_limit else None
        fuller_day = self._freed.day if kind.daily_limit and self._freed.visit_type_id == kind.pk else None
        if fuller_day in _days_had(visit):
            fuller_day = None
        key = (kind, visit.status == Status.CONFIRMED, own_day, fuller_day)
        if key not in self._starts:
            self._starts[key] = self._read(*key)
        return self._starts[key]

    def _read(self, kind: VisitType, is_agreed: bool, own_day: date | None, fuller_day: date | None) -> list[Start]:
        """Free now, and not before: if the period were still held, and that day had one visit of the kind more.

        What was free all along is nobody's news. The kind's notice is time for staff to answer a request: a visit that
        they have agreed to needs none, so that what is called off late still finds somebody.
        """
        rule = replace(kind.rule(), notice=timedelta()) if is_agreed else kind.rule()
        if kind not in self._diaries:
            self._diaries[kind] = availability.read_diary(kind, window=self._window)
        diary = self._diaries[kind]
        booked = Counter(diary.booked_per_day)
        if own_day and own_day in booked:  # it would leave that day, or stay one of the day's
            booked[own_day] -= 1
        still_held = [*diary.busy, Busy(self._freed.resource_id, self._freed.span)]
        one_more = booked + Counter([fuller_day] if fuller_day else [])
        before = self._free(rule, replace(diary, busy=still_held, booked_per_day=one_more))
        all_along = {start.at for start in before}
        return [start for start in self._free(rule, replace(diary, booked_per_day=booked)) if start.at not in all_along]

    def _free(self, rule: Rule, diary: Diary) -> list[Start]:
        return free_starts(
            rule=rule,
            hours=diary.hours,
            chairs=diary.chairs,
            busy=diary.busy,
            booked_per_day=diary.booked_per_day,
            window=self._window,
            now=self._now,
            zone=timezone.get_default_timezone(),
        )


def _days_had(visit: Appointment) -> set[date]:
    """Days on which it has stood, or was offered a time: no limit of theirs has kept it from them."""
    moments = [offer.starts_at for offer in visit.offers.all() if offer.state != Offer.State.WITHDRAWN]
    moments += [event.moved_from for event in visit.events.all() if event.moved_from]
    return {when.local(moment).date() for moment in moments}


def _is_news(visit: Appointment, start: Start, *, now: datetime) -> bool:
    """Sooner than what they have, with time to answer, not offered to them before, nor what they were moved from."""
    if start.at >= visit.starts_at or start.at - _left_after_answer(visit.visit_type) < answer_until(now):
        return False
    if any(offer.starts_at == start.at and offer.state != Offer.State.WITHDRAWN for offer in visit.offers.all()):
        return False
    stay = visit.visit_type.rule().stay
    left = [event.moved_from for event in visit.events.all() if event.moved_from]
    return not any(Span(start.at, start.at + stay).overlaps(Span(moment, moment + stay)) for moment in left)


def _left_after_answer(kind: VisitType) -> timedelta:
    """Who takes it at the last moment must still be able to do all that is to be done beforehand."""
    minutes = [preparation.minutes_before or 0 for preparation in kind.preparations.all()]
    return max(LEFT_AFTER_ANSWER, timedelta(minutes=max(minutes, default=0)))
