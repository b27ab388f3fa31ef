"""Two records of one person put together, and taken apart again. Both are rows that are added and never changed."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from booking.models.patient import Patient

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Merge(models.Model):
    """What came to the record that stays from the one that went into it, and what stood in both before.

    Which of them are together now is told by `Patient.merged_into` alone.
    """

    stays = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="merges", verbose_name=_("record"))
    went = models.ForeignKey(
        Patient, on_delete=models.CASCADE, related_name="merges_into_others", verbose_name=_("other record")
    )
    by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))
    # Keys of what hung on the record that went, and of the records that had gone into that one before.
    visits = ArrayField(models.BigIntegerField(), verbose_name=_("visits"))
    courses = ArrayField(models.BigIntegerField(), verbose_name=_("courses"))
    clearances = ArrayField(models.BigIntegerField(), verbose_name=_("clearances"))
    records = ArrayField(models.BigIntegerField(), verbose_name=_("records"))
    # Clearances of a kind that both had: the later one, and the key of the earlier, which stayed in its place.
    dropped = models.JSONField(_("clearances given twice"))
    # Of both records: the fields that the merge changed, as they were before and as it left them.
    before = models.JSONField(_("before"))
    after = models.JSONField(_("after"))

    class Meta:
        verbose_name = _("two records put together")
        verbose_name_plural = _("records put together")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=~Q(stays=F("went")), name="merge_of_two")]

    def __str__(self) -> str:
        return f"{self.went_id} into {self.stays_id}"


class TakenApart(models.Model):
    """A merge was undone. It can be only once."""

    merge = models.OneToOneField(Merge, on_delete=models.CASCADE, related_name="apart")
    by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("records taken apart again")
        verbose_name_plural = _("records taken apart again")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.merge} {self.at:%Y-%m-%d %H:%M}"
