from typing import Any

import pytest

from content import rules
from content.files import PageFile


@pytest.mark.parametrize("text", ["It can cure you.", "A 85% rate", "nasal infusion", "Our Success Rate", "battling"])
def test_banned_words_are_found(text: str) -> None:
    assert len(list(rules.banned_words(text))) == 1


@pytest.mark.parametrize("text", ["secure", "An infusion goes into a vein.", "stop", "bestow", "misleading"])
def test_other_words_pass(text: str) -> None:
    assert list(rules.banned_words(text)) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It helped 53 of 100 people.", 1),
        ("It helped 53 percent.", 1),
        ("It helped 5 %.", 1),
        ("It helped 53 of 100 people.[@a]", 0),
        ("Cited.[@a]\n\nIt helped 53 of 100.", 1),
        ("- 5%\n- 6%[@a]", 1),
        ("At least 2 hours.", 0),
    ],
)
def test_a_figure_needs_a_source_in_its_own_paragraph(text: str, count: int) -> None:
    assert len(list(rules.uncited_figures(text))) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ketamine is FDA-approved for depression.", 1),
        ("Ketamine is not approved for it.", 0),
        ("Ketamine nasal spray is approved.", 1),
        ("Esketamine is approved. Ketamine is approved.", 1),
        ("There is no approved ketamine nasal spray.", 0),
        ("Spravato, a form of ketamine, is approved.", 0),
    ],
)
def test_ketamine_is_never_called_approved(text: str, count: int) -> None:
    assert len(list(rules.ketamine_approved(text))) == count


def test_hard_texts_and_long_sentences_are_refused() -> None:
    assert [text.split(",")[0] for text in rules.long_sentences("word " * 26 + ".")] == ["A sentence has 26 words"]
    assert list(rules.long_sentences("word " * 25 + ".")) == []
    hard = "Pharmacological interventions necessitate individualized multidisciplinary consideration."
    assert len(list(rules.hard_reading(hard))) == 1
    assert list(rules.hard_reading("We talk. You rest. Then you go home.")) == []


def page(**fields: Any) -> PageFile:
    given = {"path": "a", "title": "T", "h1": "H", "summary": "S", "kind": "spoke", "body": "Text."}
    return PageFile(file="a.md", **(given | fields))


def test_each_problem_names_its_field() -> None:
    known = rules.Known(sources=(), statements={}, notices={}, paths={"a"})
    found = rules.problems(
        page(
            title="Best",
            h1="Top",
            summary="It cures.",
            key_facts=["5%"],
            body="One.[@none] Miracles.",
            must_say=["x", "y"],
            related=["b"],
        ),
        known,
    )
    assert [problem.field for problem in found] == [
        "body", "body", "body", "title", "h1", "summary", "key_facts", "body", "related"
    ]  # fmt: skip


def test_every_banned_word_says_what_to_do_instead() -> None:
    assert [pattern for pattern, instead in rules.BANNED.items() if not str(instead)] == []
