import pytest

from content import reading


@pytest.mark.parametrize(
    ("word", "count"),
    [("a", 1), ("makes", 1), ("whole", 1), ("table", 2), ("started", 2), ("watched", 1), ("ketamine", 2),
     ("radio", 3), ("medicine", 3), ("nation", 2), ("beautiful", 3)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert reading.syllables(word) == count


def test_a_heading_and_each_list_item_is_a_sentence() -> None:
    text = "## Why?\n\nOne two. Three four.[@a]\n\n- five\n- [six](/x/) seven\n\n::safety key"
    assert reading.sentences(text) == [["Why"], ["One", "two"], ["Three", "four"], ["five"], ["six", "seven"]]


def test_grades_tell_plain_from_hard() -> None:
    """The opening of the Gettysburg address is usually given grade 10 to 12 by this formula."""
    gettysburg = (
        "Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in "
        "Liberty, and dedicated to the proposition that all men are created equal. Now we are engaged in a great "
        "civil war, testing whether that nation, or any nation so conceived and so dedicated, can long endure."
    )
    assert 10 < reading.grade(gettysburg) < 15
    assert reading.grade("The cat sat on the mat. It was fat.") < 1
    assert reading.grade("") == 0
