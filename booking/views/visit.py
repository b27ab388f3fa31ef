"""The patient's own page, opened with the link in a message. A GET changes nothing; mail scanners open links."""

from contextlib import suppress
from typing import assert_never

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, links
from booking.models import Appointment
from booking.patient_forms import CancelForm
from booking.transactions import Busy
from booking.views.own import closed, own_visit
from booking.views.showing import whole_page


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address: a cookie for half an hour, and on to the page. Posted, mails a fresh link."""
    found = links.read(token)
    if request.method == "POST":
        return _mail_fresh_link(request, None if isinstance(found, links.LinkInvalid) else _visit_of(found))
    match found:
        case Appointment():
            response = redirect("visit:show", found.public_id)
            links.remember(response, found)
            return response
        case links.LinkReplaced():
            return render(request, "booking/link_replaced.html", status=410)
        case links.LinkInvalid():
            return closed(request)
        case unreachable:
            assert_never(unreachable)


def _visit_of(found: Appointment | links.LinkReplaced) -> Appointment:
    return found.appointment if isinstance(found, links.LinkReplaced) else found


@require_http_methods(["GET", "HEAD", "POST"])
def fresh_link(request: HttpRequest, public_id: str) -> HttpResponse:
    """From a page that has closed: only the address says which visit it is."""
    if request.method != "POST":
        return redirect("visit:show", public_id)
    return _mail_fresh_link(request, Appointment.objects.filter(public_id=public_id).first())


def _mail_fresh_link(request: HttpRequest, appointment: Appointment | None) -> HttpResponse:
    """To the address on file. The answer is the same whether or not there is such a visit, or a link was mailed."""
    if appointment:
        with suppress(actions.TooManyRequests, actions.NotAllowed, Busy):
            actions.send_fresh_link(appointment=appointment, by=actions.PATIENT, now=timezone.now())
    return render(request, "booking/link_sent.html")


@require_safe
@own_visit
def show(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """The present state of the visit, whatever the message said that led here."""
    return render(request, "booking/visit.html", whole_page(appointment, now=timezone.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@own_visit
def cancel(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Asks; posted, cancels. What can't be cancelled any more is shown as it is, what has been moved is asked anew."""
    now = timezone.now()
    if request.method == "POST":
        form = CancelForm(request.POST)
        shown = form.cleaned_data["for_start"] if form.is_valid() else None
        with suppress(actions.NotAllowed):  # too late, already cancelled, declined or over: the page shows which
            actions.cancel(appointment=appointment, by=actions.PATIENT, now=now, for_start=shown)
        appointment.refresh_from_db()
        was_moved = bool(shown) and shown != appointment.starts_at
        if not (was_moved and appointment.can_be_changed_by_patient(now)):
            return redirect("visit:show", appointment.public_id)
        return render(request, "booking/cancel.html", {"appointment": appointment, "was_moved": True}, status=409)
    if appointment.can_be_changed_by_patient(now):
        return render(request, "booking/cancel.html", {"appointment": appointment})
    return redirect("visit:show", appointment.public_id)
