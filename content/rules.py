"""What our texts must keep to. `manage.py check` asks it of every file, the editor of every text that staff publish.

Pure but for the words, which can be translated. Every problem says what is wrong and what to do instead.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from content import markdown, reading
from content.files import PageFile, Texts

HARDEST_GRADE = 8.0
LONGEST_SENTENCE = 25  # words

# Words we don't use (regular expressions) → what to do instead.
_PROMISE = gettext_lazy("It promises more than anybody can know. Say what is known.")
_PRAISE = gettext_lazy("It praises. Say what is known, and let readers judge.")
_PERSON = gettext_lazy("Name the person first: “a person with …”, “a substance use disorder”.")
BANNED = {
    r"cure[sd]?": gettext_lazy("Nothing here cures. Say what it may help with."),
    r"recover(?:y|ed)? rates?": gettext_lazy("Say how many of 100 people, beside the comparison."),
    r"success rates?": gettext_lazy("Say how many of 100 people, beside the comparison."),
    r"astounding": _PRAISE,
    r"breakthroughs?": _PRAISE,
    r"cutting[- ]edge": _PRAISE,
    r"miracles?": _PROMISE,
    r"game[- ]changers?": _PRAISE,
    r"guarantee[sd]?": _PROMISE,
    r"proven": _PROMISE,
    r"safe and effective": _PROMISE,
    r"no side effects": _PROMISE,
    r"non[- ]addictive": gettext_lazy("It can be misused. Say so."),
    r"(?:intra)?nasal infusions?": gettext_lazy("A spray goes in the nose; an infusion goes in a vein."),
    r"battling": gettext_lazy("Say “living with” or “has”."),
    r"suffer(?:s|ed|ing)? from": gettext_lazy("Say “living with” or “has”."),
    r"substance abuse": _PERSON,
    r"addicts?": _PERSON,
    r"commit(?:s|ted|ting)? suicide": gettext_lazy("Say “died by suicide” or “ended their life”."),
    r"best": _PRAISE,
    r"top": _PRAISE,
    r"leading": _PRAISE,
    r"dual diagnosis": gettext_lazy("Say both conditions by their names."),
    r"85 ?(?:%|percent|(?:out )?of 100)": gettext_lazy("No study we know shows this figure."),
    r"instantly": gettext_lazy("Say how soon, in hours or days, with the source."),
}
_BANNED = [
    (re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), instead) for pattern, instead in BANNED.items()
]

_FIGURE = re.compile(r"\d\s?%|\bper ?cent\b|\b(?:out )?of (?:every )?1,?000?\b", re.IGNORECASE)
_CITED = re.compile(r"\[@[a-z0-9-]")
_APPROVED = re.compile(r"\bapproved\b", re.IGNORECASE)
_KETAMINE = re.compile(r"\bketamine\b", re.IGNORECASE)
_SPARED = re.compile(
    r"\b(?:not|never|isn't|esketamine|spravato|anesthetic|no (?:FDA )?approved|no ketamine)\b",
    re.IGNORECASE,
)
_NEAR = 8  # words on either side


@dataclass(frozen=True, slots=True)
class Problem:
    """Which field of a page, and what to do about it."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a text may name."""

    sources: Container[str]
    statements: Mapping[str, markdown.Statement]
    notices: Mapping[str, markdown.Statement]
    paths: Container[str]

    @classmethod
    def of(cls, texts: Texts) -> "Known":
        notices = {key: notice.for_pages() for key, notice in texts.notices.items()}
        return cls(texts.sources, texts.statements, notices, {page.path for page in texts.pages})


def problems(page: PageFile, known: Known) -> Iterator[Problem]:
    yield from cannot_render(page, known)
    for field in ("title", "h1"):
        yield from (Problem(field, text) for text in banned_words(getattr(page, field)))
    for field, words in (
        ("summary", page.summary),
        ("key_facts", "\n".join(f"- {fact}" for fact in page.key_facts)),
        ("body", page.body),
    ):
        yield from (Problem(field, text) for text in sentence_problems(words))
    yield from (Problem("body", text) for text in hard_reading(page.all_text()))
    for path in page.related:
        if path not in known.paths:
            yield Problem("related", _("There is no page “%(path)s” to read on.") % {"path": path})


def text_problems(text: str) -> Iterator[str]:
    """What holds for any text, a page's or a safety statement's."""
    yield from sentence_problems(text)
    yield from hard_reading(text)


def sentence_problems(text: str) -> Iterator[str]:
    """What can be said of a part of a page."""
    yield from banned_words(text)
    yield from uncited_figures(text)
    yield from ketamine_approved(text)
    yield from long_sentences(text)


def banned_words(text: str) -> Iterator[str]:
    for pattern, instead in _BANNED:
        for match in pattern.finditer(text):
            yield _("“%(word)s” is a word we don’t use. %(instead)s") % {"word": match[0], "instead": instead}


def uncited_figures(text: str) -> Iterator[str]:
    """A paragraph, list item or panel with a percentage or “out of 100” and nothing to show for it."""
    for block in _blocks(text):
        if (match := _FIGURE.search(block)) and not _CITED.search(block):
            yield _("A figure needs its source in the same paragraph, like [@key]: “%(words)s”.") % {
                "words": _around(block, match)
            }


def ketamine_approved(text: str) -> Iterator[str]:
    """Ketamine itself is not approved for depression; no sentence may sound as if it were."""
    for sentence in reading.sentences(text):
        for place, word in enumerate(sentence):
            near = " ".join(sentence[max(0, place - _NEAR) : place + _NEAR + 1])
            if _APPROVED.fullmatch(word) and _KETAMINE.search(near) and not _SPARED.search(near):
                yield _(
                    "This reads as if ketamine were approved for depression, which it is not: “%(words)s”."
                    " Say “not approved”, or name esketamine if you mean it."
                ) % {"words": near}


def long_sentences(text: str) -> Iterator[str]:
    for sentence in reading.sentences(text):
        if len(sentence) > LONGEST_SENTENCE:
            yield ngettext(
                "A sentence has %(count)d word, more than %(most)d. Make two of it: “%(words)s …”.",
                "A sentence has %(count)d words, more than %(most)d. Make two of it: “%(words)s …”.",
                len(sentence),
            ) % {"count": len(sentence), "most": LONGEST_SENTENCE, "words": " ".join(sentence[:8])}


def hard_reading(text: str) -> Iterator[str]:
    if (grade := reading.grade(text)) > HARDEST_GRADE:
        yield _(
            "The text reads at school grade %(grade)s; %(most)g is the most."
            " Use shorter words and sentences where you can."
        ) % {"grade": grade, "most": HARDEST_GRADE}


def cannot_render(page: PageFile, known: Known) -> Iterator[Problem]:
    for key in markdown.missing_statements(page.body, page.must_say):
        yield Problem("body", explain(markdown.MissingStatement(page.path, key)))
    for field, text in (("key_facts", "\n".join(f"- {fact}" for fact in page.key_facts)), ("body", page.body)):
        try:
            markdown.render(
                text, page=page.path, sources=known.sources, statements=known.statements, notices=known.notices
            )
        except markdown.TextError as problem:
            yield Problem(field, explain(problem))


def explain(problem: markdown.TextError) -> str:
    """For whoever wrote the text."""
    match problem:
        case markdown.UnknownCitation():
            text = _("There is no source with the key “%(key)s”.")
        case markdown.UnknownStatement():
            text = _("There is no safety statement with the key “%(key)s”.")
        case markdown.UnknownNotice():
            text = _("There is no notice with the key “%(key)s”.")
        case markdown.UnknownFact():
            text = _("There is no fact of the practice with the key “%(key)s”.")
        case markdown.UnknownDrawing():
            text = _("There is no drawing with the key “%(key)s”.")
        case markdown.UnknownDirective():
            text = _(
                "The line “%(key)s” is not understood. Say ::safety, ::notice, ::practice or ::drawing, and a key."
            )
        case _:
            text = _("This page must include the safety statement “%(key)s”: put back the line “::safety %(key)s”.")
    return text % {"key": problem.key}


def _blocks(text: str) -> list[str]:
    return re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.)\s)", text)


def _around(block: str, match: re.Match[str]) -> str:
    return " ".join(block[max(0, match.start() - 30) : match.end() + 20].split())
