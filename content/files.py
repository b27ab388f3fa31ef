"""The texts as they lie in content/pages: Markdown with front matter, sources.yaml, safety.yaml and notices.yaml.

Pure reading: no database. Whatever is wrong with a file becomes one `BadFile` that names it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from content.markdown import Statement

FOLDER = Path(__file__).resolve().parent / "pages"
KINDS = ("hub", "spoke", "about", "place", "notice")
LEVELS = ("info", "urgent", "emergency")
SOURCE_KINDS = ("trial", "review", "study", "label", "rule", "alert", "service")

_PAGE_MUST = {"path": str, "title": str, "h1": str, "summary": str, "kind": str}
_PAGE_MAY = {"parent": str, "order": int, "questions": list, "must_say": list, "key_facts": list, "changed": date}
_PAGE_MAY |= {"related": list, "noindex": bool, "former": list}
_SOURCE_MUST = {"title": str, "kind": str}
_SOURCE_MAY = {"authors": str, "container": str, "year": int, "doi": str, "url": str, "note": str}
_STATEMENT_MUST = {"title": str, "text": str, "level": str}
_NOTICE_MUST = {"title": str, "text": str}
_NOTICE_MAY = {"legal_basis": str, "checked": date, "exempt": bool}


class BadFile(ValueError):
    def __init__(self, file: str, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file, self.problem = file, problem


@dataclass(frozen=True, slots=True)
class PageFile:
    file: str
    path: str
    title: str
    h1: str
    summary: str
    kind: str
    body: str
    parent: str = ""
    order: int = 0
    questions: list[str] = field(default_factory=list)
    must_say: list[str] = field(default_factory=list)
    key_facts: list[str] = field(default_factory=list)
    changed: date | None = None
    related: list[str] = field(default_factory=list)
    noindex: bool = False
    former: list[str] = field(default_factory=list)  # addresses that lead here

    def all_text(self) -> str:
        """Everything a reader reads: answer, key facts, text."""
        return "\n\n".join([self.summary, *(f"- {fact}" for fact in self.key_facts), self.body])


@dataclass(frozen=True, slots=True)
class NoticeFile:
    title: str
    text: str
    legal_basis: str = ""
    checked: date | None = None
    exempt: bool = False

    def for_pages(self) -> Statement:
        return Statement(title=self.title, text=self.text, level="info")


@dataclass(frozen=True, slots=True)
class Texts:
    pages: list[PageFile]
    sources: dict[str, dict[str, Any]]
    statements: dict[str, Statement]
    notices: dict[str, NoticeFile]


def read(folder: Path = FOLDER) -> Texts:
    """Everything in the folder, parents before their children."""
    texts = Texts(
        pages=[read_page(file) for file in sorted(folder.glob("*.md"))],
        sources=_table(folder / "sources.yaml", _SOURCE_MUST, _SOURCE_MAY, "kind", SOURCE_KINDS),
        statements={
            key: Statement(**row)
            for key, row in _table(folder / "safety.yaml", _STATEMENT_MUST, {}, "level", LEVELS).items()
        },
        notices={
            key: NoticeFile(**row) for key, row in _table(folder / "notices.yaml", _NOTICE_MUST, _NOTICE_MAY).items()
        },
    )
    texts.pages.sort(key=lambda page: (page.path.count("/"), page.path))
    known: set[str] = set()
    for page in texts.pages:
        if page.path in known:
            raise BadFile(page.file, f"the path “{page.path}” is used twice")
        if page.parent and page.parent not in known:
            raise BadFile(page.file, f"there is no page “{page.parent}” to be its parent")
        known.add(page.path)
    return texts


def read_page(file: Path) -> PageFile:
    """One page. The front matter stands between two lines of three hyphens."""
    parts = _text(file).split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise BadFile(file.name, "it must begin with front matter between two lines of ---")
    front = _mapping(file.name, _yaml(file.name, parts[1]))
    _check_fields(file.name, front, _PAGE_MUST, _PAGE_MAY)
    _check_choice(file.name, "kind", front["kind"], KINDS)
    for name in ("questions", "must_say", "key_facts", "related", "former"):
        if any(not isinstance(item, str) for item in front.get(name, [])):
            raise BadFile(file.name, f"“{name}” must be a list of texts")
    if len(front["summary"]) > 160:
        raise BadFile(file.name, f"“summary” has {len(front['summary'])} characters; 160 is the most")
    if not parts[2].strip():
        raise BadFile(file.name, "it has no text below the front matter")
    return PageFile(file=file.name, body=parts[2].strip(), **front)


def _table(
    file: Path, must: Mapping[str, type], may: Mapping[str, type], choice: str = "", choices: tuple[str, ...] = ()
) -> dict[str, dict[str, Any]]:
    rows = _mapping(file.name, _yaml(file.name, _text(file)))
    for key, row in rows.items():
        where = f"{file.name}, {key}"
        _check_fields(where, _mapping(where, row), must, may)
        if choice:
            _check_choice(where, choice, row[choice], choices)
    return rows


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise BadFile(file.name, f"it can't be read: {problem}") from problem


def _yaml(name: str, text: str) -> object:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as problem:
        line = " ".join(str(problem).split())
        raise BadFile(name, f"its YAML is broken: {line}") from problem


def _mapping(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadFile(name, "fields and values are expected, like “title: …”")
    return value


def _check_fields(name: str, row: Mapping[str, object], must: Mapping[str, type], may: Mapping[str, type]) -> None:
    for problem in _field_problems(row, must, {**must, **may}):
        raise BadFile(name, problem)


def _field_problems(row: Mapping[str, object], must: Mapping[str, type], known: Mapping[str, type]) -> Iterator[str]:
    yield from (f"“{key}” is missing" for key in must if not row.get(key))
    yield from (f"“{key}” is not a known field" for key in row if key not in known)
    for key, value in row.items():
        if key in known and not isinstance(value, known[key]):
            yield f"“{key}” must be {_WORDS[known[key]]}"


_WORDS: dict[type, str] = {
    str: "a text (put it in quotes)", int: "a number", list: "a list",
    date: "a date like 2026-11-26", bool: "true or false",
}  # fmt: skip


def _check_choice(name: str, field_name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise BadFile(name, f"“{field_name}” is “{value}”; it must be one of {', '.join(choices)}")
