"""Markdown of a page → safe HTML, its table of contents, and the sources it cites.

Pure: plain values in, plain values out. On top of CommonMark there are four small things:

    a fact.[@key]  or  a fact.[@one; @two]     a citation, numbered in order of first use
    ::safety key                               a safety statement, kept once and included by key
    :::facts Title … :::                       a panel; also callout, info, urgent and emergency
    :::people … :::                            each paragraph "53 of 100: who" drawn as a hundred dots
"""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

TOC_FROM = 4  # second-level headings; a shorter page is seen at a glance
PANELS = {  # container → (CSS class, heading of its title)
    "facts": ("facts", "h2"),
    "callout": ("callout", "h3"),
    "info": ("callout calm", "h3"),
    "urgent": ("callout", "h3"),
    "emergency": ("callout emergency", "h3"),
}

_CITATION = re.compile(r"\[(@[a-z0-9-]+(?:\s*;\s*@[a-z0-9-]+)*)\]")
_SAFETY = re.compile(r"^::safety[ \t]+(\S+)[ \t]*$", re.MULTILINE)
_PEOPLE = re.compile(r"^(\d{1,3}) of 100:\s*")
_TAKEN_IDS = ("main", "sources", "toc")  # used by the page around the text
_TAGS = {"a", "blockquote", "br", "div", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "sup", "ul"}
_TAGS |= {"figure", "figcaption", "svg", "circle"}
_ATTRIBUTES = {
    "a": {"href", "id"},
    "circle": {"class", "cx", "cy", "r"},
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


def render(
    text: str,
    *,
    page: str,
    sources: Container[str],
    statements: Mapping[str, Statement],
    must_say: Sequence[str] = (),
) -> Rendered:
    included: list[str] = []

    def include(match: re.Match[str]) -> str:
        key = match[1]
        if key not in statements:
            raise UnknownStatement(page, key)
        included.append(key)
        said = statements[key]
        return f":::{said.level} {said.title}\n{said.text.strip()}\n:::"

    text = _SAFETY.sub(include, text)
    for key in must_say:
        if key not in included:
            raise MissingStatement(page, key)

    parser = _parser()
    env: dict[str, Any] = {"citations": []}
    tokens = parser.parse(text, env)
    for key in env["citations"]:
        if key not in sources:
            raise UnknownCitation(page, key)
    toc = _name_headings(tokens)
    _draw_people(tokens)
    html = parser.renderer.render(tokens, parser.options, env)
    return Rendered(
        html=_clean(html),
        toc=toc if len(toc) >= TOC_FROM else [],
        citations=env["citations"],
        statements=included,
    )


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


def _cite(state: StateInline, silent: bool) -> bool:
    match = _CITATION.match(state.src, state.pos)
    if not match:
        return False
    if not silent:
        order: list[str] = state.env["citations"]
        links = []
        for key in re.findall(r"@([a-z0-9-]+)", match[1]):
            if key not in order:
                order.append(key)
            number = order.index(key) + 1
            links.append(f'<a href="#source-{number}">{number}</a>')
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
                    f"<figure>{_dots(int(match[1]))}<figcaption><strong>{match[0].strip(': ')}</strong> ",
                )
                _replace(tokens[index + 1], "</figcaption></figure>")


def _replace(token: Token, html: str) -> None:
    token.type, token.tag, token.nesting, token.content = "html_block", "", 0, html


def _dots(filled: int) -> str:
    """A hundred dots, ten by ten. Hidden from screen readers: the caption says the same."""
    dots = ""
    for n in range(100):
        y, x = (8 + 16 * place for place in divmod(n, 10))
        dots += f'<circle class="{"on" if n < filled else "off"}" cx="{x}" cy="{y}" r="5.6"/>'
    return f'<svg viewBox="0 0 160 160" width="200" height="200" aria-hidden="true">{dots}</svg>'


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "sms", "tel"},
        link_rel=None,
    )
