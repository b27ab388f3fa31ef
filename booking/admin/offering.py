"""Staff offer other times: a week of free times to tick, a page that says what will happen, and the POST that does it.

What is ticked travels in the address from week to week and to the check; it names times alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import actions, civil, offered, when
from booking.actions.other_times import LEAST_AHEAD, LEAST_TO_ANSWER, MOST, answer_by, own_time, places
from booking.actions.steps import last_event
from booking.admin import words
from booking.admin.acting import busy, by_staff, with_next
from booking.admin.free_week import FreeWeek, day_named, warnings
from booking.admin.moving import MovingAdmin
from booking.admin.steps import movable
from booking.models import OPEN, Appointment, Holiday, Status
from booking.transactions import Busy, SlotTaken
from booking.waiting import end_of_working_day
from booking.week import Week, start_name, start_named

NAME = gettext_lazy("Offer other times")
DAYS = 14  # so far ahead the patient may be given time to answer
USUAL = 2  # working days


@dataclass(frozen=True)
class Ticked:
    """What staff have chosen so far."""

    starts: list[datetime]
    until: datetime

    def query(self, **more: str) -> str:
        starts = [("at", start_name(start)) for start in self.starts]
        return urlencode([*starts, ("until", when.local(self.until).date().isoformat()), *more.items()])


class OfferingAdmin(MovingAdmin):
    def offer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The free times of a week with boxes to tick; what is ticked in other weeks stays ticked."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now):
            return self.back(request, appointment, problem)
        ticked = _read(request.GET, now=now)
        if ticked.starts and _goes_on(request.GET):
            check = reverse("admin:booking_appointment_offer_check", args=[pk])
            return redirect(f"{check}?{ticked.query(week=request.GET['enter'])}")
        return self._choose(request, appointment, ticked, now=now)

    def offer_check_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what would happen; POST holds the times and tells the patient."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now):
            return self.back(request, appointment, problem)
        ticked = _read(request.POST if request.method == "POST" else request.GET, now=now)
        if problem := _miscounted(ticked.starts):
            return self._choose(request, appointment, ticked, now=now, problem=problem)
        _found, gone = places(appointment, ticked.starts, now=now)
        if gone:
            return self._without(request, appointment, ticked, gone, now=now)
        if request.method == "POST" and (response := self._offer(request, appointment, ticked, now=now)):
            return response
        return self._check_page(request, appointment, ticked, now=now)

    def _choose(
        self,
        request: HttpRequest,
        appointment: Appointment,
        ticked: Ticked,
        *,
        now: datetime,
        problem: str = "",
        status: int = 200,
    ) -> HttpResponse:
        week = _free_week(appointment, now=now)
        around = ticked.starts[0] if ticked.starts else appointment.starts_at
        shown = week.page(request.GET, around=around)
        shown["days"] = [(day, _far_enough(starts, now=now)) for day, starts in shown["days"]]
        here = {at for _day, starts in shown["days"] for at, _value in starts}
        nearest = _far_enough(shown["nearest"], now=now)
        return self.page(
            request,
            "offer",
            appointment,
            _("Offer other times"),
            status=status,
            name=NAME,
            problem=problem,
            ticked=set(ticked.starts),
            elsewhere=[(at, start_name(at)) for at in ticked.starts if at not in here],
            evenings=_evenings(now),
            until=ticked.until,
            most=MOST,
            batch=_open_batch(appointment, now=now),
            **{**shown, "nearest": nearest},
        )

    def _without(
        self, request: HttpRequest, appointment: Appointment, ticked: Ticked, gone: list[datetime], *, now: datetime
    ) -> HttpResponse:
        """The page to choose on, without what can't be had, and with the other ticks."""
        left = Ticked([start for start in ticked.starts if start not in gone], ticked.until)
        return self._choose(request, appointment, left, now=now, problem=_gone(appointment, gone, now=now), status=409)

    def _check_page(
        self, request: HttpRequest, appointment: Appointment, ticked: Ticked, *, now: datetime
    ) -> HttpResponse:
        until = answer_by(appointment, ticked.starts, ticked.until)
        if until < now + LEAST_TO_ANSWER:
            return self._choose(request, appointment, ticked, now=now, problem=_too_soon())
        stay = appointment.visit_type.rule().stay
        times = [(start, start + stay, _warnings(appointment, start)) for start in ticked.starts]
        return self.page(
            request,
            "offer_check",
            appointment,
            _("Offer these times?"),
            name=NAME,
            times=times,
            values=[start_name(start) for start in ticked.starts],
            until=until,
            until_day=when.local(ticked.until).date().isoformat(),
            is_sooner=until < ticked.until,
            told=_told(appointment, until),
            batch=_open_batch(appointment, now=now),
            choose_url=_url(appointment) + "?" + ticked.query(week=Week.of(ticked.starts[0]).name),
        )

    def _offer(
        self, request: HttpRequest, appointment: Appointment, ticked: Ticked, *, now: datetime
    ) -> HttpResponse | None:
        """None where the page is to be shown once more."""
        try:
            made = actions.offer_times(
                appointment=appointment, starts=ticked.starts, until=ticked.until, by=by_staff(request), now=now
            )
        except actions.NotAllowed as refused:
            return self.back(request, appointment, words.already(refused.last, now=now))
        except actions.NoTimeToAnswer:
            return self._choose(request, appointment, ticked, now=now, problem=_too_soon())
        except SlotTaken:  # this very moment: which, is seen by looking again
            gone = places(appointment, ticked.starts, now=now)[1]
            return self._without(request, appointment, ticked, gone, now=now)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        text = _done(appointment, len(made), made[0].expires_at)
        return self.done(request, appointment, text, with_next(text) if _is_request(appointment) else text)


def _url(appointment: Appointment) -> str:
    return reverse("admin:booking_appointment_offer", args=[appointment.pk])


def _goes_on(given: QueryDict) -> bool:
    """Whether Enter was pressed on a tick. One button takes it there and in the field of the week, which then differs
    from the week shown.
    """
    shown = Week.named(given.get("enter", ""))
    return shown is not None and day_named(given.get("day", "")) == shown.monday


def _free_week(appointment: Appointment, *, now: datetime) -> FreeWeek:
    own = tuple(own_time(appointment))
    return FreeWeek(appointment.visit_type, now, start_name, moving=appointment, beside=own)


def _far_enough(starts: Sequence[tuple[datetime, str]], *, now: datetime) -> list[tuple[datetime, str]]:
    """Those that leave the patient time to answer."""
    return [(at, value) for at, value in starts if at >= now + LEAST_AHEAD]


def _read(given: QueryDict, *, now: datetime) -> Ticked:
    starts = {start for text in given.getlist("at") if (start := start_named(text))}
    day = day_named(given.get("until", ""))
    evenings = _evenings(now)
    chosen = next((evening for evening in evenings if when.local(evening).date() == day), None)
    return Ticked(sorted(starts), chosen or _usual(now, evenings))


def _evenings(now: datetime) -> list[datetime]:
    """Until when the patient may be given time."""
    today, zone = when.local(now).date(), timezone.get_default_timezone()
    evenings = [datetime.combine(today + timedelta(days=days), civil.LAST, zone) for days in range(DAYS + 1)]
    return [evening for evening in evenings if evening >= now + LEAST_TO_ANSWER]


def _usual(now: datetime, evenings: list[datetime]) -> datetime:
    """The end of the second working day."""
    closed: set[date] = set(Holiday.objects.closed().values_list("day", flat=True))
    usual = end_of_working_day(now, USUAL, closed)
    return usual if usual in evenings else evenings[-1]


def _problem(appointment: Appointment, *, now: datetime) -> str | None:
    if appointment.status not in OPEN:
        return words.already(last_event(appointment), now=now)
    if not movable(appointment, now=now):
        return _("The time of this visit has passed. Nothing was changed.")
    if appointment.starts_at < now + LEAST_TO_ANSWER:
        return _("This visit begins too soon for the patient to answer by link. Please call them. Nothing was changed.")
    return None


def _miscounted(starts: list[datetime]) -> str:
    if not starts:
        return _("Tick at least one time. Nothing was changed.")
    if len(starts) > MOST:
        return _("Tick at most %(most)s times; you have ticked %(count)s. Nothing was changed.") % {
            "most": MOST,
            "count": len(starts),
        }
    return ""


def _too_soon() -> str:
    return _("The first of these times begins too soon for the patient to answer. Nothing was changed.")


def _gone(appointment: Appointment, gone: list[datetime], *, now: datetime) -> str:
    """Which can't be had: not at all, or only not beside the others and the time that the visit has."""
    if not gone:
        return _("One of these times was taken this very moment. Nothing was offered yet; please go on once more.")
    week = _free_week(appointment, now=now)
    overlapping = [when.short(start) for start in gone if week.is_free(start)]
    taken = [when.short(start) for start in gone if not week.is_free(start)]
    parts = []
    if taken:
        parts.append(_("No longer free: %(times)s.") % {"times": get_text_list(taken, _("and"))})
    if overlapping:
        text = _(
            "Can’t be held, because it overlaps with the other times or with the one that the visit has: %(times)s."
        )
        parts.append(text % {"times": get_text_list(overlapping, _("and"))})
    return " ".join([*parts, _("Nothing was offered yet; your other ticks are kept.")])


def _warnings(appointment: Appointment, start: datetime) -> list[str]:
    return warnings(appointment.visit_type, start, patient_id=appointment.patient_id, moving=appointment)


def _is_request(appointment: Appointment) -> bool:
    return appointment.status == Status.REQUESTED


def _told(appointment: Appointment, until: datetime) -> str:
    told = {"was": when.whole(appointment.starts_at), "until": when.whole(until)}
    if _is_request(appointment):
        return (
            _(
                "that we can’t offer %(was)s, with these times, each held for them, and the link to choose one or say "
                "that none suits, by %(until)s"
            )
            % told
        )
    return (
        _(
            "that we have to move the visit of %(was)s, with these times, each held for them, and the link to choose "
            "one or say that none suits, by %(until)s"
        )
        % told
    )


def _done(appointment: Appointment, count: int, until: datetime) -> str:
    text = ngettext(
        "%(count)s time is offered until %(until)s. %(patient)s will get an e-mail.",
        "%(count)s times are offered until %(until)s. %(patient)s will get an e-mail.",
        count,
    )
    return text % {"count": count, "until": when.whole(until), "patient": appointment.patient.name}


def _open_batch(appointment: Appointment, *, now: datetime) -> offered.Batch | None:
    batch = offered.newest(appointment)
    return batch if batch and batch.held(now) else None


def standing(appointment: Appointment, *, now: datetime) -> dict[str, Any]:
    """How the times that were offered last stand, for the visit's page."""
    batch = offered.newest(appointment) if appointment.status in OPEN else None
    return {
        "batch": batch,
        "batch_held": batch.held(now) if batch else [],
        "turned_down": offered.is_turned_down(appointment, now=now),
        "batch_answer": words.offer_answer(batch.state_at(now)) if batch else "",
    }
