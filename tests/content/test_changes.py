import pytest

from content.changes import Run, between


@pytest.mark.parametrize(
    ("before", "after", "runs"),
    [
        ("The same.", "The same.", []),
        ("One.\n\nTwo.", "One.\n\n\nTwo. ", []),
        ("", "New.", [Run("added", "New.\n")]),
        ("Old.", "", [Run("removed", "Old.\n")]),
        (
            "Mind the step.",
            "Mind the cat.",
            [Run("same", "Mind the "), Run("removed", "step"), Run("added", "cat"), Run("same", ".\n")],
        ),
        (
            "One or two hours here.",
            "Two long hours here.",
            [Run("removed", "One or two"), Run("added", "Two long"), Run("same", " hours here.\n")],
        ),
        (
            "Alpha beta gamma delta.",
            "Nothing of that sort, at all!",
            [Run("removed", "Alpha beta gamma delta.\n"), Run("added", "Nothing of that sort, at all!\n")],
        ),
    ],
)
def test_words_are_marked_as_a_person_would(before: str, after: str, runs: list[Run]) -> None:
    assert between(before, after) == runs


def test_what_stayed_is_left_out_but_beside_a_change() -> None:
    lines = [f"Line {n}." for n in range(9)]
    changed = [*lines]
    changed[4] = "Line four."
    assert between("\n\n".join(lines), "\n\n".join(changed)) == [
        Run("skipped", count=3),
        Run("same", "Line 3.\n"),
        Run("same", "Line "),
        Run("removed", "4"),
        Run("added", "four"),
        Run("same", ".\n"),
        Run("same", "Line 5.\n"),
        Run("skipped", count=3),
    ]
