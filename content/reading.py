"""How hard a text is to read: Flesch-Kincaid grade, counted the same way every time. Pure."""

import re
from collections.abc import Iterable

# Names that a reader meets whole, and that say nothing about how plain the text is.
NAMES = {"ketamine", "esketamine", "spravato", "quetiapine", "oxycodone", "benzodiazepines", "antidepressant"}
NAMES |= {"antidepressants", "psychiatrist", "california", "palisades", "veterans", "bacchus", "soroya"}

_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)*|\d[\d,.]*")
_DROPPED = re.compile(r"\[@[^\]]*\]|^:::\S*|^::[a-z].*$|^#+\s*|^\s*(?:[-*]|\d+\.)\s+|[*_`]", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")


def plain(markdown: str) -> str:
    """The words a reader sees, without the marks around them."""
    words = _DROPPED.sub("", _LINK.sub(r"\1", markdown))
    return words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").replace("\N{RIGHT DOUBLE QUOTATION MARK}", '"')


def sentences(text: str) -> list[list[str]]:
    """Each sentence as its words. A heading or a list item is one, whether or not it ends in a stop."""
    blocks = re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)", text)
    parts = [part for block in blocks for part in re.split(r"(?<=[.!?])[\"')]*\s+", plain(block))]
    return [words for part in parts if (words := _WORD.findall(part))]


def syllables(word: str) -> int:
    word = word.lower()
    if word in NAMES:
        return 2
    word = re.sub(r"[^a-z]", "", word)
    if len(word) <= 3:
        return 1
    if not word.endswith(("le", "ted", "ded", "ses", "ces", "ges", "ches", "shes", "xes", "zes")):
        word = re.sub(r"(?:es|ed|e)$", "", word)
    elif word.endswith("le") and word[-3:-2] in "aeiou":
        word = word[:-1]
    return max(1, len(re.findall(r"[aeiouy]+", word)) + len(re.findall(r"ia|io(?!n)|eo|ua|uo", word)))


def grade(text: str) -> float:
    """The school grade by Flesch-Kincaid; 0 for a text without words."""
    parts = sentences(text)
    words: Iterable[str] = [word for part in parts for word in part]
    count = sum(len(part) for part in parts)
    if not count:
        return 0.0
    spoken = sum(syllables(word) for word in words)
    return round(0.39 * count / len(parts) + 11.8 * spoken / count - 15.59, 1)


def longest(text: str) -> list[str]:
    return max(sentences(text), key=len, default=[])
