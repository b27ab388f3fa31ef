"""Courses: several visits that belong together, planned from a template of phases."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking.course_plan import Phase, Spacing
from booking.models.patient import Patient
from booking.models.visit_type import VisitType

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class CourseTemplateQuerySet(models.QuerySet["CourseTemplate"]):
    def offered(self) -> "CourseTemplateQuerySet":
        """What staff may place, with what is read of each."""
        usable = self.filter(is_active=True).filter(
            models.Exists(CoursePhase.objects.filter(template=models.OuterRef("pk")))
        )
        return usable.select_related("visit_type", "review_type").prefetch_related("phases").order_by("name")


class CourseTemplate(models.Model):
    """How a course runs, as data. Its spacing rules warn staff; they forbid nothing."""

    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("Patients see it: name no treatment."))
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="course_templates", verbose_name=_("kind of visit")
    )
    review_type = models.ForeignKey(
        VisitType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kind of review visit"),
    )
    review_after_session = models.PositiveSmallIntegerField(
        _("review after session"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    min_gap_days = models.PositiveSmallIntegerField(
        _("days from one session to the next, at least"), default=1, validators=[MaxValueValidator(60)]
    )
    max_gap_days = models.PositiveSmallIntegerField(
        _("days from one session to the next, at most"), null=True, blank=True, validators=[MaxValueValidator(120)]
    )
    is_active = models.BooleanField(_("in use"), default=True)
    is_demo = models.BooleanField(_("example values"), default=False)

    objects = CourseTemplateQuerySet.as_manager()

    class Meta:
        verbose_name = _("course template")
        verbose_name_plural = _("course templates")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(review_type__isnull=True, review_after_session__isnull=True)
                | Q(review_type__isnull=False, review_after_session__isnull=False),
                name="course_review_both_or_none",
                violation_error_message=_("Give the review visit's kind and its session, or neither."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def spacing(self) -> Spacing:
        """Its phases and rules as plain values. Reads the phases: prefetch them for several templates."""
        phases = tuple(phase.as_phase() for phase in self.phases.all())
        return Spacing(phases, self.min_gap_days, self.max_gap_days)


class CoursePhase(models.Model):
    """A stretch of a course with one rhythm: so many sessions a week, every so many weeks."""

    template = models.ForeignKey(CourseTemplate, on_delete=models.CASCADE, related_name="phases")
    order = models.PositiveSmallIntegerField(_("order"))
    # None for the last phase of a course that goes on as long as it helps.
    sessions = models.PositiveSmallIntegerField(
        _("sessions"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
        help_text=_("Empty: as many as are needed."),
    )
    per_week = models.PositiveSmallIntegerField(
        _("sessions in such a week"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    every_weeks = models.PositiveSmallIntegerField(
        _("every (weeks)"), default=1, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )
    every_weeks_most = models.PositiveSmallIntegerField(
        _("up to every (weeks)"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(8)]
    )

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(fields=["template", "order"], name="course_phase_order_once"),
            models.CheckConstraint(
                condition=Q(per_week__range=(1, 5), every_weeks__range=(1, 8))
                & (Q(every_weeks_most__isnull=True) | Q(every_weeks_most__gte=models.F("every_weeks"))),
                name="course_phase_bounded",
                violation_error_message=_("The longest distance can't be shorter than the usual one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.order}"

    def as_phase(self) -> Phase:
        return Phase(self.sessions, self.per_week, self.every_weeks, self.every_weeks_most)


class Course(models.Model):
    """Sessions of one patient, placed together. Each stands for itself: moving one moves no other."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="courses", verbose_name=_("patient"))
    template = models.ForeignKey(
        CourseTemplate, on_delete=models.PROTECT, related_name="courses", verbose_name=_("template")
    )
    sessions = models.PositiveSmallIntegerField(_("sessions"))
    # Made when the plan is shown; the same plan sent twice is one course.
    submission_id = models.UUIDField(unique=True, editable=False)
    placed_by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed"))

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")

    def __str__(self) -> str:
        return f"{self.patient}: {self.template}"
