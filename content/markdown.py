"""Markdown of a page → safe HTML, its table of contents, and the sources it cites.

Pure: plain values in, plain values out. On top of CommonMark there are a few small things:

    a fact.[@key]  or  a fact.[@one; @two]     a citation, numbered in order of first use
    ::safety key                               a safety statement, kept once and included by key
    ::notice key                               a legal notice, likewise
    ::practice key  and  ::drawing key         put in when the page is shown; see live.py
    :::facts Title … :::                       a panel; also callout, info, urgent and emergency
    :::checklist … :::  and  :::blanks … :::   a list to tick off, and lines to fill in, on a printed sheet
    :::people … :::                            each paragraph "53 of 100: who" drawn as a hundred people
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from content.live import KEYS, marker

TOC_FROM = 4  # second-level headings; a shorter page is seen at a glance
PANELS = {  # container → (CSS class, heading of its title)
    "facts": ("facts", "h2"),
    "callout": ("callout", "h3"),
    "info": ("callout calm", "h3"),
    "urgent": ("callout", "h3"),
    "emergency": ("callout emergency", "h3"),
    "checklist": ("checklist", "h3"),
    "blanks": ("blanks", "h3"),
}

_CITATION = re.compile(r"\[(@[a-z0-9-]+(?:\s*;\s*@[a-z0-9-]+)*)\]")
_INCLUDED = re.compile(r"^::(safety|notice)[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_DIRECTIVE = re.compile(r"::([a-z]+)(?:[ \t]+(\S.*?))?[ \t]*")
_PEOPLE = re.compile(r"^(\d{1,3}) of 100:\s*")
_TAKEN_IDS = ("main", "sources", "toc", "read-next")  # used by the page around the text
_TAGS = {"a", "blockquote", "br", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "sup", "ul"}
_TAGS |= {"figure", "figcaption", "svg", "path"}
_ATTRIBUTES = {
    "a": {"href", "id", "role"},
    "path": {"class", "d"},
    "div": {"class"},
    "h2": {"id"},
    "h3": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "svg": {"aria-hidden", "height", "viewbox", "viewBox", "width"},
}


class TextError(ValueError):
    """A text that can't be shown as written. Says which page and which key."""

    def __init__(self, page: str, key: str) -> None:
        super().__init__(f"{page}: {self.problem} “{key}”")
        self.page, self.key = page, key

    problem = "problem with"


class UnknownCitation(TextError):
    problem = "there is no source with the key"


class UnknownStatement(TextError):
    problem = "there is no safety statement with the key"


class UnknownNotice(TextError):
    problem = "there is no notice with the key"


class UnknownFact(TextError):
    problem = "there is no fact of the practice with the key"


class UnknownDrawing(TextError):
    problem = "there is no drawing with the key"


class UnknownDirective(TextError):
    problem = "this line is not understood:"


class MissingStatement(TextError):
    problem = "this page must include the safety statement"


@dataclass(frozen=True, slots=True)
class Statement:
    title: str
    text: str
    level: str


@dataclass(frozen=True, slots=True)
class Rendered:
    html: str
    toc: list[dict[str, str]]
    citations: list[str]
    statements: list[str]
    notices: list[str]


def render(
    text: str,
    *,
    page: str,
    sources: Container[str],
    statements: Mapping[str, Statement],
    notices: Mapping[str, Statement] | None = None,
    live_keys: Mapping[str, Collection[str]] = KEYS,
    must_say: Sequence[str] = (),
) -> Rendered:
    kept = {"safety": statements, "notice": notices or {}}
    text, included = _include(text, page, kept)
    for key in must_say:
        if key not in included["safety"]:
            raise MissingStatement(page, key)

    parser = _parser()
    env: dict[str, Any] = {"citations": [], "uses": Counter(), "directives": []}
    tokens = parser.parse(text, env)
    for key in env["citations"]:
        if key not in sources:
            raise UnknownCitation(page, key)
    _check_directives(env["directives"], page, live_keys)
    toc = _name_headings(tokens)
    _draw_people(tokens)
    html = parser.renderer.render(tokens, parser.options, env)
    return Rendered(
        html=_clean(html),
        toc=toc if len(toc) >= TOC_FROM else [],
        citations=env["citations"],
        statements=included["safety"],
        notices=included["notice"],
    )


def _include(text: str, page: str, kept: Mapping[str, Mapping[str, Statement]]) -> tuple[str, dict[str, list[str]]]:
    """The text with each safety statement and notice in place of its line, and the keys of both."""
    included: dict[str, list[str]] = {kind: [] for kind in kept}

    def put_in(match: re.Match[str]) -> str:
        kind, key = match[1], match[2]
        if key not in kept[kind]:
            raise (UnknownStatement if kind == "safety" else UnknownNotice)(page, key)
        included[kind].append(key)
        said = kept[kind][key]
        return f":::{said.level} {said.title}\n{said.text.strip()}\n:::"

    return _INCLUDED.sub(put_in, text), included


def missing_statements(text: str, must_say: Sequence[str]) -> list[str]:
    """All of them at once, where `render` stops at the first."""
    said = {match[2] for match in _INCLUDED.finditer(text) if match[1] == "safety"}
    return [key for key in must_say if key not in said]


def _check_directives(found: Sequence[tuple[str, str]], page: str, live_keys: Mapping[str, Collection[str]]) -> None:
    for kind, key in found:
        if kind not in live_keys:
            raise UnknownDirective(page, f"::{kind} {key}".strip())
        if key not in live_keys[kind]:
            raise (UnknownDrawing if kind == "drawing" else UnknownFact)(page, key)


def slug(heading: str) -> str:
    plain = unicodedata.normalize("NFKD", re.sub("['\N{RIGHT SINGLE QUOTATION MARK}]", "", heading))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-") or "part"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "typographer": True})
    parser.enable(["replacements", "smartquotes"])
    for name in PANELS:
        container_plugin(parser, name, render=_panel)
    container_plugin(parser, "people")
    parser.block.ruler.before("paragraph", "directive", _direct, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.before("link", "citation", _cite)
    return parser


def _panel(renderer: Any, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if token.nesting != 1:
        return "</div>\n"
    name, _, title = token.info.strip().partition(" ")
    css, heading = PANELS[name]
    shown = nh3.clean_text(title.strip())
    return f'<div class="{css}">' + (f"<{heading}>{shown}</{heading}>\n" if title.strip() else "\n")


def _direct(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A line `::kind key`: leaves an empty element, and notes both for `_check_directives`."""
    line = state.src[state.bMarks[start_line] + state.tShift[start_line] : state.eMarks[start_line]]
    match = _DIRECTIVE.fullmatch(line)
    if not match:
        return False
    if not silent:
        kind, key = match[1], match[2] or ""
        state.env["directives"].append((kind, key))
        state.push("html_block", "", 0).content = marker(kind, key)
        state.line = start_line + 1
    return True


def _cite(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        order: list[str] = state.env["citations"]
        uses: Counter[int] = state.env["uses"]
        links = []
        for key in re.findall(r"@([a-z0-9-]+)", match[1]):
            if key not in order:
                order.append(key)
            number = order.index(key) + 1
            uses[number] += 1
            link = f'<a id="cite-{number}-{uses[number]}" role="doc-noteref" href="#source-{number}">{number}</a>'
            links.append(link)
        state.push("html_inline", "", 0).content = f"<sup>{', '.join(links)}</sup>"
    state.pos = match.end()
    return True


def _name_headings(tokens: Sequence[Token]) -> list[dict[str, str]]:
    """Gives each heading an id that depends on its own words, and returns the second-level ones."""
    toc = []
    taken = set(_TAKEN_IDS)
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(child.content for child in inline.children or () if child.type == "text")
        name, count = slug(words), 2
        while name in taken:
            name, count = f"{slug(words)}-{count}", count + 1
        taken.add(name)
        opening.attrSet("id", name)
        if opening.tag == "h2":
            toc.append({"id": name, "text": words})
    return toc


def _draw_people(tokens: Sequence[Token]) -> None:
    inside = False
    for index, token in enumerate(tokens):
        if token.type.startswith("container_people"):
            inside = token.nesting == 1
        elif inside and token.type == "inline" and token.children:
            first = token.children[0]
            if match := _PEOPLE.match(first.content):
                first.content = first.content[match.end() :]
                _replace(
                    tokens[index - 1],
                    f"<figure>{_hundred(int(match[1]))}<figcaption><strong>{match[0].strip(': ')}</strong> ",
                )
                _replace(tokens[index + 1], "</figcaption></figure>")


def _replace(token: Token, html: str) -> None:
    token.type, token.tag, token.nesting, token.content = "html_block", "", 0, html


def _hundred(filled: int) -> str:
    """A hundred people, ten by ten, in two shapes. Hidden from screen readers: the caption says the same."""
    drawn = [_person(8 + 16 * (n % 10), 10 + 19 * (n // 10)) for n in range(100)]
    shapes = [("on", "".join(drawn[:filled])), ("off", "".join(drawn[filled:]))]
    people = "".join(f'<path class="{name}" d="{shape}"/>' for name, shape in shapes if shape)
    return f'<svg viewBox="0 0 160 190" width="200" height="238" aria-hidden="true">{people}</svg>'


def _person(x: int, y: int) -> str:
    """Head and shoulders, like the mark of the practice."""
    return f"M{x - 3} {y - 5}a3 3 0 1 1 6 0a3 3 0 1 1-6 0zM{x - 5} {y + 6}v-2a5 5 0 0 1 10 0v2z"


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "sms", "tel"},
        link_rel=None,
    )
