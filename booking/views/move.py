"""Moving a visit to another time. Which one is chosen and asked about with GETs; only the POST moves it."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, availability
from booking.models import Appointment
from booking.transactions import SlotTaken
from booking.views.choosing import nearest_times, week_of_times
from booking.views.own import own_visit
from booking.week import Week


def _to_move(appointment: Appointment) -> Callable[[datetime], str]:
    return lambda start: reverse("visit:move", args=[appointment.public_id, start])


@require_safe
@own_visit
def times(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """A week of times to choose from. What can't be moved any more is shown as it is."""
    now = timezone.now()
    if not appointment.can_be_changed_by_patient(now):
        return redirect("visit:show", appointment.public_id)
    found = week_of_times(
        appointment.visit_type, request=request, now=now, url_for=_to_move(appointment), moving=appointment
    )
    return render(request, "booking/move_times.html", {"appointment": appointment, **found})


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def move(request: HttpRequest, appointment: Appointment, start: datetime) -> HttpResponse:
    """Asks; posted, moves. A time that can't be had leads to the nearest ones that can."""
    now = timezone.now()
    if request.method == "POST":
        return _do(request, appointment, start, now=now)
    if start == appointment.starts_at or not appointment.can_be_changed_by_patient(now):
        return redirect("visit:show", appointment.public_id)
    if availability.start_at(appointment.visit_type, start, now=now, moving=appointment) is None:
        return _taken(request, appointment, start, now=now)
    return render(request, "booking/move.html", _context(appointment, start))


def _do(request: HttpRequest, appointment: Appointment, start: datetime, *, now: datetime) -> HttpResponse:
    try:
        with suppress(actions.NotAllowed):  # too late, cancelled or over: the page shows which
            actions.reschedule(appointment=appointment, starts_at=start, by=actions.PATIENT, now=now)
    except SlotTaken:
        return _taken(request, appointment, start, now=now)
    return redirect("visit:show", appointment.public_id)


def _taken(request: HttpRequest, appointment: Appointment, start: datetime, *, now: datetime) -> HttpResponse:
    url_for = _to_move(appointment)
    nearest = nearest_times(appointment.visit_type, start, now=now, url_for=url_for, moving=appointment)
    context = {**_context(appointment, start), "nearest": nearest}
    return render(request, "booking/move_taken.html", context, status=409)


def _context(appointment: Appointment, start: datetime) -> dict[str, object]:
    stay = appointment.visit_type.rule().stay
    return {"appointment": appointment, "start": start, "end": start + stay, "week": Week.of(start)}
