import pytest

from booking.discreet import gives_away
from booking.management.commands.load_demo import VISIT_TYPES


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Ketamine visit", "ketamine"),
        ("ESKETAMINE", "esketamine"),
        ("spravato-visit", "spravato"),
        ("For people with depression.", "depression"),
        ("antidepressants", "antidepressants"),
        ("Psychiatric first visit", "psychiatric"),
        ("Treatment, monitored", "treatment"),
        ("Infusion", "infusion"),
        ("Nasal spray", "nasal"),
        ("Spray", "spray"),
        ("TMS", "tms"),
        ("ＥＣＴ", "ect"),
        ("Counseling", "counseling"),
        ("Psych\u00adiatric visit", "psychiatric"),
        ("The\u200brapy", "therapy"),
        ("Thérapie", "therapie"),
        ("ther\ufe0fapy", "therapy"),
        ("Keta-mine", "ketamine"),
        ("Keta\u2011mine", "ketamine"),
        ("Ketamin", "ketamin"),
        ("IV drip", "iv"),
        ("Dosing", "dosing"),
        ("Your mood", "mood"),
        ("First visit", None),
        ("Drive to the mood-lit river", "mood"),
        ("Drive to the river; ask for Ivy", None),
        ("Please select a direction, then respray", None),
        ("Follow-up visit", None),
        ("", None),
    ],
)
def test_gives_away(text: str, word: str | None) -> None:
    assert gives_away(text) == word


def test_the_example_kinds_of_visit_give_nothing_away() -> None:
    texts = [values[name] for values in VISIT_TYPES for name in ("slug", "name", "description")]
    assert [text for text in texts if gives_away(text)] == []
