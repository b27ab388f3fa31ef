"""Asking for an earlier time, and answering the offer of one. Both take a press of a button."""

from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking import actions, availability, when
from booking.models import OPEN, Appointment, Status
from booking.slots import Span
from booking.views.own import own_visit
from booking.views.showing import asks_for_earlier


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def earlier(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Explains; posted, notes the wish or takes it back."""
    now = timezone.now()
    asks = asks_for_earlier(appointment)
    if request.method == "POST":
        with suppress(actions.NotAllowed):  # too late, cancelled or over: the page shows which
            match request.POST.get("choice"):
                case "ask":
                    actions.ask_for_earlier(appointment=appointment, by=actions.PATIENT, now=now)
                case "stop":
                    actions.stop_asking(appointment=appointment, by=actions.PATIENT, now=now)
                case _:
                    pass
        return redirect("visit:show", appointment.public_id)
    if not asks and not appointment.can_be_changed_by_patient(now):
        return redirect("visit:show", appointment.public_id)
    context = {
        "appointment": appointment,
        "asks": asks,
        "hours": int(settings.EARLIER_OFFER.total_seconds() // 3600),
        "sooner": _sooner(appointment, now=now),
    }
    return render(request, "booking/earlier.html", context)


def _sooner(appointment: Appointment, *, now: datetime) -> datetime | None:
    """The earliest time to which they may move at once, if it comes before the one they have."""
    if not appointment.can_be_changed_by_patient(now):
        return None
    window = Span(now, appointment.starts_at)
    found = availability.free_times(appointment.visit_type, window=window, now=now, moving=appointment)
    return found[0].at if found else None


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def offer(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Shows what is held and until when; posted, takes or refuses that very offer."""
    now = timezone.now()
    if request.method == "POST":
        return _answer(request, appointment)
    held = appointment.offers.earlier().held(now).first()
    if held is None:
        return _gone(request, appointment)
    end = held.starts_at + appointment.visit_type.rule().stay
    is_fixed = appointment.status == Status.CONFIRMED and now >= appointment.visit_type.change_until(held.starts_at)
    until = when.soon(held.expires_at, now=now)
    context = {"appointment": appointment, "offer": held, "end": end, "until": until, "is_fixed": is_fixed}
    return render(request, "booking/offer.html", context)


def _answer(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    number = request.POST.get("offer", "")
    offers = appointment.offers.earlier().select_related("appointment__visit_type")
    asked = offers.filter(pk=number).first() if number.isascii() and number.isdigit() and len(number) < 19 else None
    if asked is None:
        return _gone(request, appointment)
    try:
        if request.POST.get("choice") == "take":
            actions.take_offer(offer=asked, by=actions.PATIENT, now=timezone.now())
        elif request.POST.get("choice") == "refuse":
            actions.refuse_offer(offer=asked, by=actions.PATIENT, now=timezone.now())
    except actions.OfferGone:
        return _gone(request, appointment)
    return redirect("visit:show", appointment.public_id)


def _gone(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """The visit stays as it is, and the page says when that is."""
    to_come = appointment.status in OPEN and timezone.now() < appointment.starts_at
    context = {"appointment": appointment, "to_come": to_come, "asks": to_come and asks_for_earlier(appointment)}
    return render(request, "booking/offer_gone.html", context, status=410)
