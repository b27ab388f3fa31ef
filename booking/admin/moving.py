"""Staff move a visit: a week of free times, a page that says what will happen, and the POST that does it."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, availability, when
from booking.actions.steps import last_event
from booking.admin import words
from booking.admin.acting import ActingAdmin, busy, by_staff, clearing
from booking.admin.free_week import FreeWeek, warnings
from booking.admin.leaving import Freed, freed_by
from booking.admin.steps import movable, move_told, promised
from booking.admin.why_words import Asked, sentence
from booking.models import OPEN, Appointment
from booking.transactions import Busy, SlotTaken
from booking.week import Week

NAME = gettext_lazy("Move")
OLD_TIME = {
    Freed.FREE: gettext_lazy("The old time is free for others at once."),
    Freed.IN_PART: gettext_lazy(
        "What of the old time is to be cleared goes to the block; the rest is free for others at once."
    ),
    Freed.BLOCKED: gettext_lazy("The old time is to be cleared: it goes to the block, and nobody else can book it."),
}


class MovingAdmin(ActingAdmin):
    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The free times of a week by the rule that binds staff. Where there are none, the nearest ones."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now):
            return self.back(request, appointment, problem)
        week = _free_week(appointment, now=now, block=clearing(request)).page(request.GET, around=appointment.starts_at)
        return self.page(request, "move", appointment, _("Move this visit"), name=NAME, **week)

    def move_to_view(self, request: HttpRequest, pk: int, start: datetime) -> HttpResponse:
        """GET says what would happen; POST moves it there."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if problem := _problem(appointment, now=now, start=start):
            return self.back(request, appointment, problem)
        try:
            if request.method == "POST":
                return self._move(request, appointment, start, now=now)
            if not _free_week(appointment, now=now).is_free(start):
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
            old_time=OLD_TIME[freed_by(appointment, now=now)],
            warnings=warnings(appointment.visit_type, start, patient_id=appointment.patient_id, moving=appointment),
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
            nearest=_free_week(appointment, now=now, block=clearing(request)).nearest(start),
            week=Week.of(start),
        )


def _free_week(appointment: Appointment, *, now: datetime, block: int | None = None) -> FreeWeek:
    def url(start: datetime) -> str:
        query = f"?block={block}" if block else ""
        return reverse("admin:booking_appointment_move_to", args=[appointment.pk, start]) + query

    return FreeWeek(appointment.visit_type, now, url, moving=appointment)


def _problem(appointment: Appointment, *, now: datetime, start: datetime | None = None) -> str | None:
    """Why the visit can't be moved, or not to that start; None where it can."""
    if appointment.status not in OPEN:
        return words.already(last_event(appointment), now=now)
    if not movable(appointment, now=now):
        return _("The time of this visit has passed. Nothing was changed.")
    return _("The visit is at this time already. Nothing was changed.") if start == appointment.starts_at else None
