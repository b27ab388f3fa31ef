"""How the practice words its messages to patients, where it wants other words than ours."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from booking import wording
from booking.models.message import TO_STAFF, Kind

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise

TO_PATIENTS = [kind for kind in Kind if kind not in TO_STAFF]
DAY_AND_TIME = ("day", "time")
# These tell no time, or of several.
WITHOUT_TIME = frozenset(
    {Kind.COURSE_PLACED, Kind.COURSE_CANCELLED, Kind.EARLIER_OFFERED, Kind.OTHER_OFFERED, Kind.FRESH_LINK}
)
REFUSED: "dict[str, StrOrPromise]" = {
    "forbidden": _("Please leave out special control characters and characters that nobody sees."),
    "braces": _("“%(piece)s” can’t be filled in. %(known)s"),
    "markup": _("Messages are plain text: please leave out “%(piece)s”."),
    "address": _(
        "“%(piece)s” reads like a link or an address. Please leave it out: the message has the right link."
        " Where it is none, put a space after the stop."
    ),
    "phone": _("“%(piece)s” reads like a phone number. Please leave it out: the office’s own stands in each message."),
    "gives_away": _("Others may read along. Please leave out “%(piece)s”."),
}
FIELDS = ("subject", "opening", "more")


def placeholders(kind: str) -> tuple[str, ...]:
    """What may stand in braces in a message of that kind."""
    return () if kind in WITHOUT_TIME else DAY_AND_TIME


class MessageText(models.Model):
    """The practice's own words for one kind of message. What is empty is said in ours.

    Only these: when, where, how to get ready, the link and whom to call are put in by the site.
    """

    kind = models.CharField(
        _("message"), primary_key=True, max_length=30, choices=[(kind.value, kind.label) for kind in TO_PATIENTS]
    )
    subject = models.CharField(_("subject"), max_length=80, blank=True, default="")
    opening = models.CharField(_("first sentences"), max_length=300, blank=True, default="")
    more = models.CharField(_("one more paragraph"), max_length=600, blank=True, default="")
    changed_by: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    changed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("wording of a message")
        verbose_name_plural = _("wording of messages")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in TO_PATIENTS]), name="message_text_to_patients"
            ),
            # A last line of defense: the forms refuse more, and say why.
            models.CheckConstraint(
                condition=~Q(subject__regex=r"[\x01-\x1f\x7f<>@]")
                & ~Q(opening__regex=r"[\x01-\x1f\x7f<>@]")
                & ~Q(more__regex=r"[\x01-\x09\x0b-\x1f\x7f<>@]"),
                name="message_text_plain",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def clean(self) -> None:
        if wrong := self.refused():
            raise ValidationError(dict(wrong))

    @property
    def is_own(self) -> bool:
        return bool(self.subject or self.opening or self.more)

    def refused(self) -> dict[str, ValidationError]:
        """What may not be sent so, by field."""
        found = {name: self._refused(getattr(self, name)) for name in FIELDS}
        return {name: error for name, error in found.items() if error}

    def _refused(self, text: str) -> ValidationError | None:
        known = placeholders(self.kind)
        slip = wording.slip(text, placeholders=known)
        if slip is None:
            return None
        named = ", ".join(f"{{{name}}}" for name in known)
        hint = _("What can be: %(names)s.") % {"names": named} if known else _("Nothing in braces can be here.")
        return ValidationError(REFUSED[slip.code], code=slip.code, params={"piece": slip.piece, "known": hint})
