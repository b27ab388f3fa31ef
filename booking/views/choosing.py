"""Choosing a time: the same for asking, moving a visit and booking again. Only where a time leads differs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from booking import availability
from booking.models import Appointment, Patient, VisitType
from booking.slots import Rule, Span, nearest
from booking.week import Day, Week, months


@dataclass(frozen=True)
class Time:
    """A free start and the address it leads to. The time that a visit has already leads nowhere."""

    at: datetime
    url: str = ""


def week_of_times(
    visit_type: VisitType,
    *,
    request: HttpRequest,
    now: datetime,
    url_for: Callable[[datetime], str],
    moving: Appointment | None = None,
    patient: Patient | None = None,
    rule: Rule | None = None,
) -> dict[str, object]:
    """The context of `booking/_week.html`: one week of free times, the months around it, and the first free time.

    The week is the one that `?week=` names, else the first that has a free time. All comes from one reading of the
    whole horizon, so it costs the same few queries however much is booked. A visit that is being `moved` is not
    offered the time it has, which is only shown. Where the context also has a `form`, times are buttons that carry its
    answers along.
    """
    binding = rule or visit_type.rule()
    end = now + binding.horizon
    zone = timezone.get_default_timezone()
    window = Span(now, end)
    found = availability.free_times(visit_type, window=window, now=now, moving=moving, patient=patient, rule=binding)
    starts = [start for start in found if moving is None or start.at != moving.starts_at]
    this_week, last_week = Week.of(now), Week.of(end)
    named = Week.named(request.GET.get("week", ""))
    week = min(max(named or (Week.of(starts[0].at) if starts else this_week), this_week), last_week)
    with_times = {Week.of(start.at) for start in starts}
    return {
        "first": Time(starts[0].at, url_for(starts[0].at)) if starts else None,
        "week": week,
        "days": [(day, _times(day, url_for, moving)) for day in week.days(starts, zone)],
        "own_time": moving.starts_at if moving else None,
        "months": months(starts, this_week, last_week, zone),
        # A week without a free time is nowhere to be led to.
        "earlier": max((other for other in with_times if other < week), default=None),
        "later": min((other for other in with_times if other > week), default=None),
        "query": _other_parts(request),
    }


def _times(day: Day, url_for: Callable[[datetime], str], moving: Appointment | None) -> list[Time]:
    """The day's free times in order, and among them the one that the visit has now."""
    times = [Time(start.at, url_for(start.at)) for start in day.starts]
    if moving and day.is_day_of(moving.starts_at):
        times.append(Time(moving.starts_at))
    return sorted(times, key=lambda time: time.at)


def nearest_times(
    visit_type: VisitType,
    at: datetime,
    *,
    now: datetime,
    url_for: Callable[[datetime], str],
    moving: Appointment | None = None,
    patient: Patient | None = None,
) -> list[Time]:
    """The three free times closest to one that can't be had."""
    found = availability.nearest_free(visit_type, at, now=now, count=4, moving=moving, patient=patient)
    others = [start for start in found if moving is None or start.at != moving.starts_at]
    return [Time(start.at, url_for(start.at)) for start in nearest(others, at, 3)]


def _other_parts(request: HttpRequest) -> str:
    """What stands in the address besides the week, to stand before it in links to other weeks: "been=new&"."""
    query = request.GET.copy()
    query.pop("week", None)
    return f"{query.urlencode()}&" if query else ""
