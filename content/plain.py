"""The words of a rendered page, for search: its headings and its text, without marks, numbers of sources and drawings.

A fact of the practice is put in only when the page is shown; its name counts as a heading. Pure.
"""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

_HEADINGS = {"h2", "h3", "h4"}
_LEFT_OUT = {"sup", "svg"}
_INLINE = {"a", "br", "em", "strong"}
_STOPS = ".?!:;,…"
_FACT = re.compile(r"live-practice-([a-z-]+)")


@dataclass(frozen=True, slots=True)
class Words:
    headings: str
    text: str


def words(html: str) -> Words:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Words(headings=_one_line(reader.headings), text=_one_line(reader.text))


def _one_line(parts: list[str]) -> str:
    return " ".join("".join(parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.headings: list[str] = []
        self.text: list[str] = []
        self._left_out = 0
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._left_out += tag in _LEFT_OUT
        if match := _FACT.fullmatch(dict(attrs).get("class") or ""):
            self.headings.append(f" {match[1].replace('-', ' ')}. ")
        self._in_heading |= tag in _HEADINGS
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)
        self._left_out -= tag in _LEFT_OUT
        self._in_heading &= tag not in _HEADINGS

    def handle_data(self, data: str) -> None:
        if not self._left_out:
            # Postgres would take these signs for tags, even in plain text.
            plain = data.replace("<", " ").replace(">", " ")
            (self.headings if self._in_heading else self.text).append(plain)

    def _part(self, tag: str) -> None:
        """Two blocks never run into one word, nor two items of a list into one sentence."""
        if tag in _INLINE or tag in _LEFT_OUT:
            return
        parts = self.headings if self._in_heading else self.text
        said = "".join(parts[-3:]).rstrip()
        parts.append(" " if not said or said[-1] in _STOPS else ". ")
