"""Addresses that pages once had."""

from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.urls import Resolver404, resolve
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from content.models.page import Page

LONGEST = 200  # characters


class RedirectQuerySet(models.QuerySet["Redirect"]):
    def at(self, path: str) -> Self:
        """Those that begin at this address, however it is written. None that would lead back to it."""
        plain = plain_path(path)
        if not _storable(plain):
            return self.none()
        return self.filter(old_path=plain).exclude(page__path=models.F("old_path"))


class Redirect(models.Model):
    """Leads from an address to a page, wherever that page is now: so there are no chains, and no circles."""

    old_path = models.CharField(
        _("old address"),
        max_length=LONGEST,
        unique=True,
        validators=[RegexValidator(r"^[^\s?#\x00-\x1f]+\Z", _("Without blanks, ? and #."))],
        help_text=_("What comes after the site’s name, as in old-page.html"),
    )
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="redirects", verbose_name=_("leads to"))
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = RedirectQuerySet.as_manager()

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")
        ordering = ["old_path"]

    def __str__(self) -> str:
        return f"/{self.old_path}"

    def clean(self) -> None:
        super().clean()
        self.old_path = plain_path(self.old_path)
        if not self.old_path:
            raise ValidationError({"old_path": gettext("The first page always stays where it is.")})
        if _is_fixed(f"/{self.old_path}") or _is_fixed(f"/{self.old_path}/"):
            raise ValidationError({"old_path": gettext("Another part of the site has this address.")})
        if Page.objects.filter(path=self.old_path).exists():
            raise ValidationError({"old_path": gettext("There is a page at this address, so it can’t lead elsewhere.")})


def _storable(path: str) -> bool:
    return len(path) <= LONGEST and "\x00" not in path


def _is_fixed(address: str) -> bool:
    """Whether something other than a page that staff write is always found there."""
    try:
        return resolve(address).view_name != "content:page"
    except Resolver404:
        return False


def plain_path(path: str) -> str:
    """Without the strokes around it, in small letters, as rows keep it."""
    return path.strip().strip("/").lower()
