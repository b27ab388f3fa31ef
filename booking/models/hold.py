"""Who and what is held when: the heart of booking is this one table."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Func, Q, Value
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from booking import when
from booking.models.resource import Resource
from booking.slots import Span

if TYPE_CHECKING:
    from booking.models.appointment import Appointment
    from booking.models.earlier import Offer

NO_OVERLAP = "hold_no_overlap"


class HoldQuerySet(models.QuerySet["Hold"]):
    def within(self, span: Span) -> "HoldQuerySet":
        return self.filter(period__overlap=DateTimeTZRange(span.start, span.end))

    def blocks(self) -> "HoldQuerySet":
        """Time blocked by staff with a reason: not held by a visit, nor offered to somebody."""
        return self.filter(appointment=None, offer=None)


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
    # Set while the time is offered to somebody.
    offer: "models.ForeignKey[Offer | None, Offer | None]" = models.ForeignKey(
        "booking.Offer", on_delete=models.CASCADE, null=True, blank=True, related_name="holds", editable=False
    )

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
