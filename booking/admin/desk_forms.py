"""What staff fill in about a visit or a patient."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from booking.actions import Contact, Details, Ride
from booking.admin import patient_words
from booking.forms import EmailLine, NameLine, PhoneLine, as_written
from booking.models import Appointment, ContactBy, DeclineReason, Insurance, Need, Standing

BAD_PHONE = _("Enter the phone number with area code, like (310) 555-0123")
BAD_EMAIL = _("Enter an e-mail address, like name@example.com")


def _line(**attrs: str) -> forms.TextInput:
    """Browsers keep no list of what is typed about other people."""
    return forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false", **attrs})


class DeskForm(forms.Form):
    """Labels as they are written, without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class RideForm(DeskForm):
    """Who takes the patient home, as staff have heard it. Empty where nobody is found, or no longer."""

    name = NameLine(
        label=_("Name"),
        help_text=_("Leave it empty if nobody is found yet."),
        required=False,
        max_length=120,
        widget=_line(),
    )
    phone = PhoneLine(
        label=_("Phone (optional)"),
        region="US",
        required=False,
        max_length=40,
        widget=_line(inputmode="tel"),
        error_messages={"invalid": BAD_PHONE},
    )
    sure = forms.BooleanField(label=_("They have agreed to this time"), required=False)

    @classmethod
    def about(cls, appointment: Appointment) -> "RideForm":
        """As it stands."""
        phone = appointment.ride_phone
        initial = {
            "name": appointment.ride_name,
            "phone": as_written(phone) if phone else "",
            "sure": appointment.ride_confirmed_at is not None,
        }
        return cls(initial=initial)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("phone") or data.get("sure")) and not data.get("name") and "name" not in self.errors:
            self.add_error("name", ValidationError(_("Enter who takes them home"), code="required"))
        return data

    def ride(self) -> Ride:
        return Ride(self.cleaned_data["name"], self.cleaned_data["phone"])


class DeclineForm(DeskForm):
    """Why a request is declined. Beside each reason stands what the patient reads."""

    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[(reason.value, reason.label) for reason in DeclineReason],
        initial=DeclineReason.TIME,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why"), "invalid_choice": _("Choose one of these")},
    )

    def reasons(self) -> list[tuple[DeclineReason, bool]]:
        """Each reason, and whether it is the one chosen."""
        return [(reason, str(self["reason"].value()) == reason) for reason in DeclineReason]


class ContactForm(DeskForm):
    """How a patient is reached. What they have told about themselves otherwise stays as they told it."""

    name = NameLine(label=_("Name"), max_length=120, widget=_line())
    email = EmailLine(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"invalid": BAD_EMAIL},
    )
    phone = PhoneLine(
        label=_("Phone"),
        region="US",
        max_length=40,
        widget=_line(inputmode="tel"),
        error_messages={"invalid": BAD_PHONE},
    )
    contact_by = forms.ChoiceField(label=_("How to reach them"), choices=ContactBy.choices)
    voicemail_ok = forms.BooleanField(label=_("A voicemail may be left"), required=False)
    plain_messages = forms.BooleanField(
        label=_("Plain messages only"),
        help_text=_("E-mails then say that there is news and give the link, without day, time or place."),
        required=False,
    )

    @classmethod
    def about(cls, contact: Contact) -> "ContactForm":
        """As it stands."""
        shown = {name: getattr(contact, name) for name in cls.base_fields}
        return cls(initial={**shown, "phone": as_written(contact.phone)})

    def contact(self) -> Contact:
        return Contact(**self.cleaned_data)

    def in_words(self, contact: Contact) -> list[tuple[str, str]]:
        """Each field's name and what stands in it."""
        values = {
            "name": contact.name,
            "email": contact.email,
            "phone": as_written(contact.phone),
            "contact_by": str(ContactBy(contact.contact_by).label),
            "voicemail_ok": str(_("Yes") if contact.voicemail_ok else _("No")),
            "plain_messages": str(_("Yes") if contact.plain_messages else _("No")),
        }
        return [(str(self.fields[name].label), value) for name, value in values.items()]


class NewPatientForm(ContactForm):
    """Somebody who is not on record, as they tell it on the phone."""

    standing = forms.ChoiceField(
        label=_("Been here before"), choices=patient_words.choices(Standing), initial=Standing.NEW
    )
    insurance = forms.ChoiceField(
        label=_("Uses insurance"), choices=patient_words.choices(Insurance), initial=Insurance.UNSURE
    )
    needs = forms.MultipleChoiceField(
        label=_("Needs"),
        choices=patient_words.choices(Need),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_by"].initial = ContactBy.EITHER

    def as_typed(self) -> "NewPatientForm":
        """The same answers to look at and change, with nothing found wrong yet."""
        return NewPatientForm(initial={name: self[name].value() for name in self.fields})

    def details(self) -> Details:
        return Details(**{**self.cleaned_data, "needs": sorted(self.cleaned_data["needs"])})

    def answers(self) -> list[tuple[str, str]]:
        """Each question and its answer."""
        values = self.cleaned_data
        told = {
            "standing": patient_words.said(Standing, values["standing"]),
            "insurance": patient_words.said(Insurance, values["insurance"]),
            "needs": "; ".join(patient_words.said(Need, need) for need in values["needs"]) or str(_("none")),
        }
        contact = Contact(**{name: values[name] for name in ContactForm.base_fields})
        labels = {name: str(field.label) for name, field in self.fields.items()}
        return [*self.in_words(contact), *((labels[name], value) for name, value in told.items())]
