import pytest

from booking.wording import Slip, filled, slip

DAY_AND_TIME = ("day", "time")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We look forward to seeing you.",
        "Come ten minutes early, at 10 a.m. or so; e.g. by bus and/or on foot.",
        "On {day} at {time}.",
        "Until January 4, 2027 we are on the 5th floor (Suite #530). Questions? Call us!",
        "In an emergency call 911.\n\nTo talk to somebody, call or text 988.",
        "Nos vemos el lunes, ¡hasta pronto! Žižek & Co.",
    ],
)
def test_plain_sentences_may_stand(text: str) -> None:
    assert slip(text, placeholders=DAY_AND_TIME) is None


@pytest.mark.parametrize(
    ("text", "code", "piece"),
    [
        ("On {date}", "braces", "{date}"),
        ("On {day", "braces", "{day"),
        ("On day}", "braces", "}"),
        ("On {{ day }}", "braces", "{{ day }}"),
        ("{{day}}", "braces", "{{day}}"),
        ("{% include 'x' %}", "braces", "{% include 'x' %}"),
        ("{0.__class__}", "braces", "{0.__class__}"),
        ("{day.__class__}", "braces", "{day.__class__}"),
        ("{day!r}", "braces", "{day!r}"),
        ("\uff5bday\uff5d", "braces", "{day}"),
        ("<b>Hi</b>", "markup", "<"),
        ("**Hi**", "markup", "*"),
        ("[here](there)", "markup", "["),
        ("See https://example.test/x today", "address", "https://example.test/x"),
        ("See www.example.test", "address", "www.example.test"),
        ("See example.test.", "address", "example.test."),
        ("See //example", "address", "//example"),
        ("Write to me@example", "address", "me@example"),
        ("javascript:alert", "address", "javascript:alert"),
        ("Hello.Please come", "address", "Hello.Please"),
        ("Call (310) 555-0199", "phone", "310) 555-0199"),
        ("Call +1 310.555.0199", "phone", "+1 310.555.0199"),
        ("Your ketamine visit", "gives_away", "ketamine"),
        ("Your kEtAmInE visit", "gives_away", "ketamine"),
        ("ket\u00adamine", "forbidden", ""),
        ("ket\u200bamine", "forbidden", ""),
        ("a\rBcc: x", "forbidden", ""),
        ("\u202eabc", "forbidden", ""),
        ("a\x00b", "forbidden", ""),
    ],
)
def test_what_may_not_stand_is_named(text: str, code: str, piece: str) -> None:
    assert slip(text, placeholders=DAY_AND_TIME) == Slip(code, piece)


def test_where_no_time_is_told_none_can_be_filled_in() -> None:
    assert slip("On {day}", placeholders=()) == Slip("braces", "{day}")


def test_only_what_is_known_is_filled_in_and_what_comes_in_is_not_looked_at_again() -> None:
    values = {"day": "{time}", "time": "10:00 AM"}

    assert filled("{day}, {time}, {0}, {other}, {day.real}", values) == "{time}, 10:00 AM, {0}, {other}, {day.real}"
