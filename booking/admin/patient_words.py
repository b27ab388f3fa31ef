"""What patients have told about themselves, in the words of staff: on the website they answer as “I”."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from booking.models import Insurance, Need, Patient, Standing

Choices = list[tuple[str, Promise | str]]

Kind = type[Standing] | type[Insurance] | type[Need]

# Where it differs from what the patient reads. No value stands for two things.
OURS: dict[str, Promise] = {
    Standing.NEW: _("No, new here"),
    Insurance.NO: _("No, pays without"),
    Need.OTHER: _("Something else: ask them"),
}


def choices(kind: Kind) -> Choices:
    return [(value, OURS.get(value, label)) for value, label in kind.choices]


def said(kind: Kind, value: str) -> str:
    """What an old row holds that is no choice any more is said as it stands."""
    return str(OURS.get(value, dict(kind.choices).get(value, value)))


def standing(patient: Patient) -> str:
    return said(Standing, patient.standing)


def insurance(patient: Patient) -> str:
    return said(Insurance, patient.insurance)


def needs(patient: Patient) -> list[str]:
    return [said(Need, need) for need in patient.needs]
