"""Asking for one more visit through the patient's own link: kind, time, check. We know the patient already.

Here are also the kinds that staff have cleared the patient for; no other page shows them.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, availability, links
from booking.forms import VisitForm
from booking.models import Appointment, VisitType
from booking.transactions import SlotTaken
from booking.views.choosing import nearest_times, week_of_times
from booking.views.own import own_visit
from booking.week import Week
from clinic import network


def _open_to(appointment: Appointment, kind: str) -> VisitType:
    return get_object_or_404(VisitType.objects.offered_to(appointment.patient), slug=kind)


@require_safe
@own_visit
def kinds(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    visit_types = VisitType.objects.offered_again_to(appointment.patient)
    return render(request, "booking/again_kinds.html", {"appointment": appointment, "visit_types": visit_types})


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def times(request: HttpRequest, appointment: Appointment, kind: str) -> HttpResponse:
    """A week of free times; posted answers are carried along."""
    visit_type = _open_to(appointment, kind)
    url_for = _to_check(appointment, visit_type)
    context = {
        "appointment": appointment,
        "visit_type": visit_type,
        "form": VisitForm(request.POST, needs_ride=visit_type.needs_ride) if request.method == "POST" else None,
        **week_of_times(visit_type, request=request, now=timezone.now(), url_for=url_for, patient=appointment.patient),
    }
    return render(request, "booking/again_times.html", context)


def _to_check(appointment: Appointment, visit_type: VisitType) -> Callable[[datetime], str]:
    return lambda start: reverse("visit:again_check", args=[appointment.public_id, visit_type.slug, start])


@dataclass(frozen=True)
class Wanted:
    """What the page is about: one more visit for this appointment's patient, of that kind, then."""

    appointment: Appointment
    visit_type: VisitType
    start: datetime


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def check(request: HttpRequest, appointment: Appointment, kind: str, start: datetime) -> HttpResponse:
    """Shows what would be booked. Only its own button books; other posts carry answers here from another time."""
    wanted = Wanted(appointment, _open_to(appointment, kind), start)
    now = timezone.now()
    needs_ride = wanted.visit_type.needs_ride
    if request.method == "POST":
        form = VisitForm(request.POST, needs_ride=needs_ride)
        if "book" in request.POST and form.is_valid():
            return _book(request, wanted, form, now)
    else:
        form = VisitForm(initial={"submission": uuid.uuid4()}, needs_ride=needs_ride)
    if availability.start_at(wanted.visit_type, start, now=now, patient=appointment.patient) is None:
        return _taken(request, wanted, form, now)
    return _page(request, "again_check", wanted, form)


def _book(request: HttpRequest, wanted: Wanted, form: VisitForm, now: datetime) -> HttpResponse:
    try:
        outcome = actions.request_another(
            patient=wanted.appointment.patient,
            visit_type=wanted.visit_type,
            starts_at=wanted.start,
            ride=form.ride(),
            submission_id=form.cleaned_data["submission"],
            network=network.outside(request),
            now=now,
            through=wanted.appointment,
        )
    except SlotTaken:
        return _taken(request, wanted, form, now)
    except VisitType.DoesNotExist as error:  # closed to them a moment ago
        raise Http404 from error
    except actions.TooManyRequests:
        problem = _("We have had many requests from you today and can’t take one more here. Please call the office.")
        return _page(request, "again_check", wanted, form, 429, problem=problem)
    if not outcome.same:
        return render(request, "booking/already.html", {"appointment": outcome.appointment})
    response = redirect("visit:show", outcome.appointment.public_id)
    links.remember(response, outcome.appointment)
    return response


def _taken(request: HttpRequest, wanted: Wanted, form: VisitForm, now: datetime) -> HttpResponse:
    """The time can't be had: the nearest ones that can, with the answers kept."""
    url_for = _to_check(wanted.appointment, wanted.visit_type)
    patient = wanted.appointment.patient
    nearest = nearest_times(wanted.visit_type, wanted.start, now=now, url_for=url_for, patient=patient)
    return _page(request, "taken", wanted, form if form.is_bound else None, 409, nearest=nearest)


def _page(
    request: HttpRequest, name: str, wanted: Wanted, form: VisitForm | None, status: int = 200, **extra: object
) -> HttpResponse:
    times_url = reverse("visit:again_times", args=[wanted.appointment.public_id, wanted.visit_type.slug])
    context = {
        "appointment": wanted.appointment,
        "visit_type": wanted.visit_type,
        "start": wanted.start,
        "times_url": f"{times_url}?week={Week.of(wanted.start).name}#week",
        "form": form,
        **extra,
    }
    return render(request, f"booking/{name}.html", context, status=status)
