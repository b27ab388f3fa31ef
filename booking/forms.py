"""What a visitor fills in. One form per intent; what it gives back are values of the domain."""

from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from booking.actions import Details
from booking.models import ContactBy, Insurance, Need, Standing
from booking.text import clean_text, has_forbidden

FORBIDDEN = _("Please leave out line breaks and special control characters.")


class OneLine(forms.CharField):
    """A single line of text. Django's own field lets line breaks and lone surrogates through."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        if has_forbidden(text):
            raise ValidationError(FORBIDDEN, code="forbidden")
        return clean_text(text)


class NameLine(OneLine):
    """A name, and no address of a website: names stand in messages that we send."""

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if set(text) & set("/\\:<>@"):
            raise ValidationError(_("Enter a name without the characters / : < > @"), code="forbidden")
        return text


class EmailLine(forms.EmailField):
    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value))
        if has_forbidden(text):
            raise ValidationError(FORBIDDEN, code="forbidden")
        return text


class PhoneLine(PhoneNumberField):  # type: ignore[misc]  # the library has no types
    def to_python(self, value: Any) -> Any:
        if has_forbidden(str(value or "")):
            raise ValidationError(FORBIDDEN, code="forbidden")
        return super().to_python(value)


class SubmissionField(forms.UUIDField):
    """Made when the form is shown, so that sending it twice is one request. A broken one is made anew."""

    def clean(self, value: Any) -> UUID:
        try:
            return super().clean(value) or uuid4()
        except ValidationError:
            return uuid4()


class DetailsForm(forms.Form):
    """Who asks and how to reach them. No question about health: nobody watches this for a crisis."""

    name = NameLine(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your full name"), "max_length": _("Use at most 120 characters")},
    )
    email = EmailLine(
        label=_("E-mail address"),
        help_text=_(
            "We write when your request arrives, when we answer, and if it is cancelled. No message names a treatment."
        ),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={
            "required": _("Enter your e-mail address, like name@example.com"),
            "invalid": _("Enter your e-mail address, like name@example.com"),
            "max_length": _("Use at most 254 characters"),
        },
    )
    phone = PhoneLine(
        label=_("Phone number"),
        help_text=_("Only to reach you about this visit."),
        region="US",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
        error_messages={
            "required": _("Enter your phone number, like (310) 555-0123"),
            "invalid": _("Enter your phone number with area code, like (310) 555-0123"),
            "max_length": _("Enter your phone number with area code, like (310) 555-0123"),
        },
    )
    adult = forms.ChoiceField(
        label=_("Are you 18 or older?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you are 18 or older")},
    )
    standing = forms.ChoiceField(
        label=_("Have you been to this office before?"),
        choices=[
            (Standing.RETURNING, Standing.RETURNING.label),
            (Standing.NEW, Standing.NEW.label),
            (Standing.UNSURE, Standing.UNSURE.label),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you have been here before; “not sure” is fine")},
    )
    contact_by = forms.ChoiceField(
        label=_("If we have a question, how may we contact you?"),
        choices=ContactBy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how we may contact you")},
    )
    voicemail = forms.ChoiceField(
        label=_("If we call and you are out, may we leave a voicemail?"),
        help_text=_("We say “Dr. Bacchus’s office” and a number to call, nothing more."),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether we may leave a voicemail")},
    )
    insurance = forms.ChoiceField(
        label=_("Will you use insurance for this visit?"),
        help_text=_("If not, the law gives you a written estimate of the cost beforehand."),
        choices=Insurance.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you will use insurance; “not sure” is fine")},
    )
    needs = forms.MultipleChoiceField(
        label=_("Do you need any of these? (optional)"),
        choices=Need.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    # For programs that fill in everything; people neither see nor hear it.
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )
    submission = SubmissionField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("adult", "standing", "contact_by", "voicemail", "insurance"):
            self.fields[name].error_messages["invalid_choice"] = _("Choose one of the answers shown")
        self.fields["needs"].error_messages["invalid_choice"] = _("Choose from the answers shown")
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # stands in the page's own form tag
        visible = [name for name in self.fields if name not in ("website", "submission")]
        self.helper.layout = Layout(*visible, Field("website", wrapper_class="extra-field"), Field("submission"))

    def clean_adult(self) -> str:
        if self.cleaned_data["adult"] != "yes":
            raise ValidationError(
                _("This form is for adults, 18 or older. You can call the office and ask who can help."),
                code="adult",
            )
        return "yes"

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise ValidationError(_("Leave this field empty, then continue."), code="extra")
        return ""

    def details(self) -> Details:
        """What was told, once the form is valid."""
        data = self.cleaned_data
        return Details(
            name=data["name"],
            email=data["email"],
            phone=data["phone"],
            contact_by=data["contact_by"],
            voicemail_ok=data["voicemail"] == "yes",
            standing=data["standing"],
            insurance=data["insurance"],
            needs=sorted(data["needs"]),
        )

    def answers(self) -> list[tuple[str, str, str]]:
        """(field's id, question, answer in words) for “check your answers”."""
        data = self.cleaned_data
        labels = {name: dict(getattr(self.fields[name], "choices", ())) for name in self.fields}
        rows = []
        for name in ("name", "email", "phone", "standing", "contact_by", "voicemail", "insurance", "needs"):
            value = data[name]
            if name == "phone":
                text = value.as_national if value.country_code == 1 else value.as_international
            elif name == "needs":
                text = ", ".join(str(labels[name][need]) for need in value) or str(_("None"))
            else:
                text = str(labels[name].get(value, value))
            rows.append((self[name].id_for_label or f"id_{name}_0", str(self.fields[name].label), text))
        return rows

    def hidden_values(self) -> list[tuple[str, str]]:
        """Every answer as it was typed, to be carried on to the next page; nothing is stored on the way."""
        self.full_clean()
        pairs: list[tuple[str, str]] = []
        for name in self.fields:
            value = self.cleaned_data.get(name) if name == "submission" and self.is_bound else self[name].value()
            items = value if isinstance(value, list | tuple) else [value]
            pairs.extend((name, str(item)) for item in items if item not in (None, ""))
        return pairs
