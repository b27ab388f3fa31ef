"""The states of an appointment, in named sets, and the one table of allowed moves."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    REQUESTED = "requested", _("requested")
    CONFIRMED = "confirmed", _("confirmed")
    DECLINED = "declined", _("declined")
    CANCELLED = "cancelled", _("cancelled")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("did not come")


class Verb(models.TextChoices):
    """What happened to an appointment, as its events name it."""

    REQUEST = "request", _("asked for")
    CONFIRM = "confirm", _("confirmed")
    DECLINE = "decline", _("declined")
    CANCEL = "cancel", _("cancelled")
    COMPLETE = "complete", _("took place")
    MISS = "miss", _("did not come")
    # These leave the state as it is.
    BOOK = "book", _("booked by staff")
    RESCHEDULE = "reschedule", _("moved")
    RIDE = "ride", _("ride home told")
    RIDE_SURE = "ride_sure", _("ride home confirmed")
    CONTACT = "contact", _("how to be contacted, changed")
    EARLIER = "earlier", _("asked for an earlier time")
    NO_EARLIER = "no_earlier", _("no longer asks for an earlier time")
    LINK = "link", _("asked for a fresh link")
    REVOKE = "revoke", _("older links closed")
    ARRIVE = "arrive", _("arrived")
    NOT_HERE = "not_here", _("not here after all")
    QUIET = "quiet", _("no message to the patient")
    ASKED_OFF = "asked_off", _("the patient asked for it")
    OFFER = "offer", _("other times offered")
    REFUSE = "refuse", _("none of the times offered suits")
    LAPSE = "lapse", _("no answer to the times offered")
    WITHDRAW = "withdraw", _("the times offered withdrawn")
    ASK_COST = "ask_cost", _("asked for an estimate")
    TOLD_COST = "told_cost", _("estimate given")
    UNTOLD_COST = "untold", _("estimate not given after all")
    FORM_SENT = "form_sent", _("form sent in")
    FORM_OPEN = "form_open", _("form not sent in after all")
    INSURANCE = "insurance", _("insurance corrected")
    MERGE = "merge", _("came from another record of the patient")
    APART = "apart", _("went back to the record it came from")


class Actor(models.TextChoices):
    """Who did it. For STAFF the event also names the user."""

    PATIENT = "patient", _("patient")
    STAFF = "staff", _("staff")
    SYSTEM = "system", _("system")


# States in which the appointment's time is held.
HOLDING = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW})
# States in which something is still to come.
OPEN = frozenset({Status.REQUESTED, Status.CONFIRMED})
# States in which a visit stands in the way of the patient's others: one that they missed does not.
COUNTING = frozenset({Status.REQUESTED, Status.CONFIRMED, Status.COMPLETED})
# States that nothing leaves.
FINAL = frozenset({Status.DECLINED, Status.CANCELLED})
# What is noted about a visit afterwards; a slip is put right by noting the other.
NOTED = frozenset({Status.COMPLETED, Status.NO_SHOW})

# verb: (from any of these, to this)
MOVES: dict[Verb, tuple[frozenset[Status], Status]] = {
    Verb.CONFIRM: (frozenset({Status.REQUESTED}), Status.CONFIRMED),
    Verb.DECLINE: (frozenset({Status.REQUESTED}), Status.DECLINED),
    Verb.CANCEL: (OPEN, Status.CANCELLED),
    Verb.COMPLETE: (frozenset({Status.CONFIRMED, Status.NO_SHOW}), Status.COMPLETED),
    Verb.MISS: (frozenset({Status.CONFIRMED, Status.COMPLETED}), Status.NO_SHOW),
}


# What makes sense only before the visit begins, and only after.
BEFORE_START = frozenset({Verb.CONFIRM, Verb.CANCEL, Verb.EARLIER})
AFTER_START = frozenset({Verb.COMPLETE, Verb.MISS})


def in_time(verb: Verb, *, begun: bool) -> bool:
    """Whether the verb makes sense for a visit that has begun or not."""
    return verb not in (BEFORE_START if begun else AFTER_START)


def allowed(verb: Verb, status: str) -> bool:
    """Whether an appointment in that state may be moved by that verb."""
    return status in MOVES[verb][0]
