"""Tables as text, by RFC 4180, in which no spreadsheet finds a formula. No Django."""

import csv
import unicodedata
from collections.abc import Iterable
from io import StringIO

# What makes a formula of a cell, once wide, small and raised forms are taken for what they stand for.
SIGNS = frozenset("=+-\N{MINUS SIGN}@")
# What a spreadsheet may read over before it looks: spaces, marks that nobody sees, control characters, quotes.
READ_OVER = ("Z", "C")
QUOTES = frozenset("\"'\N{RIGHT SINGLE QUOTATION MARK}")
BREAKS = frozenset({"Cc", "Zl", "Zp"})  # tabs, ends of lines and the like


def cell(text: str) -> str:
    """The text on one line, with an apostrophe before whatever could begin a formula.

    Some spreadsheets part cells at a semicolon, whatever stands in quotes: what follows one is looked at, too.
    """
    line = "".join(" " if unicodedata.category(char) in BREAKS else char for char in text)
    return ";".join(f"'{part}" if begins_formula(part) else part for part in " ".join(line.split()).split(";"))


def begins_formula(text: str) -> bool:
    seen = (char for char in text if unicodedata.category(char)[0] not in READ_OVER and char not in QUOTES)
    return unicodedata.normalize("NFKC", next(seen, ""))[:1] in SIGNS


def table(rows: Iterable[Iterable[str]]) -> bytes:
    """Every cell in quotes, CRLF after each row, and the mark by which Excel knows UTF-8."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([cell(text) for text in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
