"""A clinician's times for their own calendar program: an address derived like a patient's link, and nobody's name.

Whoever has the address sees when somebody comes, in which chair, and when time is blocked; not who, what for or why.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from booking import ics, when
from booking.discreet import gives_away
from booking.links import is_keyed, keyed
from booking.models import Appointment, Hold, Resource, Status
from booking.slots import Span

_ADDRESS = "clinician:"
_ENTRY = "clinician-entry:"
TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([A-Za-z0-9_-]{22})")
BACK, AHEAD = timedelta(days=30), timedelta(days=366)


def url_for(clinician: Resource) -> str:
    """The whole address; empty before one was made."""
    if not clinician.calendar_version:
        return ""
    token = f"{clinician.pk}.{keyed(_ADDRESS, str(clinician.pk), clinician.calendar_version)}"
    return settings.SITE_URL + reverse("visit:clinician_feed", args=[token])


def read(token: str) -> Resource | None:
    """Whose address it is. One that was replaced opens as little as one that never was."""
    whole = TOKEN.fullmatch(token)
    key, mac = whole.groups() if whole else ("0", "")
    found = Resource.objects.active().filter(kind=Resource.Kind.CLINICIAN, calendar_version__gt=0, pk=int(key)).first()
    return found if found and is_keyed(mac, _ADDRESS, key, found.calendar_version) else None


def entries(clinician: Resource, *, now: datetime) -> list[ics.Entry]:
    """From 30 days ago to a year ahead, in whole days: the same until something changes or a day is over."""
    first, last = (when.whole_day(when.local(at).date()) for at in (now - BACK, now + AHEAD))
    holds = Hold.objects.within(Span(first.start, last.end)).filter(resource=clinician)
    holds = holds.select_related("appointment").annotate(changed_at=Max("appointment__events__at"))
    chairs = _chairs(holds)
    return [_entry(hold, chairs.get(hold.appointment_id or 0, "")) for hold in holds.order_by("period", "pk")]


def _chairs(holds: QuerySet[Hold]) -> dict[int, str]:
    """The chair of each visit by its name. One that was named by what is done in it is not told."""
    taken = Hold.objects.filter(
        resource__kind=Resource.Kind.CHAIR, appointment__in=holds.order_by().values("appointment")
    )
    names = taken.values_list("appointment", "resource__name")
    return {visit: name for visit, name in names if visit and not gives_away(name)}


def _entry(hold: Hold, chair: str) -> ics.Entry:
    """The clinician's part with the time kept free around it: when they can see nobody else."""
    visit, summary = hold.appointment, _("Appointment")
    if visit is None and hold.offer_id is None:
        summary = _("Blocked")
    return ics.Entry(
        uid=_uid(hold),
        sequence=visit.version if visit else 0,
        starts_at=hold.span.start,
        ends_at=hold.span.end,
        summary=f"{summary} · {chair}" if chair else summary,
        location="",
        description=_visit_itself(hold, visit) if visit else "",
        organizer_name="",
        organizer_email="",
        attendee_email="",
        tentative=hold.offer_id is not None or (visit is not None and visit.status == Status.REQUESTED),
        changed_at=getattr(hold, "changed_at", None),
    )


def _uid(hold: Hold) -> str:
    """The same through every move. Not the one of the patient's own calendar, which is a part of their link."""
    kind, key = ("visit", hold.appointment_id) if hold.appointment_id else ("time", hold.pk)
    return f"{keyed(_ENTRY, f'{kind}-{key}', 0)}@appointments.invalid"


def _visit_itself(hold: Hold, visit: Appointment) -> str:
    """Where the clinician's time begins before the visit does."""
    if hold.span.start == visit.starts_at:
        return ""
    return _("Begins at %(time)s.") % {"time": when.plain(when.clock_and_zone(visit.starts_at))}
