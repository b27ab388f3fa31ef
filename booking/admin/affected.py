"""Visits that stand where the office or a clinician is no longer there: staff are told, and move them."""

from datetime import date, datetime, time, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from booking import when
from booking.models import OPEN, Appointment, DatedHours, Hold, Resource, WeeklyHours
from booking.slots import Hours, Span

NAMED = 10


def visits_on(day: date) -> QuerySet[Appointment]:
    """Visits still to come on that day, by the clinic's clock."""
    zone = timezone.get_default_timezone()
    midnight, next_midnight = (datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1))
    found = Appointment.objects.filter(status__in=OPEN, starts_at__gte=midnight, starts_at__lt=next_midnight)
    return found.select_related("patient", "visit_type").order_by("starts_at", "pk")


def visits_without(resource: Resource, *, now: datetime) -> list[Appointment]:
    """Visits to come that hold the resource though it is out of use, or the clinician outside the hours."""
    holds = Hold.objects.filter(resource=resource, appointment__status__in=OPEN, appointment__starts_at__gt=now)
    visits = [hold.appointment for hold in holds.select_related("appointment").order_by("period") if hold.appointment]
    if not resource.is_active:
        return visits
    if resource.kind != Resource.Kind.CLINICIAN:
        return []
    hours = Hours(
        weekly=[item.as_opening() for item in WeeklyHours.objects.filter(clinician=resource)],
        dated=[item.as_dated_opening() for item in DatedHours.objects.filter(clinician=resource)],
    )
    return [visit for visit in visits if not _is_within(visit, hours, resource)]


def _is_within(visit: Appointment, hours: Hours, resource: Resource) -> bool:
    spans = hours.on(when.local(visit.starts_at).date(), timezone.get_default_timezone()).get(resource.pk, [])
    return any(span.contains(Span(visit.starts_at, visit.ends_at)) for span in spans)


def links(visits: list[Appointment]) -> SafeString:
    """Each by reference and time, to its page; the first ones where there are many."""
    named = format_html_join(
        "; ",
        '<a href="{}">{}</a> ({})',
        (
            (reverse("admin:booking_appointment_change", args=[visit.pk]), visit.reference, when.short(visit.starts_at))
            for visit in visits[:NAMED]
        ),
    )
    return format_html("{}; …", named) if len(visits) > NAMED else named
