"""Who has read which text of a page, and what they said of it."""

from calendar import monthrange
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Review(models.Model):
    """One reading of one text, and of no other. It is never changed; who changes their mind adds another."""

    class Role(models.TextChoices):
        CLINICAL = "clinical", _("clinical: is it right?")
        LEGAL = "legal", _("legal: may we say it, and is what must be said there?")
        LANGUAGE = "language", _("plain language: is it easy to understand?")
        ACCESS = "access", _("accessibility: can everybody use it?")

    class Decision(models.TextChoices):
        APPROVED = "approved", _("right as it stands")
        CHANGES = "changes", _("must be changed")

    page = models.ForeignKey("content.Page", on_delete=models.PROTECT, related_name="reviews", verbose_name=_("page"))
    text_hash = models.CharField(_("fingerprint of the text"), max_length=64, editable=False)
    reviewer = models.CharField(
        _("reviewer"), max_length=100, help_text=_("Name and degree, as the page shall show them.")
    )
    role = models.CharField(_("kind of review"), max_length=10, choices=Role, default=Role.CLINICAL)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    notes = models.TextField(_("notes"), blank=True, default="", help_text=_("For staff only."))
    reviewed_on = models.DateField(_("reviewed on"))
    next_review_on = models.DateField(_("next review due"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("recorded by"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)

    class Meta:
        verbose_name = _("review")
        verbose_name_plural = _("reviews")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(next_review_on__gt=models.F("reviewed_on")),
                name="review_next_is_later",
                violation_error_message=_("The next review must be later than this one."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.page}, {self.reviewer}, {self.reviewed_on:%Y-%m-%d}"

    def is_of_the_text_as_it_stands(self) -> bool:
        return self.text_hash == self.page.text_hash


def months_after(day: date, months: int) -> date:
    """The same day some months on, or the last of a month that is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
