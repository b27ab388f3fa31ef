import pytest

from booking.text import clean_text, has_forbidden


@pytest.mark.parametrize(
    "value", ["a\x00b", "a\r\nBcc: x@example.test", "a\tb", "a\ud800b", "a\u202eb", "a\u2028b", "\x85"]
)
def test_what_no_name_holds_is_refused(value: str) -> None:
    assert has_forbidden(value)


@pytest.mark.parametrize("value", ["José Núñez-Ñ", "李小龍", "Zoë 🙂", "O’Neil", "", "أحمد"])
def test_names_of_the_world_pass(value: str) -> None:
    assert not has_forbidden(value)


def test_text_comes_out_composed_with_single_spaces() -> None:
    assert clean_text("  Jose\u0301   Diaz ") == "José Diaz"
