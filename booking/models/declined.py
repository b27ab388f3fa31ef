"""Why a request was declined: what staff choose from, and what the patient reads of it."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DeclineReason(models.TextChoices):
    TIME = "time", _("this time can’t be had")
    KIND = "kind", _("another kind of visit fits better")
    UNREACHED = "unreached", _("we could not reach them")
    DOUBLE = "double", _("they have another visit or request")
    FULL = "full", _("no new patients at present")

    @property
    def told(self) -> Promise:
        return TOLD[self]

    @property
    def invites(self) -> bool:
        """Whether the patient is asked to choose another time."""
        return self not in (DeclineReason.DOUBLE, DeclineReason.FULL)


# As kind and plain as at the desk. None says anything about the patient's health.
TOLD: dict[DeclineReason, Promise] = {
    DeclineReason.TIME: _(
        "We are sorry: we could not confirm the time you asked for. We’d be glad to find you another."
    ),
    DeclineReason.KIND: _("Thank you for asking. Another kind of visit would serve you better than the one you chose."),
    DeclineReason.UNREACHED: _(
        "We tried to reach you about your request and could not, so we have let the time go. We’d still be glad to see "
        "you at another time."
    ),
    DeclineReason.DOUBLE: _(
        "You have another visit or request with us, so we have let this one go. The other stays as it is."
    ),
    DeclineReason.FULL: _(
        "We are sorry: we can’t take on new patients at the moment. Your doctor or your health plan can name others "
        "who can."
    ),
}
