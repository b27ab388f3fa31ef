"""Every statement of the practice's former page is answered by a page of this site, or left out for a reason."""

import re
from functools import cache
from typing import Any

import pytest
import yaml

from content import files, markdown, rules

STATEMENTS = [f"S{number}" for number in range(1, 50)]


@cache
def former() -> dict[str, dict[str, Any]]:
    said: dict[str, dict[str, Any]] = yaml.safe_load((files.FOLDER / "former_page.yaml").read_text(encoding="utf-8"))
    return said


@cache
def places() -> set[str]:
    """Each heading of each page, as path#id."""
    texts = files.read()
    known = rules.Known.of(texts)
    found = set()
    for page in texts.pages:
        rendered = markdown.render(
            page.body, page=page.path, sources=known.sources, statements=known.statements, notices=known.notices
        )
        found |= {f"{page.path}#{name}" for name in re.findall(r'<h[2-4] id="([^"]+)"', rendered.html)}
    return found


def test_every_statement_is_there() -> None:
    assert list(former()) == STATEMENTS


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_is_answered_or_left_out_for_a_reason(name: str) -> None:
    entry = former()[name]
    assert entry["says"]
    assert set(entry) in ({"says", "answered"}, {"says", "left_out"})
    if "answered" in entry:
        assert entry["answered"]
        assert set(entry["answered"]) <= places()
    else:
        assert len(entry["left_out"].split()) >= 5  # a reason, not a word
