"""What was removed because its time was over: how many of what, never whose."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.records.models.append_only import append_only


class Removal(models.Model):
    class What(models.TextChoices):
        NOTHING = "nothing", _("nothing was due")
        REQUESTS = "requests", _("requests that were never confirmed")
        VISITS = "visits", _("visits of records over their time")
        PATIENTS = "patients", _("patients without any visit left")
        MESSAGES = "messages", _("rows of messages")
        FREED = "freed", _("times that became free")
        COUNTS = "counts", _("counts against misuse")
        SESSIONS = "sessions", _("staff’s sessions that had ended")
        STAFF_LOG = "staff_log", _("staff’s recent actions")
        CHANGES = "changes", _("changes of settings and texts")
        READINGS = "readings", _("readings of patients’ data")
        REMOVALS = "removals", _("entries of this list")

    at = models.DateTimeField(_("when"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    count = models.PositiveIntegerField(_("how many"))

    class Meta:
        verbose_name = _("removal")
        verbose_name_plural = _("removals of what was over its time")
        default_permissions = ("view",)
        triggers = append_only()

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.count}"
