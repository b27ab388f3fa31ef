"""Who on record may be the same person: one mailbox, one phone number, or one name however it is written."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from booking.models import Patient
from booking.text import bare, one_mailbox

MOST = 20


@dataclass(frozen=True)
class Alike:
    patient: Patient
    same: list[str]  # what they have in common, in words


def alike(patient: Patient) -> list[Alike]:
    """Those with most in common first. A shared phone alone may be a family's or an office's, and comes last."""
    likely = [_mailbox(patient.email), Q(phone=patient.phone), Q(found_by__startswith=f" {bare(patient.name)} ")]
    others = Patient.objects.standing().exclude(pk=patient.pk).order_by("-created_at", "-pk")
    # Each by itself: of many who share a phone, those who share more are not to fall off.
    rows = {row.pk: row for fits in likely for row in others.filter(fits)[:MOST]}
    found = [(_same(patient, row), row) for row in rows.values()]
    ranked = sorted(((same, row) for same, row in found if same), key=_rank, reverse=True)
    return [Alike(row, same) for same, row in ranked[:MOST]]


def _mailbox(email: str) -> Q:
    """However it is written; `one_mailbox` has the last word."""
    mailbox, _at, domain = one_mailbox(email).rpartition("@")
    tagged = Q(email__istartswith=f"{mailbox}+", email__iendswith=f"@{domain}")
    return Q(email__iexact=email) | Q(email__iexact=f"{mailbox}@{domain}") | tagged


def _same(patient: Patient, other: Patient) -> list[str]:
    common = {
        _("same e-mail"): one_mailbox(patient.email) == one_mailbox(other.email),
        _("same phone"): patient.phone == other.phone,
        _("same name"): bare(patient.name) == bare(other.name),
    }
    return [words for words, is_so in common.items() if is_so]


def _rank(found: tuple[list[str], Patient]) -> tuple[int, bool, datetime, int]:
    same, row = found
    return len(same), same != [_("same phone")], row.created_at, row.pk
