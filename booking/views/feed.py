"""Visits in the patient's own calendar: a file of one visit, and an address that a calendar program asks by itself.

Nothing in either says more than “Appointment” and where.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking import ics, links, patient_calendar
from booking.models import Appointment, Status
from booking.views.own import own_visit
from booking.views.showing import has_feed
from clinic import practice

CALENDAR = "text/calendar; charset=utf-8"
ASK_AGAIN = 4  # hours; often enough for a visit that is moved for tomorrow


@require_safe
@own_visit
def calendar_file(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """One visit. What is not confirmed is in no calendar yet, and the page says so."""
    if appointment.status != Status.CONFIRMED:
        return redirect("visit:show", appointment.public_id)
    entry = patient_calendar.entry(appointment, practice=practice.current())
    content = ics.calendar_file([entry], ics.Method.PUBLISH, stamp=timezone.now())
    disposition = 'attachment; filename="appointment.ics"'
    return HttpResponse(content, content_type=CALENDAR, headers={"Content-Disposition": disposition})


@require_safe
@own_visit
def feed_page(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """The feed's address, how to subscribe to it, and who then sees what. Where it would be empty there is no page."""
    if not has_feed(appointment, now=timezone.now()):
        return redirect("visit:show", appointment.public_id)
    url = links.feed_url_for(appointment)
    context = {"appointment": appointment, "feed_url": url, "subscribe_url": f"webcal:{url.partition(':')[2]}"}
    return render(request, "booking/feed.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """All of the patient's visits, for whoever has the address. Calendar programs bring no cookie."""
    appointment = links.read_feed(token)
    if appointment is None:
        return no_such_calendar()
    now = timezone.now()
    entries = patient_calendar.entries(appointment, practice=practice.current(), now=now)
    feed = ics.Feed(_("Appointments"), ASK_AGAIN)
    return HttpResponse(ics.calendar_file(entries, ics.Method.PUBLISH, stamp=now, feed=feed), content_type=CALENDAR)


def no_such_calendar() -> HttpResponse:
    return HttpResponse(_("There is no such calendar.") + "\n", status=404, content_type="text/plain; charset=utf-8")
