"""Search over the published pages, in Postgres. What is looked for is neither kept nor logged.

First all the words as typed; then with misspelled ones corrected; then pages with only some of them. Each word counts
as found where a page has it or another name for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.db.models import F
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from content import asking
from content.models import Page
from content.synonyms import SYNONYMS

CONFIG = "english"
MOST = 20  # pages shown
_BEGIN, _END = "\x02", "\x03"  # around a word found; no text holds these
_STOPS = (".", "?", "!")


@dataclass(frozen=True, slots=True)
class Hit:
    path: str
    heading: str
    snippet: SafeString


@dataclass(frozen=True, slots=True)
class Found:
    asked: str
    shown: str = ""  # what was looked for in the end, where it differs from what was asked
    hits: list[Hit] = field(default_factory=list)
    some_words: bool = False
    in_crisis: bool = False

    @property
    def of_booking(self) -> bool:
        return asking.speaks_of_booking(f"{self.asked} {self.shown}")


def find(typed: str, language: str) -> Found:
    asked = asking.clean(typed)
    in_crisis = asking.speaks_of_a_crisis(asked)
    if asking.has_operators(asked) and (hits := _hits(_websearch(asked), language)):
        return Found(asked, hits=hits, in_crisis=in_crisis)
    words = asking.words(asked)
    synonyms = SYNONYMS.get(language, {})
    if hits := _hits(_all(asking.terms(words, synonyms)), language):
        return Found(asked, hits=hits, in_crisis=in_crisis)
    better = asking.corrected(words, _vocabulary(language), synonyms)
    terms = asking.terms(better, synonyms)
    shown = " ".join(better) if better != words[: len(better)] else ""
    in_crisis = in_crisis or asking.speaks_of_a_crisis(shown)
    if shown and (hits := _hits(_all(terms), language)):
        return Found(asked, shown=shown, hits=hits, in_crisis=in_crisis)
    hits = _hits(_any(terms), language)
    return Found(asked, shown=shown if hits else "", hits=hits, some_words=len(terms) > 1, in_crisis=in_crisis)


def _websearch(words: str) -> SearchQuery:
    return SearchQuery(words, search_type="websearch", config=CONFIG)


def _one_of(term: asking.Term) -> SearchQuery:
    return _websearch(" OR ".join(f'"{name}"' for name in term))


def _all(terms: Sequence[asking.Term]) -> SearchQuery | None:
    return reduce(and_, map(_one_of, terms)) if terms else None


def _any(terms: Sequence[asking.Term]) -> SearchQuery | None:
    return reduce(or_, map(_one_of, terms)) if terms else None


def _hits(query: SearchQuery | None, language: str) -> list[Hit]:
    if query is None:
        return []
    rows = (
        Page.objects.published()
        .filter(language=language, search=query)
        .annotate(
            rank=SearchRank(F("search"), query),
            snippet=SearchHeadline(
                "plain_text",
                query,
                config=CONFIG,
                start_sel=_BEGIN,
                stop_sel=_END,
                min_words=10,
                max_words=24,
                max_fragments=2,
                fragment_delimiter=" … ",
            ),
        )
        .order_by("-rank", "path")
        .values_list("path", "h1", "summary", "snippet")[:MOST]
    )
    return [Hit(path, heading, _marked(snippet) or escape(summary)) for path, heading, summary, snippet in rows]


def _marked(snippet: str) -> SafeString | None:
    """The words around those found. None where they stand in the heading only."""
    if _BEGIN not in snippet:
        return None
    words = snippet.strip(_BEGIN)
    before = "" if words[:1].isupper() else "… "
    after = "" if words[-1:] in _STOPS else " …"
    html = escape(snippet).replace(_BEGIN, "<mark>").replace(_END, "</mark>")
    return mark_safe(f"{before}{html}{after}")  # noqa: S308  escaped above


def _vocabulary(language: str) -> set[str]:
    texts = Page.objects.published().filter(language=language)
    rows = texts.values_list("h1", "summary", "plain_headings", "plain_text")
    return {word for row in rows for text in row for word in asking.words(text)}
