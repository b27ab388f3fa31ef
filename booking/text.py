"""Every text that comes in from outside passes here. No Django."""

import unicodedata

# Characters that turn the direction of writing and can make a name read as something else.
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
# Control characters and lone surrogates; line and paragraph separators break a line like CR and LF do.
REFUSED = frozenset({"Cc", "Cs", "Zl", "Zp"})


def has_forbidden(value: str) -> bool:
    """Whether it holds control characters (NUL, CR, LF…), lone surrogates or marks that turn the writing."""
    return any(char in BIDI or unicodedata.category(char) in REFUSED for char in value)


def clean_text(value: str) -> str:
    """One line in composed form, with single spaces and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", value).split())
