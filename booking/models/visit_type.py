"""The kinds of visit, as data."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db import models
from django.db.models import Case, Exists, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from booking import when
from booking.models.states import Status
from booking.slots import Rule, shift

if TYPE_CHECKING:
    from booking.models.patient import Patient

STAFF_HORIZON = timedelta(days=550)


class VisitTypeQuerySet(models.QuerySet["VisitType"]):
    def offered(self) -> "VisitTypeQuerySet":
        """What any visitor may ask for."""
        return self.filter(is_active=True, open_to=VisitType.OpenTo.ANYONE).order_by("order", "pk")

    def offered_to(self, patient: "Patient") -> "VisitTypeQuerySet":
        """What this patient may ask for through their own link: also what staff have cleared them for."""
        cleared = Q(open_to=VisitType.OpenTo.CLEARED, pk__in=patient.clearances.values("visit_type"))
        return self.filter(Q(open_to=VisitType.OpenTo.ANYONE) | cleared, is_active=True).order_by("order", "pk")

    def offered_again_to(self, patient: "Patient") -> "VisitTypeQuerySet":
        """The same for one more visit: first what they are cleared for, then what is for those who have been here.

        First visits come last, and not at all once they have had one.
        """
        K = VisitType  # noqa: N806
        had_one = Exists(patient.appointments.filter(status=Status.COMPLETED))
        nearness = Case(
            When(open_to=K.OpenTo.CLEARED, then=0),
            When(suits=K.Suits.RETURNING, then=1),
            When(suits=K.Suits.EITHER, then=2),
            default=Value(3),
        )
        return self.offered_to(patient).exclude(had_one, suits=K.Suits.NEW).order_by(nearness, "order", "pk")


class VisitType(models.Model):
    """A kind of visit as data: how long, what it holds, how early, and who may ask for it."""

    class OpenTo(models.TextChoices):
        ANYONE = "anyone", _("anyone")
        CLEARED = "cleared", _("patients cleared by the clinician")

    class Suits(models.TextChoices):
        EITHER = "either", _("everybody")
        NEW = "new", _("those who are new")
        RETURNING = "returning", _("those who have been here")

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
    suits = models.CharField(
        _("for"), max_length=10, choices=Suits, default=Suits.EITHER, db_default=Suits.EITHER.value
    )
    needs_confirmation = models.BooleanField(
        _("staff must confirm it"),
        default=True,
        db_default=True,
        help_text=_("Unticked, the visit is booked at once."),
    )
    length_minutes = models.PositiveSmallIntegerField(
        _("whole stay (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    clinician_minutes = models.PositiveSmallIntegerField(
        _("clinician's part (minutes)"), validators=[MinValueValidator(5), MaxValueValidator(600)]
    )
    needs_chair = models.BooleanField(_("needs a treatment chair"), default=False)
    needs_ride = models.BooleanField(_("somebody must take the patient home"), default=False)
    needs_monitoring_form = models.BooleanField(
        _("a form is sent in after it"),
        default=False,
        db_default=False,
        help_text=_("Once the visit took place, the desk is told to send it within 7 days."),
    )
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
    cutoff_hours = models.PositiveSmallIntegerField(
        _("patients may move or cancel until (hours before)"),
        default=24,
        db_default=24,
        validators=[MaxValueValidator(336)],
        help_text=_("After that they are asked to call."),
    )
    daily_limit = models.PositiveSmallIntegerField(_("at most a day"), null=True, blank=True)
    bring_text = models.TextField(
        _("what to bring, one thing a line"), blank=True, default="", db_default="", max_length=600
    )
    join_url = models.URLField(
        _("address to join by video"),
        blank=True,
        default="",
        db_default="",
        validators=[URLValidator(schemes=["https"])],
        help_text=_("Patients see it once the visit is confirmed. Empty: they are told how before the visit."),
    )
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

    def things_to_bring(self) -> list[str]:
        return [thing for thing in self.bring_text.splitlines() if thing.strip()]

    def change_until(self, starts_at: datetime) -> datetime:
        """Until when a patient may move or cancel an agreed visit of this kind alone."""
        return starts_at - timedelta(hours=self.cutoff_hours)

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

    def staff_rule(self) -> Rule:
        """What binds staff: the same day's arithmetic, without the notice, and as far ahead as a course may reach.

        Of the patient's other visits they are only warned.
        """
        return replace(self.rule(), notice=timedelta(), horizon=STAFF_HORIZON, keeps_apart=False)


class Preparation(models.Model):
    """What to do before a visit, as the patient is told it: with `minutes_before`, as a clock time."""

    visit_type = models.ForeignKey(VisitType, on_delete=models.CASCADE, related_name="preparations")
    text = models.CharField(
        _("instruction"),
        max_length=160,
        help_text=_("Where a clock time belongs, write {time}: “Nothing to eat after {time}”."),
    )
    minutes_before = models.PositiveSmallIntegerField(
        _("minutes before the start"), null=True, blank=True, validators=[MaxValueValidator(2880)]
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("preparation")
        verbose_name_plural = _("preparations")
        ordering = ["order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes_before__isnull=False, text__contains="{time}")
                | (Q(minutes_before__isnull=True) & ~Q(text__contains="{time}")),
                name="preparation_time_where_named",
                violation_error_message=_("Give the minutes where the text says {time}, and only there."),
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def for_start(self, starts_at: datetime) -> str:
        """“Nothing to eat after 8:00 AM”, with the day where it is another one than the visit's."""
        if self.minutes_before is None:
            return self.text
        moment = shift(starts_at, -timedelta(minutes=self.minutes_before))
        same_day = when.local(moment).date() == when.local(starts_at).date()
        return self.text.replace("{time}", when.clock(moment) if same_day else when.clock_and_day(moment))
