"""The patient's own page, opened with the link in a message. A GET changes nothing; mail scanners open links."""

from contextlib import suppress
from typing import assert_never

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from booking import actions, ics, links, messages
from booking.models import Appointment, Status
from booking.transactions import Busy
from clinic import practice


@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address: a cookie for half an hour, and on to the page itself."""
    match links.read(token):
        case Appointment() as appointment:
            response = redirect("visit:show", appointment.public_id)
            links.remember(response, appointment)
            return response
        case links.LinkReplaced():
            return render(request, "booking/link_replaced.html", status=410)
        case links.LinkInvalid():
            return _unknown(request)
        case unreachable:
            assert_never(unreachable)


@require_safe
def show(request: HttpRequest, public_id: str) -> HttpResponse:
    """The present state of the visit, whatever the message said that led here."""
    appointment = links.opened(request, public_id)
    if appointment is None:
        return _unknown(request)
    now = timezone.now()
    context = {
        "appointment": appointment,
        "can_cancel": appointment.can_be_changed_by_patient(now),
        "in_calendar": appointment.status == Status.CONFIRMED,
        "office_name": settings.OFFICE_NAME,
    }
    return render(request, "booking/visit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    """Asks; posted, cancels. What can't be cancelled any more is shown as it is."""
    appointment = links.opened(request, public_id)
    if appointment is None:
        return _unknown(request)
    now = timezone.now()
    if request.method == "POST":
        try:
            with suppress(actions.NotAllowed):  # too late, already cancelled, declined or over: the page shows which
                actions.cancel(appointment=appointment, by=actions.PATIENT, now=now)
        except Busy:
            return render(request, "booking/cancel.html", {"appointment": appointment, "busy": True}, status=503)
        return redirect("visit:show", public_id)
    if not appointment.can_be_changed_by_patient(now):
        return redirect("visit:show", public_id)
    return render(request, "booking/cancel.html", {"appointment": appointment})


@require_safe
def calendar_file(request: HttpRequest, public_id: str) -> HttpResponse:
    """A file for the patient's own calendar, with nothing in it that others may not see."""
    appointment = links.opened(request, public_id)
    if appointment is None or appointment.status != Status.CONFIRMED:
        return _unknown(request)
    entry = messages.calendar_entry(appointment, practice=practice.current())
    content = ics.calendar_file(entry, ics.Method.PUBLISH, stamp=timezone.now())
    disposition = 'attachment; filename="appointment.ics"'
    return HttpResponse(
        content, content_type="text/calendar; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _unknown(request: HttpRequest) -> HttpResponse:
    """One page for a wrong link, a cut one and a browser that has not come by a link lately."""
    return render(request, "booking/link_unknown.html", status=404)
