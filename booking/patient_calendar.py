"""A patient's visits as their calendar may show them: nothing in it tells why they come."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from booking import ics
from booking.models import Appointment, AppointmentEvent, Status, VisitType
from clinic.models import Practice

REACHES_BACK = timedelta(days=30)


def entry(appointment: Appointment, *, practice: Practice) -> ics.Entry:
    """The visit as a calendar may show it. The place is the street without the suite; a video visit has none."""
    in_office = appointment.visit_type.place == VisitType.Place.OFFICE
    street = practice.street.partition(",")[0]
    return ics.Entry(
        uid=appointment.calendar_uid,
        sequence=appointment.sequence,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        summary=_("Appointment"),
        location=f"{street}, {practice.city}, {practice.state} {practice.postal_code}" if in_office else "",
        description=_("To change or cancel, use the link in our message."),
        organizer_name=settings.OFFICE_NAME,
        organizer_email=settings.MAIL_FROM,
        attendee_email=appointment.patient.email,
        cancelled=appointment.status == Status.CANCELLED,
    )


def entries(appointment: Appointment, *, practice: Practice, now: datetime) -> list[ics.Entry]:
    """All visits of that visit's patient for a calendar that subscribes, in order."""
    found = visits(appointment, now=now).select_related("visit_type", "patient").order_by("starts_at", "pk")
    return [entry(visit, practice=practice) for visit in found]


def visits(appointment: Appointment, *, now: datetime) -> QuerySet[Appointment]:
    """Those that were agreed, from 30 days ago on. One that was then cancelled stands there as cancelled."""
    was_agreed = Exists(AppointmentEvent.objects.filter(appointment=OuterRef("pk"), to_status=Status.CONFIRMED))
    return Appointment.objects.filter(was_agreed, patient=appointment.patient_id, starts_at__gte=now - REACHES_BACK)
