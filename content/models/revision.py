"""Every text a page has had: what the public saw, and what staff kept as a draft."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """One saved text, whole. Rows are only added; setting a draft aside changes its state and keeps its words."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        DRAFT = "draft", _("draft")
        SET_ASIDE = "set_aside", _("draft, set aside")

    class Origin(models.TextChoices):
        STAFF = "staff", _("staff")
        FILE = "file", _("from file")

    page = models.ForeignKey("content.Page", on_delete=models.CASCADE, related_name="revisions", verbose_name=_("page"))
    values = models.JSONField(_("text"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    origin = models.CharField(_("origin"), max_length=5, choices=Origin, default=Origin.STAFF)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("saved by"),
    )
    saved_by_name = models.CharField(_("name of who saved it"), max_length=150, blank=True, default="")
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved text")
        verbose_name_plural = _("saved texts")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.page_id} {self.state} {self.saved_at:%Y-%m-%d}"

    def who(self) -> str:
        if self.origin == self.Origin.FILE:
            return gettext("the site’s own texts")
        return self.saved_by_name or gettext("not recorded")

    def before(self) -> "Revision | None":
        """The one before, which is what this one changed."""
        return Revision.objects.filter(page_id=self.page_id, pk__lt=self.pk).first()

    def as_fields(self) -> dict[str, Any]:
        """The values under the names of a page's fields, as a form takes them."""
        return {("parent" if name == "parent_id" else name): value for name, value in self.values.items()}
