"""Who on record may be the same person: one mailbox, one phone number, or one name however it is written."""

from dataclasses import dataclass

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
    """Those with most in common first. A shared phone or name alone may be a family's."""
    mailbox, _at, domain = one_mailbox(patient.email).rpartition("@")
    like = Q(email__istartswith=mailbox, email__iendswith=f"@{domain}") | Q(email__iexact=patient.email)
    like |= Q(phone=patient.phone) | Q(found_by__startswith=f" {bare(patient.name)} ")
    rows = Patient.objects.standing().exclude(pk=patient.pk).filter(like)
    found = [Alike(row, _same(patient, row)) for row in rows.order_by("-created_at", "-pk")[: 2 * MOST]]
    return sorted((one for one in found if one.same), key=lambda one: -len(one.same))[:MOST]


def _same(patient: Patient, other: Patient) -> list[str]:
    common = {
        _("same e-mail"): one_mailbox(patient.email) == one_mailbox(other.email),
        _("same phone"): patient.phone == other.phone,
        _("same name"): bare(patient.name) == bare(other.name),
    }
    return [words for words, is_so in common.items() if is_so]
