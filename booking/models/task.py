"""What the front desk owes by a day: an estimate before a visit, a form after it."""

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment

if TYPE_CHECKING:
    from django.contrib.auth.models import User


# What is still to be done, by its day; then what is settled, the newest first.
OPEN_FIRST = (Coalesce("done_at", "dropped_at").desc(nulls_first=True), F("due_on").asc(), F("id").asc())


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        """Neither ticked off nor no longer needed."""
        return self.filter(done_at=None, dropped_at=None)

    def overdue(self, today: date) -> "TaskQuerySet":
        return self.open().filter(due_on__lt=today)

    def open_first(self) -> "TaskQuerySet":
        return self.order_by(*OPEN_FIRST)

    def soonest_first(self) -> "TaskQuerySet":
        return self.order_by("due_on", "pk")


class Task(models.Model):
    """One thing owed about a visit, or about its whole course. Written and settled by `booking.actions` alone.

    It is written in the transaction of what brings it about, so that none is forgotten.
    """

    class Kind(models.TextChoices):
        ESTIMATE = "estimate", _("good faith estimate")
        FORM = "form", _("monitoring form")

    class Dropped(models.TextChoices):
        """Why it is no longer needed."""

        OFF = "off", _("the visit is off")
        MISSED = "missed", _("the patient did not come")
        INSURED = "insured", _("they use insurance")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("appointment")
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    # Empty for what the visit itself brings about; else the day on which the patient asked.
    occasion = models.CharField(max_length=10, blank=True, default="")
    due_on = models.DateField(_("due"))  # by the clinic's calendar
    created_at = models.DateTimeField(_("since"))
    done_at = models.DateTimeField(_("done"), null=True)
    done_by: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("done by")
    )
    dropped_at = models.DateTimeField(_("no longer needed"), null=True)
    dropped_because = models.CharField(_("because"), max_length=10, choices=Dropped, blank=True, default="")

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(fields=["appointment", "kind", "occasion"], name="task_once"),
            models.CheckConstraint(condition=Q(kind__in=["estimate", "form"]), name="task_kind_known"),
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False, dropped_at__isnull=True),
                name="task_done_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True, dropped_because="")
                | (Q(dropped_at__isnull=False) & ~Q(dropped_because="")),
                name="task_dropped_because",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on"], name="task_open", condition=Q(done_at=None, dropped_at=None)),
            models.Index(*OPEN_FIRST, name="task_open_first"),  # the list's order, so that a page of it sorts nothing
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.due_on}"

    @property
    def is_open(self) -> bool:
        return self.done_at is None and self.dropped_at is None
