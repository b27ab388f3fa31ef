"""What a page's text may not do, as plain functions over the text. Each yields one line per problem. Pure.

Words and figures are where a health page misleads most easily, so both are checked before anyone reads it.
"""

import re
from collections.abc import Iterator

from content import markdown, reading
from content.files import PageFile, Texts

HARDEST_GRADE = 8.0
LONGEST_SENTENCE = 25  # words

BANNED = (
    r"cure[sd]?",
    r"recover(?:y|ed)? rates?",
    r"success rates?",
    r"astounding",
    r"breakthroughs?",
    r"cutting[- ]edge",
    r"miracles?",
    r"game[- ]changers?",
    r"guarantee[sd]?",
    r"proven",
    r"safe and effective",
    r"no side effects",
    r"non[- ]addictive",
    r"(?:intra)?nasal infusions?",
    r"battling",
    r"suffer(?:s|ed|ing)? from",
    r"substance abuse",
    r"addicts?",
    r"commit(?:s|ted|ting)? suicide",
    r"best",
    r"top",
    r"leading",
    r"dual diagnosis",
    r"85 ?(?:%|percent|(?:out )?of 100)",
    r"instantly",
)
_BANNED = re.compile(rf"(?<![\w-])(?:{'|'.join(BANNED)})(?![\w-])", re.IGNORECASE)

_FIGURE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:out )?of (?:every )?1,?000?\b", re.IGNORECASE)
_CITED = re.compile(r"\[@[a-z0-9-]")
_APPROVED = re.compile(r"\bapproved\b", re.IGNORECASE)
_KETAMINE = re.compile(r"\bketamine\b", re.IGNORECASE)
_SPARED = re.compile(
    r"\b(?:not|never|isn't|esketamine|spravato|anesthetic|no (?:FDA )?approved|no ketamine)\b",
    re.IGNORECASE,
)
_NEAR = 8  # words on either side


def problems(page: PageFile, texts: Texts) -> Iterator[str]:
    yield from banned_words(f"{page.title}\n\n{page.h1}")
    yield from text_problems(page.all_text())
    yield from cannot_render(page, texts)
    paths = {other.path for other in texts.pages}
    yield from (f"there is no page “{path}” to read on" for path in page.related if path not in paths)


def text_problems(text: str) -> Iterator[str]:
    """What holds for any text, a page's or a safety statement's."""
    yield from banned_words(text)
    yield from uncited_figures(text)
    yield from ketamine_approved(text)
    yield from hard_reading(text)


def banned_words(text: str) -> Iterator[str]:
    for match in _BANNED.finditer(text):
        yield f"“{match[0]}” is a word we don't use"


def uncited_figures(text: str) -> Iterator[str]:
    """A paragraph, list item or panel with a percentage or “out of 100” and nothing to show for it."""
    for block in _blocks(text):
        if (match := _FIGURE.search(block)) and not _CITED.search(block):
            yield f"a figure without a source: “{_around(block, match)}”"


def ketamine_approved(text: str) -> Iterator[str]:
    """Ketamine itself is not approved for depression; no sentence may sound as if it were."""
    for sentence in reading.sentences(text):
        for place, word in enumerate(sentence):
            near = " ".join(sentence[max(0, place - _NEAR) : place + _NEAR + 1])
            if _APPROVED.fullmatch(word) and _KETAMINE.search(near) and not _SPARED.search(near):
                yield f"this reads as if ketamine were approved: “{near}”"


def hard_reading(text: str) -> Iterator[str]:
    if (grade := reading.grade(text)) > HARDEST_GRADE:
        yield f"reading grade {grade}; {HARDEST_GRADE:g} is the most"
    longest = reading.longest(text)
    if len(longest) > LONGEST_SENTENCE:
        yield f"a sentence of {len(longest)} words, more than {LONGEST_SENTENCE}: “{' '.join(longest[:8])} …”"


def cannot_render(page: PageFile, texts: Texts) -> Iterator[str]:
    facts = "\n".join(f"- {fact}" for fact in page.key_facts)
    try:
        markdown.render(
            f"{facts}\n\n{page.body}",
            page=page.path,
            sources=texts.sources,
            statements=texts.statements,
            notices={key: notice.for_pages() for key, notice in texts.notices.items()},
            must_say=page.must_say,
        )
    except markdown.TextError as problem:
        yield f"{problem.problem} “{problem.key}”"


def _blocks(text: str) -> list[str]:
    return re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)", text)


def _around(block: str, match: re.Match[str]) -> str:
    return " ".join(block[max(0, match.start() - 30) : match.end() + 20].split())
