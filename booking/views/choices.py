"""What a patient may tell about their visit: who takes them home, and how the office may reach them."""

from contextlib import suppress

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from booking import actions
from booking.models import OPEN, Appointment
from booking.patient_forms import ContactForm, RideForm
from booking.views.own import own_visit


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def ride(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Who takes the patient home. The one press on their page posts the same form, filled in."""
    now = timezone.now()
    if not appointment.visit_type.needs_ride or appointment.status not in OPEN or now >= appointment.ends_at:
        return redirect("visit:show", appointment.public_id)
    posted = request.POST if request.method == "POST" else None
    form = RideForm(posted, appointment=appointment)
    if form.is_valid():
        told = {"ride": form.ride(), "sure": form.cleaned_data["ride_sure"], "for_start": appointment.starts_at}
        try:
            with suppress(actions.NotAllowed):  # over or cancelled a moment ago: the page says so
                actions.tell_ride(appointment=appointment, by=actions.PATIENT, now=now, **told)
            return redirect("visit:show", appointment.public_id)
        except actions.ChangedMeanwhile:  # moved a moment ago: the form then says so
            appointment.refresh_from_db(fields=["starts_at", "ends_at"])
            form = RideForm(posted, appointment=appointment)
    return render(request, "booking/ride.html", {"appointment": appointment, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def contact(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """How the office may reach the patient, and how much its e-mails may say."""
    posted = request.POST if request.method == "POST" else None
    form = ContactForm(posted, patient=appointment.patient)
    if form.is_valid():
        actions.choose_contact(appointment=appointment, **form.choice(), by=actions.PATIENT, now=timezone.now())
        return redirect("visit:show", appointment.public_id)
    return render(request, "booking/contact.html", {"appointment": appointment, "form": form})
