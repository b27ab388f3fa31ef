"""What a visitor fills in. One form per intent; what it gives back are values of the domain."""

from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField
from phonenumber_field.phonenumber import PhoneNumber

from booking.actions import Details, Ride
from booking.models import ContactBy, Insurance, Need, Standing
from booking.text import clean_text, has_forbidden, has_letter

YES_OR_NO = [("yes", _("Yes")), ("no", _("No"))]
STANDINGS = [(choice, choice.label) for choice in (Standing.RETURNING, Standing.NEW, Standing.UNSURE)]
FULL, PLAIN = "full", "plain"
MESSAGES = [
    (FULL, _("Day, time and place, with a file for your calendar")),
    (PLAIN, _("Plain messages only: that there is news, with a link to your own page")),
]
BY_EMAIL_ALWAYS = _("Messages about the visit itself, like a reminder, come by e-mail whatever you choose.")
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
        if text and not has_letter(text):
            raise ValidationError(_("Enter a name with letters that can be read"), code="forbidden")
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


def as_written(phone: PhoneNumber) -> str:
    return str(phone.as_national if phone.country_code == 1 else phone.as_international)


class RideQuestion(forms.Form):
    """Who takes the patient home. Everything may be left empty while that is not known."""

    ride_name = NameLine(
        label=_("Who takes you home after this visit? (optional)"),
        help_text=_(
            "You can’t drive until the next day, so an adult must take you home. "
            "Leave this blank if you don’t know yet: we’ll ask again before the visit."
        ),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"max_length": _("Use at most 120 characters")},
    )
    ride_phone = PhoneLine(
        label=_("Their phone number (optional)"),
        help_text=_("Only to reach them on the day."),
        region="US",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
        error_messages={
            "invalid": _("Enter the phone number with area code, like (310) 555-0123"),
            "max_length": _("Enter the phone number with area code, like (310) 555-0123"),
        },
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("ride_phone") and not data.get("ride_name") and "ride_name" not in self.errors:
            self.add_error("ride_name", ValidationError(_("Enter the name of who takes you home"), code="required"))
        return data

    def ride(self) -> Ride:
        """What was told, once the form is valid; nothing where it is not asked."""
        return Ride(self.cleaned_data.get("ride_name", ""), self.cleaned_data.get("ride_phone", ""))


class VisitForm(RideQuestion):
    """What is asked for one visit. The answers travel from page to page; nothing is stored on the way."""

    submission = SubmissionField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, needs_ride: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_ride:
            del self.fields["ride_name"], self.fields["ride_phone"]

    @property
    def helper(self) -> FormHelper:
        """The fields alone: the page has the form tag, the token and the buttons."""
        helper = FormHelper(self)
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            *(Field(name, wrapper_class="extra-field" if name == "website" else None) for name in self.fields)
        )
        return helper

    def hidden_values(self) -> list[tuple[str, str]]:
        """Every answer as it was typed, to be carried on to the next page."""
        self.full_clean()
        pairs: list[tuple[str, str]] = []
        for name in self.fields:
            value = self.cleaned_data.get(name) if name == "submission" and self.is_bound else self[name].value()
            items = value if isinstance(value, list | tuple) else [value]
            pairs.extend((name, str(item)) for item in items if item not in (None, ""))
        return pairs


class DetailsForm(VisitForm):
    """Who asks and how to reach them. No question about health: nobody watches this for a crisis."""

    name = NameLine(
        label=_("Your full name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
        error_messages={"required": _("Enter your full name"), "max_length": _("Use at most 120 characters")},
    )
    email = EmailLine(
        label=_("E-mail address"),
        help_text=_("We write about this visit only, and no message says what kind of visit it is."),
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
        choices=YES_OR_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you are 18 or older")},
    )
    standing = forms.ChoiceField(
        label=_("Have you been to this office before?"),
        choices=STANDINGS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether you have been here before; “not sure” is fine")},
    )
    # The same answer, where it was given on the first page already.
    been = forms.ChoiceField(label=standing.label, choices=STANDINGS, widget=forms.HiddenInput)
    contact_by = forms.ChoiceField(
        label=_("If we have a question, how may we contact you?"),
        help_text=BY_EMAIL_ALWAYS,
        choices=ContactBy.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how we may contact you")},
    )
    voicemail = forms.ChoiceField(
        label=_("If we call and you are out, may we leave a voicemail?"),
        help_text=_("We say “Dr. Bacchus’s office” and a number to call, nothing more."),
        choices=YES_OR_NO,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose whether we may leave a voicemail")},
    )
    messages = forms.ChoiceField(
        label=_("How much may our e-mails say?"),
        help_text=_("Choose the second if others read your e-mail. You can change it later."),
        choices=MESSAGES,
        initial=FULL,
        required=False,
        widget=forms.RadioSelect,
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

    field_order = [
        *("name", "email", "phone", "adult", "been", "standing", "contact_by", "voicemail", "messages", "insurance"),
        *("ride_name", "ride_phone", "needs", "website", "submission"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.data.get("been") if self.is_bound else self.initial.get("been")
        del self.fields["standing" if given in Standing.values else "been"]
        for name in ("adult", "standing", "been", "contact_by", "voicemail", "messages", "insurance"):
            if name in self.fields:
                self.fields[name].error_messages["invalid_choice"] = _("Choose one of the answers shown")
        self.fields["needs"].error_messages["invalid_choice"] = _("Choose from the answers shown")

    def clean_adult(self) -> str:
        if self.cleaned_data["adult"] != "yes":
            raise ValidationError(
                _("This form is for adults, 18 or older. You can call the office and ask who can help."),
                code="adult",
            )
        return "yes"

    def clean_messages(self) -> str:
        return self.cleaned_data["messages"] or FULL

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
            plain_messages=data["messages"] == PLAIN,
            standing=data.get("standing") or data["been"],
            insurance=data["insurance"],
            needs=sorted(set(data["needs"])),
        )

    def answers(self) -> list[tuple[str, str]]:
        """Questions and answers in words, for “check your answers”."""
        shown = ("name", "email", "phone", "been", "standing", "contact_by", "voicemail", "messages", "insurance")
        names = [name for name in (*shown, "ride_name", "needs") if name in self.fields]
        return [(str(self.fields[name].label), self._in_words(name)) for name in names]

    def _in_words(self, name: str) -> str:
        value = self.cleaned_data[name]
        if name == "phone":
            return as_written(value)
        if name == "ride_name":
            phone = self.cleaned_data["ride_phone"]
            return f"{value}, {as_written(phone)}" if phone else value or str(_("I don’t know yet"))
        labels = dict(getattr(self.fields[name], "choices", ()))
        if name == "needs":
            return ", ".join(str(labels[need]) for need in value) or str(_("None"))
        return str(labels.get(value, value))
