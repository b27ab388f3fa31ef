"""What may stand in the practice's own words to a patient, and how they are filled in. No Django.

Plain sentences. Whatever an address, a number or a sign could do in somebody's mail program, it does not stand in them.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from booking.discreet import gives_away
from booking.text import has_forbidden

PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)\}(?!\})")
BRACES = re.compile(r"\{+[^{}]*\}*|\}+")
MARKUP = re.compile(r"[<>\[\]*_`|\\^~]")
# “www.example.test”, “example.test”, “name@…”, “mailto:…”, and “//”: mail programs make links of these by themselves.
ADDRESS = re.compile(r"\S*(?:@|//|www\.|\w\.(?=[^\W\d_]{2})|[^\W\d_]{2}:(?=[^\s\d]))\S*", re.IGNORECASE)
PHONE = re.compile(r"\+?\d(?:[\s().-]*\d){6,}")


@dataclass(frozen=True)
class Slip:
    """What is wrong, by name, and the piece of text that it is about."""

    code: str
    piece: str = ""


def slip(text: str, *, placeholders: Collection[str]) -> Slip | None:
    """The first thing in `text` that may not stand in a message, or None."""
    if any(has_forbidden(line) for line in text.split("\n")) or any(unicodedata.category(one) == "Cf" for one in text):
        return Slip("forbidden")
    bare = PLACEHOLDER.sub(lambda found: "" if found[1] in placeholders else found[0], text)
    plain = unicodedata.normalize("NFKC", bare)
    for code, pattern in (("braces", BRACES), ("markup", MARKUP), ("address", ADDRESS), ("phone", PHONE)):
        if found := pattern.search(plain):
            return Slip(code, found[0].strip())
    word = gives_away(text)
    return Slip("gives_away", word) if word else None


def filled(text: str, values: Mapping[str, str]) -> str:
    """With what the placeholders stand for. Nothing else in braces means anything."""
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
