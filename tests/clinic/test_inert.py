"""What is in a file is a table and nothing else, whoever typed it."""

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinic import inert

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "﹢", "﹣", "﹦", "﹫", "⁺", "⁻", "−")
NASTY = st.one_of(
    st.text(alphabet=[*"=+-@|;,\"'!A1 \t\r\n\x00\x0b\x1f", *STARTS, "\ufeff", "\u200b", "\u202e", "\u00a0", "\u2028"]),
    st.text(),
    st.sampled_from(["=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://x")', "-2+3", "+1 310"]),
)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def is_inert(text: str) -> bool:
    """By another way than the code's: what a spreadsheet may read over is thrown away, and no sign comes first."""
    for part in [text, *text.split(";")]:
        left = "".join(char for char in part if not (char.isspace() or unicodedata.category(char)[0] in "CZ"))
        if left.strip('"').startswith(STARTS):
            return False
    return not any(char in text for char in "\t\r\n\x0b\x0c\x85\u2028\u2029\x00")


@given(st.lists(st.lists(NASTY, min_size=2, max_size=2), max_size=5))
@example([["=1+1", ' "=1+1'], ["a;=1+1", "a\r\n=1+1"], ["\t=1", "\u200b=1"]])
def test_whatever_is_typed_comes_back_as_so_many_inert_cells(rows: list[list[str]]) -> None:
    found = read(inert.table(rows))

    assert [len(row) for row in found] == [2] * len(rows)
    assert all(is_inert(text) for row in found for text in row), found


@given(NASTY)
def test_nothing_is_lost_but_breaks_and_double_spaces(text: str) -> None:
    line = "".join(" " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char for char in text)

    assert inert.cell(text).replace("'", "") == " ".join(line.split()).replace("'", "")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Ana Diaz", "Ana Diaz"),
        ("(310) 555-0123", "(310) 555-0123"),
        ("+13105550123", "'+13105550123"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("a; =1+1", "a;' =1+1"),
        ("Ana; Bo", "Ana; Bo"),
        ("“quoted”, O’Neill", "“quoted”, O’Neill"),
        ("two\r\nlines", "two lines"),
        ("", ""),
    ],
)
def test_cells(typed: str, written: str) -> None:
    assert inert.cell(typed) == written


def test_the_file_is_as_the_standard_says() -> None:
    content = inert.table([["Name", 'He said "no"'], ["Zoë", "a,b"]])

    assert content == '\ufeff"Name","He said ""no"""\r\n"Zoë","a,b"\r\n'.encode()
