"""When people may come: resources, their weekly hours, the kinds of visit, and who is held when."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from booking import when
from booking.slots import Chair, Opening, Rule, Span

if TYPE_CHECKING:
    from booking.models.appointment import Appointment

NO_OVERLAP = "hold_no_overlap"


class ResourceQuerySet(models.QuerySet["Resource"]):
    def active(self) -> "ResourceQuerySet":
        return self.filter(is_active=True)

    def locked(self) -> "ResourceQuerySet":
        """Locks the rows in primary-key order, so that two who lock several never wait for each other."""
        return self.order_by("pk").select_for_update(no_key=True)


class Resource(models.Model):
    """Somebody or something that only one visit at a time can have."""

    class Kind(models.TextChoices):
        CLINICIAN = "clinician", _("clinician")
        CHAIR = "chair", _("treatment chair")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80, unique=True)
    turnover_minutes = models.PositiveSmallIntegerField(
        _("turnover (minutes)"),
        default=0,
        validators=[MaxValueValidator(240)],
        help_text=_("Time to make a chair ready for the next person."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("clinician or chair")
        verbose_name_plural = _("clinicians and chairs")

    def __str__(self) -> str:
        return self.name

    def as_chair(self) -> Chair:
        return Chair(self.pk, timedelta(minutes=self.turnover_minutes))


class WeeklyHours(models.Model):
    """A span of the week in which a clinician sees people, in the clinic's zone. A day may have several."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    clinician = models.ForeignKey(
        Resource,
        on_delete=models.CASCADE,
        related_name="hours",
        limit_choices_to={"kind": Resource.Kind.CLINICIAN},
        verbose_name=_("clinician"),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="hours_close_after_open",
                violation_error_message=_("The closing time must be after the opening time."),
            ),
            models.UniqueConstraint(
                fields=["clinician", "weekday", "opens"],
                name="hours_once",
                violation_error_message=_("These hours are already there."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def as_opening(self) -> Opening:
        return Opening(self.clinician_id, self.weekday, self.opens, self.closes)


class VisitTypeQuerySet(models.QuerySet["VisitType"]):
    def offered(self) -> "VisitTypeQuerySet":
        """What any visitor may ask for."""
        return self.filter(is_active=True, open_to=VisitType.OpenTo.ANYONE).order_by("order", "pk")


class VisitType(models.Model):
    """A kind of visit as data: how long, what it holds, how early, and who may ask for it."""

    class OpenTo(models.TextChoices):
        ANYONE = "anyone", _("anyone")
        CLEARED = "cleared", _("patients cleared by the clinician")

    class Place(models.TextChoices):
        OFFICE = "office", _("At the office")
        VIDEO = "video", _("By video")

    slug = models.SlugField(
        _("word in the page’s address"),
        unique=True,
        help_text=_("Name no condition or treatment."),
    )
    name = models.CharField(_("name"), max_length=80, help_text=_("Patients see it: name no treatment."))
    description = models.CharField(_("what it is, in a sentence"), max_length=300)
    place = models.CharField(_("place"), max_length=10, choices=Place, default=Place.OFFICE)
    open_to = models.CharField(_("open to"), max_length=10, choices=OpenTo, default=OpenTo.ANYONE)
    length_minutes = models.PositiveSmallIntegerField(
        _("whole stay (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    clinician_minutes = models.PositiveSmallIntegerField(
        _("clinician's part (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    needs_chair = models.BooleanField(_("needs a treatment chair"), default=False)
    needs_ride = models.BooleanField(_("somebody must take the patient home"), default=False)
    buffer_before_minutes = models.PositiveSmallIntegerField(
        _("clinician's time before (minutes)"), default=0, validators=[MaxValueValidator(240)]
    )
    buffer_after_minutes = models.PositiveSmallIntegerField(
        _("clinician's time after (minutes)"), default=0, validators=[MaxValueValidator(240)]
    )
    step_minutes = models.PositiveSmallIntegerField(
        _("a start every (minutes)"), default=30, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    notice_hours = models.PositiveSmallIntegerField(_("earliest, hours from now"), default=24)
    horizon_days = models.PositiveSmallIntegerField(
        _("latest, days from now"), default=60, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )
    daily_limit = models.PositiveSmallIntegerField(_("at most a day"), null=True, blank=True)
    is_demo = models.BooleanField(_("example values"), default=False)
    is_active = models.BooleanField(_("offered"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = VisitTypeQuerySet.as_manager()

    class Meta:
        verbose_name = _("kind of visit")
        verbose_name_plural = _("kinds of visit")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    length_minutes__range=(5, 600),
                    clinician_minutes__range=(5, 600),
                    step_minutes__range=(5, 240),
                    buffer_before_minutes__lte=240,
                    buffer_after_minutes__lte=240,
                ),
                name="visit_type_lengths_bounded",
            ),
            models.CheckConstraint(
                condition=Q(clinician_minutes__lte=F("length_minutes")),
                name="visit_type_part_within_stay",
                violation_error_message=_("The clinician's part can't be longer than the whole stay."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def rule(self) -> Rule:
        return Rule(
            stay=timedelta(minutes=self.length_minutes),
            clinician_part=timedelta(minutes=self.clinician_minutes),
            step=timedelta(minutes=self.step_minutes),
            buffer_before=timedelta(minutes=self.buffer_before_minutes),
            buffer_after=timedelta(minutes=self.buffer_after_minutes),
            notice=timedelta(hours=self.notice_hours),
            horizon=timedelta(days=self.horizon_days),
            needs_chair=self.needs_chair,
            daily_limit=self.daily_limit,
        )


class HoldQuerySet(models.QuerySet["Hold"]):
    def within(self, span: Span) -> "HoldQuerySet":
        return self.filter(period__overlap=DateTimeTZRange(span.start, span.end))

    def blocks(self) -> "HoldQuerySet":
        """Time blocked with a reason, not held by a visit."""
        return self.filter(appointment=None)


class Hold(models.Model):
    """A resource is taken for a half-open period, buffers included: by a visit, or blocked with a reason.

    Releasing deletes the row; what happened stays in the appointment's events.
    """

    resource = models.ForeignKey(
        Resource, on_delete=models.PROTECT, related_name="holds", verbose_name=_("clinician or chair")
    )
    period = DateTimeRangeField(_("period"))
    appointment: "models.ForeignKey[Appointment | None, Appointment | None]" = models.ForeignKey(
        "booking.Appointment",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="holds",
        verbose_name=_("appointment"),
    )
    reason = models.CharField(_("reason"), max_length=120, blank=True, default="")

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("held or blocked time")
        verbose_name_plural = _("blocked times")
        constraints = [
            # Without an extension: a one-point int8range stands in for the `=` that btree_gist would bring.
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    (
                        Func(
                            Cast("resource", models.BigIntegerField()),
                            Cast("resource", models.BigIntegerField()),
                            Value("[]"),
                            function="int8range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_code="slot_taken",
                violation_error_message=_("This time overlaps another visit or blocked time."),
            ),
            models.CheckConstraint(
                condition=(Q(appointment__isnull=False) & Q(reason="")) | (Q(appointment__isnull=True) & ~Q(reason="")),
                name="hold_visit_or_reason",
                violation_error_message=_("Give a reason."),
            ),
            models.CheckConstraint(
                condition=Q(
                    period__isempty=False,
                    period__lower_inf=False,
                    period__upper_inf=False,
                    period__lower_inc=True,
                    period__upper_inc=False,
                ),
                name="hold_period_bounded",
                violation_error_message=_("The end must be after the start."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resource}: {self.period_in_words()}"

    def period_in_words(self) -> str:
        return when.period(self.span.start, self.span.end)

    @property
    def span(self) -> Span:
        start: datetime = self.period.lower
        end: datetime = self.period.upper
        return Span(start, end)
