"""The diary, drawn from what is held: a lane for each clinician and chair, time from left to right.

Places are shares of the day's width, worked out here: the pages need neither a script nor a style of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from booking import when
from booking.admin import words
from booking.models import Appointment, Hold, Holiday, Offer, Resource, Status
from booking.slots import Span

TONES = {Status.REQUESTED: "wait", Status.CONFIRMED: "good", Status.NO_SHOW: "bad"}
USUAL = (8, 18)  # hours that are shown in any case


@dataclass(frozen=True)
class Block:
    """Somebody or something is held: where on the lane, and what it says."""

    x: str
    width: str
    tone: str
    clock: str
    name: str
    note: str
    url: str


@dataclass(frozen=True)
class Lane:
    resource: Resource
    blocks: list[Block]


@dataclass(frozen=True)
class DiaryDay:
    day: date
    at: datetime  # noon, for naming it
    lanes: list[Lane]
    visits: int
    holiday: str


@dataclass(frozen=True)
class Scale:
    """Which hours are shown, and where on a lane a moment of the day lies."""

    first: int
    last: int

    @classmethod
    def around(cls, holds: Iterable[Hold]) -> "Scale":
        """The usual hours, and more where a visit is held outside them. A whole blocked day makes it no longer."""
        first, last = USUAL
        for hold in holds:
            if hold.appointment_id or hold.offer_id:
                start, end = when.local(hold.span.start), when.local(hold.span.end)
                is_late = end.date() > start.date()
                first, last = min(first, start.hour), max(last, 24 if is_late else end.hour + bool(end.minute))
        return cls(first, last)

    def share(self, hours: float) -> float:
        """From 0 at the left edge to 100 at the right one; what lies outside stands at the edge."""
        return min(max(100 * (hours - self.first) / (self.last - self.first), 0), 100)

    def hours(self) -> list[tuple[str, str]]:
        """Each hour's place and name."""
        shown = range(self.first, self.last)
        return [(_percent(self.share(hour)), time_format(time(hour), "g A")) for hour in shown]


@dataclass(frozen=True)
class Diary:
    days: list[DiaryDay]
    scale: Scale


def read(days: list[date], *, links_to_blocks: bool = False) -> Diary:
    """Those days, the first to the last. Three queries, however much is held."""
    span = Span(when.whole_day(days[0]).start, when.whole_day(days[-1]).end)
    holds = list(
        Hold.objects.within(span)
        .select_related(
            "appointment__patient", "appointment__visit_type", "appointment__course", "offer__appointment__patient"
        )
        .order_by("period", "pk")
    )
    seen = {hold.resource_id for hold in holds}
    resources = list(Resource.objects.filter(Q(is_active=True) | Q(pk__in=seen)).order_by("-kind", "name"))
    holidays = {row.day: row for row in Holiday.objects.closing().filter(day__range=(days[0], days[-1]))}
    scale = Scale.around(holds)
    drawn = [_day(day, holds, resources, scale, holidays.get(day), links_to_blocks) for day in days]
    return Diary(drawn, scale)


def _day(
    day: date,
    holds: list[Hold],
    resources: list[Resource],
    scale: Scale,
    holiday: Holiday | None,
    links_to_blocks: bool,
) -> DiaryDay:
    span = when.whole_day(day)
    here = [hold for hold in holds if hold.span.overlaps(span)]
    lanes = [
        Lane(resource, [_block(hold, span, scale, links_to_blocks) for hold in here if hold.resource_id == resource.pk])
        for resource in resources
    ]
    visits = {
        hold.appointment_id for hold in here if hold.appointment and span.start <= hold.appointment.starts_at < span.end
    }
    noon = datetime.combine(day, time(12), timezone.get_default_timezone())
    return DiaryDay(
        day, noon, lanes, len(visits), f"{holiday.name}: {holiday.get_decision_display()}" if holiday else ""
    )


def _block(hold: Hold, day: Span, scale: Scale, links_to_blocks: bool) -> Block:
    start, end = max(hold.span.start, day.start), min(hold.span.end, day.end)
    left, right = scale.share(_hours(start)), scale.share(_hours(end) if end < day.end else 24)
    place = {"x": _percent(left), "width": _percent(right - left)}
    if hold.appointment:
        return Block(**place, **_of_visit(hold.appointment))
    if hold.offer:
        return Block(**place, **_of_offer(hold.offer))
    url = reverse("admin:booking_hold_change", args=[hold.pk]) if links_to_blocks else ""
    clock = _block_clock(hold, day, scale)
    return Block(**place, tone="blocked", clock=clock, name=hold.reason, note=_("blocked"), url=url)


def _of_visit(visit: Appointment) -> dict[str, str]:
    notes = [
        str(visit.visit_type),
        visit.session,
        "" if visit.status == Status.CONFIRMED else visit.get_status_display(),
    ]
    if visit.needs_ride_confirmed:
        notes.append(_("ride home not confirmed"))
    return {
        "tone": TONES.get(Status(visit.status), "done") + (" no-ride" if visit.needs_ride_confirmed else ""),
        "clock": _clock(visit.starts_at),
        "name": visit.patient.name,
        "note": " · ".join(note for note in notes if note),
        "url": reverse("admin:booking_appointment_change", args=[visit.pk]),
    }


def _of_offer(offer: Offer) -> dict[str, str]:
    return {
        "tone": "offered",
        "clock": _clock(offer.starts_at),
        "name": offer.appointment.patient.name,
        "note": _("offered until %(until)s") % {"until": words.moment(offer.expires_at)},
        "url": reverse("admin:booking_appointment_change", args=[offer.appointment_id]),
    }


def _clock(moment: datetime) -> str:
    return date_format(when.local(moment), "g:i")


def _block_clock(hold: Hold, day: Span, scale: Scale) -> str:
    """When a block begins; of one drawn from the left edge, where its place doesn't tell, with AM or PM."""
    is_earlier, is_later = hold.span.start < day.start, hold.span.end >= day.end
    begins_before = is_earlier or _hours(hold.span.start) <= scale.first
    if begins_before and (is_later or _hours(hold.span.end) >= scale.last):
        return _("all day")
    if is_earlier:
        return _("until %(at)s") % {"at": when.clock(hold.span.end)}
    if _hours(hold.span.start) < scale.first or _hours(hold.span.start) >= scale.last:
        return when.clock(hold.span.start)
    return _clock(hold.span.start)


def _hours(moment: datetime) -> float:
    local = when.local(moment)
    return local.hour + local.minute / 60


def _percent(share: float) -> str:
    return f"{share:.2f}%"
