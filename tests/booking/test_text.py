import pytest

from booking.text import clean_text, has_forbidden, has_letter, one_mailbox


@pytest.mark.parametrize(
    "value", ["a\x00b", "a\r\nBcc: x@example.test", "a\tb", "a\ud800b", "a\u202eb", "a\u061cb", "a\u2028b", "\x85"]
)
def test_what_no_name_holds_is_refused(value: str) -> None:
    assert has_forbidden(value)


@pytest.mark.parametrize("value", ["José Núñez-Ñ", "李小龍", "Zoë 🙂", "O’Neil", "", "أحمد"])
def test_names_of_the_world_pass(value: str) -> None:
    assert not has_forbidden(value)


@pytest.mark.parametrize("value", ["", "\u200b", "\u3164", "42", "\u115f\u1160", "🙂"])
def test_a_name_without_a_letter_that_can_be_seen(value: str) -> None:
    assert not has_letter(value)


@pytest.mark.parametrize("value", ["O’Neil", "李", "أحمد", "\u200bA"])
def test_a_name_with_a_letter(value: str) -> None:
    assert has_letter(value)


@pytest.mark.parametrize(
    "email",
    ["ana@example.test", "Ana@Example.TEST", '"ana"@example.test', "ana+a+b@example.test", "ａna@ｅxample.test"],
)
def test_one_mailbox_counts_as_one(email: str) -> None:
    assert one_mailbox(email) == "ana@example.test"


def test_text_comes_out_composed_with_single_spaces() -> None:
    assert clean_text("  Jose\u0301   Diaz ") == "José Diaz"
