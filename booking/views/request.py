"""Asking for an appointment: been here before, kind of visit, time, your details, check, received.

Nothing is stored before the last step. The answers travel from page to page: the first in the address, the others in
the form itself.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, availability, links
from booking.forms import DetailsForm
from booking.models import Appointment, Standing, VisitType
from booking.transactions import Busy, SlotTaken
from booking.views.choosing import nearest_times, week_of_times
from booking.week import Week
from clinic import network

# What they have answered to the first question, as it stands above the second.
ANSWERED = {
    Standing.NEW: gettext_lazy("New to this office"),
    Standing.RETURNING: gettext_lazy("Been to this office before"),
    Standing.UNSURE: gettext_lazy("Not sure whether you have been here before"),
}


def _offered(kind: str) -> VisitType:
    return get_object_or_404(VisitType.objects.offered(), slug=kind)


def _been(request: HttpRequest) -> str:
    """Whether they have been here before, as the address carries it; empty where it does not."""
    given = request.GET.get("been", "")
    return given if given in Standing.values else ""


@require_safe
def kinds(request: HttpRequest) -> HttpResponse:
    """Asks whether they have been here before; with the answer, shows the kinds of visit that suit."""
    offered = list(VisitType.objects.offered())
    been = _been(request)
    if offered and not been:
        return render(request, "booking/been.html")
    answer = ANSWERED[Standing(been)] if been else ""
    context = {"been": been, "answer": answer, "visit_types": _suiting(offered, been)}
    return render(request, "booking/kinds.html", context)


def _suiting(offered: list[VisitType], been: str) -> list[VisitType]:
    """Who is not sure sees all of them, those that suit newcomers first: these suit everybody."""
    if been == Standing.UNSURE:
        return sorted(offered, key=lambda visit_type: visit_type.suits == VisitType.Suits.RETURNING)
    return [visit_type for visit_type in offered if visit_type.suits in (VisitType.Suits.EITHER, been)]


def _kept_if_gone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Of a kind that is no longer in use the page is gone, but whoever has filled in the form keeps the answers."""

    @wraps(view)
    def shown(request: HttpRequest, kind: str, **start: datetime) -> HttpResponse:
        gone = VisitType.objects.filter(slug=kind, is_active=False, open_to=VisitType.OpenTo.ANYONE)
        if request.method != "POST" or not gone.exists():
            return view(request, kind, **start)
        form = DetailsForm(request.POST)
        context = {"form": form, "visit_types": _suiting(list(VisitType.objects.offered()), Standing.UNSURE)}
        return render(request, "booking/kind_gone.html", context, status=409)

    return shown


@require_http_methods(["GET", "HEAD", "POST"])
@_kept_if_gone
def times(request: HttpRequest, kind: str) -> HttpResponse:
    """A week of free times; without `?week=` the first week that has one. Posted answers are carried along."""
    visit_type = _offered(kind)
    context = {
        "been": _been(request),
        "form": _posted(request, visit_type) if request.method == "POST" else None,
        "visit_type": visit_type,
        **week_of_times(visit_type, request=request, now=timezone.now(), url_for=_to_details(request, kind)),
    }
    return render(request, "booking/times.html", context)


def _to_details(request: HttpRequest, kind: str) -> Callable[[datetime], str]:
    return lambda start: reverse("booking:details", args=[kind, start]) + _query(request)


def _query(request: HttpRequest, **parts: str) -> str:
    """What stands after an address of ours: the parts, and the answer to the first question where it was given."""
    been = {"been": _been(request)} if _been(request) else {}
    return f"?{urlencode(been | parts)}" if been or parts else ""


def _posted(request: HttpRequest, visit_type: VisitType) -> DetailsForm:
    return DetailsForm(request.POST, needs_ride=visit_type.needs_ride)


@require_http_methods(["GET", "HEAD", "POST"])
@_kept_if_gone
def details(request: HttpRequest, kind: str, start: datetime) -> HttpResponse:
    """The form; posted, either its errors or “check your answers”."""
    visit_type = _offered(kind)
    now = timezone.now()
    form = _posted(request, visit_type) if request.method == "POST" else None
    if availability.start_at(visit_type, start, now=now) is None:
        return _taken(request, visit_type, start, form, now)
    if form and "change" in request.POST:
        form = DetailsForm(initial=_typed(request), needs_ride=visit_type.needs_ride)
    elif form and form.is_valid():
        return _check(request, visit_type, start, form)
    elif not form:
        initial = {"submission": uuid.uuid4(), "been": _been(request)}
        form = DetailsForm(initial=initial, needs_ride=visit_type.needs_ride)
    return _page(request, "details", visit_type, start, form)


@require_http_methods(["GET", "HEAD", "POST"])
@_kept_if_gone
def send(request: HttpRequest, kind: str, start: datetime) -> HttpResponse:
    """Stores the request. The same form sent again leads to the same request."""
    visit_type = _offered(kind)
    if request.method != "POST":
        return redirect("booking:details", kind, start)
    form = _posted(request, visit_type)
    if not form.is_valid():
        return _page(request, "details", visit_type, start, form)
    now = timezone.now()
    try:
        outcome = actions.request_appointment(
            visit_type=visit_type,
            starts_at=start,
            details=form.details(),
            ride=form.ride(),
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
    return _to_its_page(outcome.appointment, now=now)


def _to_its_page(appointment: Appointment, *, now: datetime) -> HttpResponse:
    """Opens it as the link in the mail would, but for half an hour after the request only: the same form sent again
    later comes out of a browser's history, perhaps somebody else's.
    """
    response = redirect("visit:show", appointment.public_id)
    if appointment.link_version == 1 and now - appointment.created_at < timedelta(seconds=links.COOKIE_AGE):
        links.remember(response, appointment)
    return response


def _typed(request: HttpRequest) -> dict[str, object]:
    """The answers as typed, to fill the form with again; all of them can then be changed."""
    values: dict[str, object] = dict(request.POST.items())
    values["needs"] = request.POST.getlist("needs")
    values["standing"] = values.pop("been", "") or values.get("standing")
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
    week = _query(request, week=Week.of(start).name)
    times_url = reverse("booking:times", args=[visit_type.slug]) + f"{week}#week"
    context = {"visit_type": visit_type, "start": start, "times_url": times_url, "form": form, **extra}
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
    nearest = nearest_times(visit_type, start, now=now, url_for=_to_details(request, visit_type.slug))
    return _page(request, "taken", visit_type, start, form, 409, nearest=nearest)
