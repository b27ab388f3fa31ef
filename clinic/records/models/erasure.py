"""A patient's data were erased before their time: who did it, when, why, and how much it was. Of whom, only numbers."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.append_only import append_only

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Erasure(models.Model):
    class Reason(models.TextChoices):
        ASKED = "asked", _("The patient has asked for it")
        NOT_A_PATIENT = "mistake", _("Entered by mistake, or by somebody else in their name")
        TEST = "test", _("Entered to try something out")
        ORDERED = "ordered", _("A court or an authority has ordered it")

    at = models.DateTimeField(_("when"))
    by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    reason = models.CharField(_("why"), max_length=10, choices=Reason)
    records = ArrayField(models.BigIntegerField(), verbose_name=_("numbers of the records"))
    visits = models.PositiveIntegerField(_("visits"))
    messages = models.PositiveIntegerField(_("messages"))
    changes = models.PositiveIntegerField(_("kept changes"))
    others = models.PositiveIntegerField(_("other rows"))

    class Meta:
        verbose_name = _("erasure on request")
        verbose_name_plural = _("erasures on request")
        default_permissions = ("view",)
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
