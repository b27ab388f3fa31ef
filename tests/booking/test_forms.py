from typing import Any

import pytest
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from phonenumber_field.phonenumber import PhoneNumber

from booking.actions import NO_RIDE, Ride
from booking.forms import DetailsForm, VisitForm
from booking.models import Need
from tests.booking.factories import form_data, make_details


def filled(**changes: Any) -> DetailsForm:
    data: MultiValueDict[str, Any] = MultiValueDict()
    for name, value in form_data(**changes).items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return DetailsForm(data)


def errors(form: DetailsForm) -> dict[str, list[str]]:
    return {name: [str(error) for error in found] for name, found in form.errors.items()}


def test_a_filled_in_form_gives_details() -> None:
    form = filled()

    assert errors(form) == {}
    assert form.details() == make_details()


def test_an_empty_form_names_every_question() -> None:
    form = DetailsForm(QueryDict())

    assert errors(form) == {
        "name": ["Enter your full name"],
        "email": ["Enter your e-mail address, like name@example.com"],
        "phone": ["Enter your phone number, like (310) 555-0123"],
        "adult": ["Choose whether you are 18 or older"],
        "standing": ["Choose whether you have been here before; “not sure” is fine"],
        "contact_by": ["Choose how we may contact you"],
        "voicemail": ["Choose whether we may leave a voicemail"],
        "insurance": ["Choose whether you will use insurance; “not sure” is fine"],
    }


@pytest.mark.parametrize("field", ["name", "email", "phone"])
@pytest.mark.parametrize(
    "poison", ["Ana\x00Diaz", "Ana\r\nBcc: eve@example.test", "Ana\ud800", "Ana\u202eDiaz", "A\u2028B"]
)
def test_control_characters_are_refused_beside_the_field(field: str, poison: str) -> None:
    form = filled(**{field: poison})

    assert list(errors(form)) == [field]
    assert form[field].value() == poison


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 121),
        ("email", "x" * 250 + "@example.test"),
        ("email", "ana@"),
        ("phone", "12"),
        ("phone", "5" * 60),
    ],
)
def test_what_is_too_long_or_no_address_is_refused(field: str, value: str) -> None:
    assert list(errors(filled(**{field: value}))) == [field]


@pytest.mark.parametrize("name", ["https://evil.example", "<script>", "ana@example.test", "a\\b"])
def test_a_name_is_no_address(name: str) -> None:
    assert errors(filled(name=name)) == {"name": ["Enter a name without the characters / : < > @"]}


@pytest.mark.parametrize("field", ["standing", "contact_by", "insurance", "voicemail", "messages"])
def test_an_answer_that_is_not_offered_is_refused(field: str) -> None:
    assert errors(filled(**{field: "confirmed"})) == {field: ["Choose one of the answers shown"]}


def test_needs_are_optional_and_from_the_list() -> None:
    form = filled(needs=["hearing", "interpreter"])
    assert form.is_valid()
    assert form.details().needs == [Need.HEARING, Need.INTERPRETER]
    assert errors(filled(needs=["diagnosis"])) == {"needs": ["Choose from the answers shown"]}


def test_who_is_not_an_adult_is_asked_to_call() -> None:
    assert errors(filled(adult="no")) == {
        "adult": ["This form is for adults, 18 or older. You can call the office and ask who can help."]
    }


def test_programs_that_fill_in_everything_are_stopped_and_told() -> None:
    assert list(errors(filled(website="https://example.test"))) == ["website"]


@pytest.mark.parametrize("phone", ["310-555-0123", "+1 310 555 0123", "(310) 555 0123", "3105550123", " 310.555.0123 "])
def test_a_phone_number_may_be_written_in_any_way(phone: str) -> None:
    form = filled(phone=phone)

    assert form.is_valid()
    assert form.details().phone == "+13105550123"


def test_a_name_is_kept_in_composed_form() -> None:
    form = filled(name="  Jose\u0301   Núñez ")

    assert form.is_valid()
    assert form.details().name == "José Núñez"


def test_the_answers_travel_on_as_typed() -> None:
    form = filled(needs=["hearing", "vision"])
    assert form.is_valid()

    again: MultiValueDict[str, Any] = MultiValueDict()
    for name, value in form.hidden_values():
        again.appendlist(name, value)
    second = DetailsForm(again)

    assert second.is_valid()
    assert second.details() == form.details()
    assert second.cleaned_data["submission"] == form.cleaned_data["submission"]


def test_a_broken_submission_id_is_made_anew() -> None:
    form = filled(submission="not an id")

    assert form.is_valid()
    assert dict(form.hidden_values())["submission"] == str(form.cleaned_data["submission"])


def test_messages_say_everything_unless_told_otherwise() -> None:
    told = [filled(), filled(messages="full"), filled(messages="plain")]

    assert all(form.is_valid() for form in told)
    assert [form.details().plain_messages for form in told] == [False, False, True]
    assert dict(told[0].answers())["How much may our e-mails say?"].startswith("Day, time and place")


def test_a_ride_is_taken_only_where_it_is_asked() -> None:
    data = form_data(ride_name="Max Diaz", ride_phone="310 555 0199")
    asked, not_asked = DetailsForm(data, needs_ride=True), DetailsForm(data)

    assert asked.is_valid()
    assert not_asked.is_valid()
    assert asked.ride() == Ride("Max Diaz", PhoneNumber.from_string("+13105550199"))
    assert not_asked.ride() == NO_RIDE
    assert VisitForm({}, needs_ride=True).is_valid()
