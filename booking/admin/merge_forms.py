"""Which of two values stays, field by field."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _

from booking.actions.merging import CHOSEN, plain
from booking.admin import patient_words
from booking.admin.desk_forms import DeskForm
from booking.forms import as_written
from booking.models import Patient

STAYS, OTHER = "stays", "other"


@dataclass(frozen=True)
class Row:
    """A field of both records; `field` holds the choice, where they differ."""

    label: str
    mine: str
    theirs: str
    field: BoundField | None


class TogetherForm(DeskForm):
    def __init__(self, *args: Any, stays: Patient, other: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stays, self.other = stays, other
        for name in CHOSEN:
            if plain(stays, name) != plain(other, name):
                self.fields[name] = forms.ChoiceField(
                    label=LABELS[name](),
                    choices=[(STAYS, said(stays, name)), (OTHER, said(other, name))],
                    initial=STAYS,
                    widget=forms.RadioSelect,
                )

    def chosen(self) -> frozenset[str]:
        """The fields of which the other record's value stays."""
        return frozenset(name for name, side in self.cleaned_data.items() if side == OTHER)

    def rows(self) -> list[Row]:
        return [
            Row(
                LABELS[name](),
                said(self.stays, name),
                said(self.other, name),
                self[name] if name in self.fields else None,
            )
            for name in CHOSEN
        ]

    def staying(self) -> list[tuple[str, str]]:
        """Each field and what will stand in it."""
        chosen = self.chosen()
        return [(LABELS[name](), said(self.other if name in chosen else self.stays, name)) for name in CHOSEN]


LABELS = {
    "name": lambda: _("Name"),
    "email": lambda: _("E-mail"),
    "phone": lambda: _("Phone"),
    "contact_by": lambda: _("Contact"),
    "voicemail_ok": lambda: _("Voicemail"),
    "plain_messages": lambda: _("Plain messages only"),
    "standing": lambda: _("Been here before"),
    "insurance": lambda: _("Uses insurance"),
    "needs": lambda: _("Needs"),
}


def said(patient: Patient, name: str) -> str:
    """The value as staff read it."""
    match name:
        case "phone":
            return as_written(patient.phone)
        case "voicemail_ok":
            return _("May be left") if patient.voicemail_ok else _("Leave none")
        case "plain_messages":
            return _("Yes") if patient.plain_messages else _("No")
        case "needs":
            return "; ".join(patient_words.needs(patient)) or _("none")
        case "standing":
            return patient_words.standing(patient)
        case "insurance":
            return patient_words.insurance(patient)
        case "contact_by":
            return patient.get_contact_by_display()
        case _:
            return str(getattr(patient, name))
