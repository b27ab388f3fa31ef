"""What stands in a text by name and is put in when the page is shown, because it changes without the text. Pure.

    ::practice address     a fact of the practice: templates/content/practice/address.html
    ::drawing visit        a drawing: templates/content/drawings/visit.svg

The rendered page holds an empty element in that place; `pieces` splits the page there.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PRACTICE = frozenset({
    "access", "accessibility", "address", "cancellation", "certification", "conflicts", "doctor", "email", "fees",
    "first-visit", "hours", "insurance", "languages", "license", "medicine", "parking", "phone", "pickup",
    "privacy-notice", "reply", "ride", "taglines", "transit",
})  # fmt: skip
DRAWINGS = frozenset({"visit", "course", "how-it-may-work"})
KEYS = {"practice": PRACTICE, "drawing": DRAWINGS}

_MARKER = re.compile(r'<div class="live-(practice|drawing)-([a-z0-9-]+)"></div>\n?')


@dataclass(frozen=True, slots=True)
class Piece:
    """Either finished HTML, or the template to put in its place."""

    html: str = ""
    template: str = ""


def marker(kind: str, key: str) -> str:
    return f'<div class="live-{kind}-{key}"></div>\n'


def template(kind: str, key: str) -> str:
    return f"content/practice/{key}.html" if kind == "practice" else f"content/drawings/{key}.svg"


def pieces(html: str) -> Iterator[Piece]:
    """The page in order. An element may begin in one piece and end in another; together they are whole."""
    done = 0
    for match in _MARKER.finditer(html):
        if match.start() > done:
            yield Piece(html=html[done : match.start()])
        yield Piece(template=template(match[1], match[2]))
        done = match.end()
    if html[done:]:
        yield Piece(html=html[done:])
