"""Every text that comes in from outside passes here. No Django."""

import re
import unicodedata

# Characters that turn the direction of writing and can make a name read as something else.
BIDI = frozenset("\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
# Control characters and lone surrogates; line and paragraph separators break a line like CR and LF do.
REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Letters by their category that nobody sees.
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")


# What the letters of a name carry, once it is taken apart: accents; and the apostrophes that nobody types alike.
MARKS = "[\u0300-\u036f'\u2018\u2019]"


def has_forbidden(value: str) -> bool:
    """Whether it holds control characters (NUL, CR, LF…), lone surrogates or marks that turn the writing."""
    return any(char in BIDI or unicodedata.category(char) in REFUSED for char in value)


def has_letter(value: str) -> bool:
    """Whether there is a letter in it that can be seen."""
    return any(char.isalpha() and char not in BLANK_LETTERS for char in value)


def one_mailbox(email: str) -> str:
    """The same however one mailbox is written: in capitals, wide letters, quotes or with a +tag. Only to count by."""
    mailbox, _, domain = unicodedata.normalize("NFKC", email).casefold().rpartition("@")
    return mailbox.strip('"').partition("+")[0] + "@" + domain


def clean_text(value: str) -> str:
    """One line in composed form, with single spaces and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def bare(text: str) -> str:
    """The letters alone, small: what people are found by. `Patient.found_by` is made in the same way."""
    return re.sub(MARKS, "", unicodedata.normalize("NFD", text)).lower()
