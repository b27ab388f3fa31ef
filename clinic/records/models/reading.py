"""Who has looked at whose data, when, on what kind of page: ids alone, no values and no search words."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.append_only import append_only

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Reading(models.Model):
    class Page(models.TextChoices):
        DESK = "desk", _("front desk")
        LIST = "list", _("list")
        SEARCH = "search", _("search")
        RECORD = "record", _("one record")
        STEP = "step", _("step")
        HISTORY = "history", _("history")
        CALENDAR = "calendar", _("calendar")
        PRINT = "print", _("print")
        EXPORT = "export", _("export")

    at = models.DateTimeField(_("when"))
    # None where nobody was signed in, which no page with data of patients allows.
    user: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    page = models.CharField(_("page"), max_length=10, choices=Page)
    route = models.CharField(_("name of the page"), max_length=100)
    patients = ArrayField(models.BigIntegerField(), verbose_name=_("patients"))
    visits = ArrayField(models.BigIntegerField(), verbose_name=_("visits"))

    class Meta:
        verbose_name = _("reading of patients’ data")
        verbose_name_plural = _("readings of patients’ data")
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["at"], name="reading_at"),
            GinIndex(fields=["patients"], name="reading_patients"),
            GinIndex(fields=["visits"], name="reading_visits"),
        ]
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_page_display()} {self.at:%Y-%m-%d %H:%M}"
