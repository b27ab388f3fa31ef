"""What somebody typed into the search box → what to look for. Bounded; with our words beside theirs, and the closest
word of ours in place of a misspelled one. Pure.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

LONGEST = 100  # characters; more are cut off
MOST_TERMS = 12
_CLOSE = 0.74  # how like one of our words a misspelled one must be; 1 is the same
_SHORTEST = 5  # letters; shorter words are all alike
_LONGEST_WORD = 24

Synonyms = Mapping[str, tuple[str, ...]]
Term = tuple[str, ...]  # a word or phrase as typed, and what else it may be called

_WORD = re.compile(r"[^\W_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}-][^\W_]+)*")
# Quotation marks, OR and a minus before a word are a language of their own, which Postgres reads.
_OPERATORS = re.compile(r'"|(?:^|\s)(?:-\w|OR\s)')
_BOOKING = re.compile(r"\b(?:appointments?|book|booking|schedule|reschedule)\b", re.IGNORECASE)
_CRISIS = re.compile(
    r"\bsuicid"
    r"|\b(?:kill|hurt|harm|cut)(?:ing)? (?:my|him|her|them)sel(?:f|ves)\b|\bself[- ]?harm"
    r"|\bend(?:ing)? (?:my (?:own )?life|it all)\b"
    r"|\b(?:want|wanna|wish)(?: to| i was| i were)? (?:die|dead)\b|\bdon'?t want to (?:live|be here)\b"
    r"|\boverdos|\bcan'?t (?:breathe|go on|wake)\b|\bchest pain\b",
    re.IGNORECASE,
)


def clean(typed: str) -> str:
    """One line of what can be shown, not too long."""
    shown = "".join(sign if sign.isprintable() else " " for sign in typed[: LONGEST * 4])
    return " ".join(shown.split())[:LONGEST].rstrip()


def has_operators(asked: str) -> bool:
    return bool(_OPERATORS.search(asked))


def speaks_of_a_crisis(asked: str) -> bool:
    return bool(_CRISIS.search(asked.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))


def speaks_of_booking(asked: str) -> bool:
    return bool(_BOOKING.search(asked))


def words(text: str) -> list[str]:
    return [word.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'") for word in _WORD.findall(text)]


def terms(asked: Sequence[str], synonyms: Synonyms) -> list[Term]:
    """Each word, or phrase that we know by another name, with its other names. The longest phrase counts.

    Words with the same other names are one term: “where” and “located” ask for the same.
    """
    found: dict[Term, Term] = {}
    place = 0
    while place < len(asked) and len(found) < MOST_TERMS:
        for length in (3, 2, 1):
            phrase = " ".join(asked[place : place + length])
            if length == 1 or phrase in synonyms:
                break
        others = synonyms.get(phrase, ())
        key = others or (phrase,)
        found[key] = (*found.get(key, others), phrase)
        place += phrase.count(" ") + 1
    return [tuple(dict.fromkeys(reversed(names))) for names in found.values()]


def corrected(asked: Sequence[str], vocabulary: Collection[str], synonyms: Synonyms) -> list[str]:
    """The words, each that is not one of ours replaced by the closest that is, if there is one."""
    known = {*vocabulary, *(part for key in synonyms for part in key.split())}
    return [word if word in known else _closest(word, known) for word in asked[:MOST_TERMS]]


def _closest(word: str, known: Collection[str]) -> str:
    if not _SHORTEST <= len(word) <= _LONGEST_WORD or not word.isalpha():
        return word
    near = sorted(other for other in known if len(other) >= _SHORTEST and abs(len(other) - len(word)) <= 3)
    return next(iter(get_close_matches(word, near, n=1, cutoff=_CLOSE)), word)
