"""Asking for an appointment: kind of visit, time, your details, check, received.

Nothing is stored before the last step. The answers travel from page to page in the form itself.
"""

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, availability, links
from booking.forms import DetailsForm
from booking.models import VisitType
from booking.slots import Span
from booking.transactions import Busy, SlotTaken
from booking.week import Week
from clinic import network


def _offered(kind: str) -> VisitType:
    return get_object_or_404(VisitType.objects.offered(), slug=kind)


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    return render(request, "booking/kinds.html", {"visit_types": VisitType.objects.offered()})


@require_http_methods(["GET", "HEAD", "POST"])
def times(request: HttpRequest, kind: str) -> HttpResponse:
    """A week of free times; without `?week=` the first week that has one. Posted answers are carried along."""
    visit_type = _offered(kind)
    now = timezone.now()
    zone = timezone.get_default_timezone()
    starts = availability.free_times(visit_type, window=Span(now, now + visit_type.rule().horizon), now=now)
    this_week = Week.of(now)
    last_week = Week.of(now + visit_type.rule().horizon)
    week = Week.named(request.GET.get("week", "")) or (Week.of(starts[0].at) if starts else this_week)
    week = min(max(week, this_week), last_week)
    context = {
        "form": DetailsForm(request.POST) if request.method == "POST" else None,
        "visit_type": visit_type,
        "first": starts[0] if starts else None,
        "week": week,
        "days": week.days(starts, zone),
        "earlier": week.shifted(-1) if week > this_week else None,
        "later": week.shifted(1) if week < last_week else None,
    }
    return render(request, "booking/times.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def details(request: HttpRequest, kind: str, start: datetime) -> HttpResponse:
    """The form; posted, either its errors or “check your answers”."""
    visit_type = _offered(kind)
    now = timezone.now()
    posted = request.method == "POST"
    form = DetailsForm(request.POST) if posted else DetailsForm(initial={"submission": uuid.uuid4()})
    if availability.start_at(visit_type, start, now=now) is None:
        return _taken(request, visit_type, start, form if posted else None, now)
    if posted and "change" in request.POST:
        form = DetailsForm(initial=_typed(request))
    elif posted and form.is_valid():
        return _check(request, visit_type, start, form)
    return _page(request, "details", visit_type, start, form)


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, kind: str, start: datetime) -> HttpResponse:
    """Stores the request. The same form sent again leads to the same request."""
    visit_type = _offered(kind)
    if request.method != "POST":
        return redirect("booking:details", kind, start)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        return _page(request, "details", visit_type, start, form)
    now = timezone.now()
    try:
        outcome = actions.request_appointment(
            visit_type=visit_type,
            starts_at=start,
            details=form.details(),
            submission_id=form.cleaned_data["submission"],
            network=network.outside(request),
            now=now,
        )
    except SlotTaken:
        return _taken(request, visit_type, start, form, now)
    except Busy:
        problem = _("Many people are booking at this moment, and your request was not stored. Please send it again.")
        return _check(request, visit_type, start, form, problem=problem, status=503)
    except actions.TooManyRequests:
        problem = _("We have had many requests from you today and can’t take one more here. Please call the office.")
        return _check(request, visit_type, start, form, problem=problem, status=429)
    if not outcome.same:
        return _page(request, "already", visit_type, start, form, appointment=outcome.appointment)
    response = redirect("visit:show", outcome.appointment.public_id)
    links.remember(response, outcome.appointment)
    return response


def _typed(request: HttpRequest) -> dict[str, object]:
    """The answers as typed, to fill the form with again."""
    values: dict[str, object] = dict(request.POST.items())
    values["needs"] = request.POST.getlist("needs")
    return values


def _page(
    request: HttpRequest,
    name: str,
    visit_type: VisitType,
    start: datetime,
    form: DetailsForm | None,
    status: int = 200,
    **extra: object,
) -> HttpResponse:
    context = {"visit_type": visit_type, "start": start, "week": Week.of(start), "form": form, **extra}
    return render(request, f"booking/{name}.html", context, status=status)


def _check(
    request: HttpRequest,
    visit_type: VisitType,
    start: datetime,
    form: DetailsForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    return _page(request, "check", visit_type, start, form, status, problem=problem)


def _taken(
    request: HttpRequest, visit_type: VisitType, start: datetime, form: DetailsForm | None, now: datetime
) -> HttpResponse:
    """The time can't be had: the nearest ones that can, with the answers kept."""
    nearest = availability.nearest_free(visit_type, start, now=now)
    return _page(request, "taken", visit_type, start, form, 409, nearest=nearest)
