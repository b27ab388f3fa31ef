"""Answering the times that staff have offered instead of the visit's own. The visit's page shows them."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking import actions
from booking.models import Appointment, Offer
from booking.views.own import own_visit
from booking.views.times_offered import gone


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def other_times(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Posted, takes that very time, or none of that batch. Opened, leads to the page that shows them."""
    if request.method != "POST":
        return redirect("visit:show", appointment.public_id)
    now = timezone.now()
    answered = False
    if request.POST.get("none"):
        batch = _number(request.POST["none"])
        answered = actions.refuse_times(appointment=appointment, batch=batch, by=actions.PATIENT, now=now)
    elif chosen := _chosen(appointment, _number(request.POST.get("offer", ""))):
        with suppress(actions.OfferGone):
            actions.take_offer(offer=chosen, by=actions.PATIENT, now=now)
            answered = True
    if answered:
        return redirect("visit:show", appointment.public_id)
    appointment.refresh_from_db()
    context = {"appointment": appointment, **gone(appointment, now=now)}
    return render(request, "booking/other_times_gone.html", context, status=410)


def _chosen(appointment: Appointment, number: int) -> Offer | None:
    offers = appointment.offers.by_staff().select_related("appointment__visit_type")
    return offers.filter(pk=number).first()


def _number(text: str) -> int:
    """0, which is nobody's, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
