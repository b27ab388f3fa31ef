from io import BytesIO

import pytest
from PIL import Image

from content import pictures

NAME, LINE = "Psychiatry Unplugged", "Soroya Bacchus, MD · Los Angeles"


@pytest.mark.parametrize(
    "title", ["Fees", "Nasal ketamine and esketamine for depression in adults", "Ñandú: ¿qué? " * 9, "W" * 120]
)
def test_any_title_gives_a_small_picture_of_the_right_size(title: str) -> None:
    data = pictures.png(title, NAME, LINE)
    picture = Image.open(BytesIO(data))
    assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert 5_000 < len(data) < 60_000


def test_the_title_is_really_drawn() -> None:
    assert pictures.png("One", NAME, LINE) != pictures.png("Two", NAME, LINE)


def test_the_address_changes_with_anything_drawn() -> None:
    given = [("One", NAME, LINE), ("Two", NAME, LINE), ("One", "Other", LINE), ("One", NAME, "Other")]
    assert len({pictures.digest(*words) for words in given}) == 4


def test_no_line_is_wider_than_the_picture() -> None:
    _, lines = pictures._fit("If it does not work, or you feel worse: what to do then and whom to call")
    assert 2 <= len(lines) <= 4
