"""Visits and offers that stand where the office or a clinician is no longer there: staff are told, and move them."""

from collections.abc import Callable
from datetime import date, datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from booking import when
from booking.models import OPEN, Appointment, DatedHours, Hold, Offer, Resource, VisitType, WeeklyHours
from booking.slots import Hours, Span

NAMED = 10


def visits_on(day: date) -> QuerySet[Appointment]:
    """Visits still to come on that day, by the clinic's clock."""
    whole = when.whole_day(day)
    found = Appointment.objects.filter(status__in=OPEN, starts_at__gte=whole.start, starts_at__lt=whole.end)
    return found.select_related("patient", "visit_type").order_by("starts_at", "pk")


def visits_of_kind(kind: VisitType, *, now: datetime) -> QuerySet[Appointment]:
    """Of that kind, still to come."""
    return Appointment.objects.filter(visit_type=kind, status__in=OPEN, starts_at__gt=now)


def visits_without(resource: Resource, *, now: datetime) -> list[Appointment]:
    """Visits to come that hold the resource though it is out of use, or the clinician outside the hours."""
    holds = Hold.objects.filter(resource=resource, appointment__status__in=OPEN, appointment__starts_at__gt=now)
    visits = [hold.appointment for hold in holds.select_related("appointment").order_by("period") if hold.appointment]
    is_there = _presence(resource)
    return [visit for visit in visits if not is_there(Span(visit.starts_at, visit.ends_at))]


def offers_without(resource: Resource, *, now: datetime) -> list[Offer]:
    """Open offers that hold it likewise. Nobody can take them any more."""
    holds = Hold.objects.filter(resource=resource, offer__state=Offer.State.OPEN, offer__expires_at__gt=now)
    found = holds.select_related("offer__appointment__visit_type").order_by("period")
    offers = [hold.offer for hold in found if hold.offer]
    is_there = _presence(resource)
    return [
        offer
        for offer in offers
        if not is_there(Span(offer.starts_at, offer.starts_at + offer.appointment.visit_type.rule().stay))
    ]


def _presence(resource: Resource) -> Callable[[Span], bool]:
    """Says of a time whether the resource can be had: in use, and a clinician within their hours."""
    if not resource.is_active or resource.kind != Resource.Kind.CLINICIAN:
        return lambda span: resource.is_active
    zone = timezone.get_default_timezone()
    hours = Hours(
        weekly=[item.as_opening() for item in WeeklyHours.objects.filter(clinician=resource)],
        dated=[item.as_dated_opening() for item in DatedHours.objects.filter(clinician=resource)],
    )

    def is_there(span: Span) -> bool:
        spans = hours.on(when.local(span.start).date(), zone).get(resource.pk, [])
        return any(opening.contains(span) for opening in spans)

    return is_there


def links(times: list[tuple[Appointment, datetime]]) -> SafeString:
    """Each visit by reference, with a time, to its page; the first ones where there are many."""
    named = format_html_join(
        "; ",
        '<a href="{}">{}</a> ({})',
        (
            (reverse("admin:booking_appointment_change", args=[visit.pk]), visit.reference, when.short(at))
            for visit, at in times[:NAMED]
        ),
    )
    return format_html("{}; …", named) if len(times) > NAMED else named
