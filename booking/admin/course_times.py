"""What the plan of a course is made of: what staff want, and the times of a kind of visit, read at once.

A constant number of queries, however many sessions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from booking import availability, explain, when
from booking.admin import course_words
from booking.course_plan import Outcome, Planned, Target
from booking.models import HOLDING, Appointment, CourseTemplate, Holiday, Patient, Resource, VisitType, WeeklyHours
from booking.slots import Busy, Span, Start, chair_span, clinician_span, free_starts

BACK, AHEAD = timedelta(days=14), timedelta(days=21)  # around the wanted times, where others are looked for
USUAL = time(10)


@dataclass(frozen=True)
class Draft:
    """What staff want so far. `refused` could not be placed a moment ago, whatever looks free."""

    patient: Patient
    template: CourseTemplate
    first_day: date
    wanted: list[Target]
    with_review: bool = True
    review: Target | None = None  # None: soon after its session
    review_chosen: bool = False  # by staff; else it follows its session where that is moved
    refused: frozenset[datetime] = frozenset()

    @property
    def has_review(self) -> bool:
        return self.with_review and self.review_after is not None

    @property
    def review_after(self) -> int | None:
        """The session that the review visit follows; None where the course has none, or ends before."""
        after = self.template.review_after_session
        return after if after and self.template.review_type and after <= len(self.wanted) else None


@dataclass(frozen=True)
class Choice:
    """A time that could be had, and which rules it would not keep."""

    at: datetime
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    planned: Planned
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        return self.planned.outcome is Outcome.FREE


@dataclass(frozen=True)
class Times:
    """One kind of visit over some weeks, read at once."""

    visit_type: VisitType
    window: Span
    now: datetime
    diary: availability.Diary

    @classmethod
    def read(cls, visit_type: VisitType, around: Sequence[datetime], *, now: datetime) -> "Times":
        start = max(now, min(around) - BACK)
        window = Span(start, max(start, max(around) + AHEAD))
        return cls(visit_type, window, now, availability.read_diary(visit_type, window=window))

    @property
    def stay(self) -> timedelta:
        return self.visit_type.rule().stay

    def free(self, besides: Sequence[Busy] = ()) -> list[Start]:
        """Every free start; `besides` is held too, though nobody has stored it yet."""
        return free_starts(
            rule=self.visit_type.staff_rule(),
            hours=self.diary.hours,
            chairs=self.diary.chairs,
            busy=[*self.diary.busy, *besides],
            booked_per_day=self.diary.booked_per_day,
            window=self.window,
            now=self.now,
            zone=timezone.get_default_timezone(),
        )

    def why_not(self, at: datetime, besides: Sequence[Busy] = ()) -> explain.Refusal | None:
        return explain.why_not(
            at,
            rule=self.visit_type.staff_rule(),
            hours=self.diary.hours,
            chairs=self.diary.chairs,
            busy=[*self.diary.busy, *besides],
            booked_per_day=self.diary.booked_per_day,
            now=self.now,
            zone=timezone.get_default_timezone(),
        )

    def held_by(self, start: Start) -> list[Busy]:
        rule = self.visit_type.staff_rule()
        chairs = [chair for chair in self.diary.chairs if chair.resource == start.chair]
        return [
            Busy(start.clinician, clinician_span(start.at, rule)),
            *(Busy(chair.resource, chair_span(start.at, rule, chair)) for chair in chairs),
        ]


@dataclass(frozen=True)
class Words:
    """What the reasons name: clinicians, chairs, holidays, and the patient's other visits."""

    names: Mapping[int, str]
    holidays: Mapping[date, str]
    visits: Sequence[Appointment]

    @classmethod
    def read(cls, patient: Patient, window: Span) -> "Words":
        days = (when.local(window.start).date(), when.local(window.end).date())
        visits = Appointment.objects.filter(
            patient=patient, status__in=HOLDING, ends_at__gt=window.start, starts_at__lt=window.end
        )
        return cls(
            names=dict(Resource.objects.values_list("pk", "name")),
            holidays=dict(Holiday.objects.closing().filter(day__range=days).values_list("day", "name")),
            visits=list(visits.select_related("visit_type").order_by("starts_at")),
        )

    def reason(self, planned: Planned, why: explain.Refusal | None) -> str:
        if planned.outcome is Outcome.FREE:
            return ""
        at = planned.target.at
        return course_words.refusal(planned.outcome, why, names=self.names, holidays=self.holidays, at=at)

    def same_time(self, at: datetime, stay: timedelta) -> list[str]:
        """The patient's own visits that a time would meet."""
        return [
            _("The patient already has a visit then: %(kind)s, %(period)s.")
            % {"kind": visit.visit_type, "period": when.short(visit.starts_at)}
            for visit in self.visits
            if visit.starts_at < at + stay and at < visit.ends_at
        ]


def usual_clocks(visit_type: VisitType) -> dict[int, time]:
    """For each weekday with hours the start nearest to ten in the morning, by the weekly hours alone."""
    rule = visit_type.staff_rule()
    found: dict[int, list[datetime]] = {}
    for hours in WeeklyHours.objects.filter(clinician__is_active=True):
        opens, closes = (datetime.combine(date.min, clock) for clock in (hours.opens, hours.closes))
        while opens + rule.stay <= closes:
            found.setdefault(hours.weekday, []).append(opens)
            opens += rule.step
    ten = datetime.combine(date.min, USUAL)
    return {day: min(starts, key=lambda start: (abs(start - ten), start)).time() for day, starts in found.items()}
