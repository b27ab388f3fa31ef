"""A clinician's times for the calendar program that has the address. It brings no cookie, and is sent no name."""

import hashlib

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from booking import clinician_calendar, ics, when
from booking.views.feed import CALENDAR, no_such_calendar

ASK_AGAIN = 1  # hours


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Programs ask often and are told, where nothing has changed, just that."""
    clinician = clinician_calendar.read(token)
    if clinician is None:
        return no_such_calendar()
    now = timezone.now()
    entries = clinician_calendar.entries(clinician, now=now)
    today = when.whole_day(when.local(now).date()).start
    feed = ics.Feed(_("Appointments"), ASK_AGAIN)
    content = ics.calendar_file(entries, ics.Method.PUBLISH, stamp=today, feed=feed)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    response = HttpResponse(content, content_type=CALENDAR, headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=response) or response
