"""Time that staff mean to keep free of visits, while some still stand in it."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking import when
from booking.models.hold import Hold
from booking.models.resource import Resource
from booking.slots import Span

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ClosureQuerySet(models.QuerySet["Closure"]):
    def open(self, now: datetime) -> "ClosureQuerySet":
        """Not over, and not given up."""
        return self.filter(ended_at=None, period__endswith__gt=now)


class Closure(models.Model):
    """What was free of it is blocked; what a visit holds is blocked as soon as the visit leaves.

    The blocked parts are ordinary blocks: each can be given back by itself.
    """

    resources = models.ManyToManyField(Resource, related_name="+", verbose_name=_("clinicians and chairs"))
    period = DateTimeRangeField(_("period"))
    reason = models.CharField(_("reason"), max_length=120)
    by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))
    ended_at = models.DateTimeField(_("given up"), null=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        verbose_name = _("time to be cleared")
        verbose_name_plural = _("times to be cleared")
        default_permissions = ()  # whoever may block time
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="closure_period_bounded",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period_in_words()}: {self.reason}"

    @property
    def span(self) -> Span:
        return Span(self.period.lower, self.period.upper)

    def period_in_words(self) -> str:
        return when.period(self.span.start, self.span.end)

    def in_the_way(self) -> models.QuerySet[Hold]:
        """What visits and offers hold of it."""
        held = Hold.objects.within(self.span).filter(resource__in=self.resources.all())
        return held.exclude(appointment=None, offer=None).order_by("period")
