"""Words that would tell a stranger why somebody sees this practice. No Django.

What patients are sent and what stands in an address, a subject or a calendar is read by others too: on a locked
screen, in a browser's history, at work.
"""

import unicodedata

# Parts of words, in lower case.
GIVES_AWAY = (
    "addict", "antidepress", "anxiet", "anxious", "bipolar", "counsel", "depress", "detox", "disorder", "infusion",
    "ketamin", "medication", "mental", "nasal", "panic", "psych", "ptsd", "rehab", "spravato", "suicid",
    "therap", "trauma", "treatment",
)  # fmt: skip
# Words that are parts of harmless others.
WHOLE_WORDS = frozenset(
    {"adhd", "dosing", "drip", "ect", "iv", "mania", "manic", "mood", "ocd", "rems", "spray", "tms"}
)


def gives_away(text: str) -> str | None:
    """The first word in `text` that names a condition, a treatment or the specialty, or None."""
    # Without accents, and without what nobody sees: hyphens of a copied page, joiners, selectors.
    seen = (char for char in unicodedata.normalize("NFKD", text) if unicodedata.category(char) not in ("Mn", "Cf"))
    plain = "".join(seen).casefold()
    joined = "".join(char for char in plain if unicodedata.category(char) != "Pd")
    words = [*_words(plain), *_words(joined)]
    return next((word for word in words if word in WHOLE_WORDS or any(part in word for part in GIVES_AWAY)), None)


def _words(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()
