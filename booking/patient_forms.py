"""What a patient fills in on the page of their own visit."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from booking.forms import BY_EMAIL_ALWAYS, FULL, MESSAGES, PLAIN, YES_OR_NO, RideQuestion, as_written
from booking.models import Appointment, ContactBy, Patient


class OwnForm(forms.Form):
    @property
    def helper(self) -> FormHelper:
        """The fields alone: the page has the form tag, the token and the button."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(*self.fields)
        return helper


class CancelForm(forms.Form):
    """Which time the page has shown that asked whether to cancel."""

    for_start = forms.DateTimeField(required=False)


class RideForm(OwnForm, RideQuestion):
    """Who takes the patient home, and whether they have agreed to the very time that the page has shown."""

    ride_sure = forms.BooleanField(label=_("They have agreed to this time"), required=False)

    def __init__(self, data: QueryDict | None, *, appointment: Appointment) -> None:
        phone = appointment.ride_phone
        initial = {
            "ride_name": appointment.ride_name,
            "ride_phone": as_written(phone) if phone else "",
            "ride_sure": appointment.ride_confirmed_at is not None,
        }
        super().__init__(data, initial=initial)
        self.fields["ride_name"].label = _("Name of the adult who takes you home")
        self.fields["ride_name"].help_text = _("Leave this blank if you don’t know yet.")
        self.appointment = appointment

    def clean_ride_sure(self) -> bool:
        sure: bool = self.cleaned_data["ride_sure"]
        if sure and self.data.get("for_start") != shown_start(self.appointment):
            raise ValidationError(
                _("Your visit has another time by now: it stands above. Tick this again if they can come then."),
                code="moved",
            )
        return sure

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("ride_sure") and not data.get("ride_name") and "ride_name" not in self.errors:
            self.add_error("ride_name", ValidationError(_("Enter the name of who takes you home"), code="required"))
        return data


def shown_start(appointment: Appointment) -> str:
    """What a page posts back to say which time it has shown."""
    return appointment.starts_at.isoformat()


class ContactForm(OwnForm):
    """How the office may reach the patient, and how much its messages may say."""

    contact_by = forms.ChoiceField(
        label=_("If we have a question, how may we contact you?"),
        help_text=BY_EMAIL_ALWAYS,
        choices=ContactBy.choices,
        widget=forms.RadioSelect,
    )
    voicemail = forms.ChoiceField(
        label=_("If we call and you are out, may we leave a voicemail?"),
        help_text=_("We say “Dr. Bacchus’s office” and a number to call, nothing more."),
        choices=YES_OR_NO,
        widget=forms.RadioSelect,
    )
    messages = forms.ChoiceField(
        label=_("How much may our e-mails say?"),
        help_text=_(
            "With plain messages, day, time and place stay on this page, and no calendar file comes with the e-mail. "
            "No message says what kind of visit it is, whatever you choose."
        ),
        choices=MESSAGES,
        widget=forms.RadioSelect,
    )

    def __init__(self, data: QueryDict | None, *, patient: Patient) -> None:
        initial = {
            "contact_by": patient.contact_by,
            "voicemail": "yes" if patient.voicemail_ok else "no",
            "messages": PLAIN if patient.plain_messages else FULL,
        }
        super().__init__(data, initial=initial)
        for field in self.fields.values():
            field.error_messages |= {
                key: _("Choose one of the answers shown") for key in ("required", "invalid_choice")
            }

    def choice(self) -> dict[str, Any]:
        """What was chosen, as `actions.choose_contact` takes it."""
        data = self.cleaned_data
        return {
            "contact_by": data["contact_by"],
            "voicemail_ok": data["voicemail"] == "yes",
            "plain_messages": data["messages"] == PLAIN,
        }
