import re

import pytest

from content import live, markdown
from content.markdown import Rendered, Statement

STATEMENTS = {"warn": Statement(title="Take care", text="Watch out.[@b]", level="urgent")}


def render(text: str, must_say: tuple[str, ...] = ()) -> Rendered:
    return markdown.render(text, page="p", sources={"a", "b", "c"}, statements=STATEMENTS, must_say=must_say)


def cite(number: int, use: int = 1) -> str:
    return f'<a id="cite-{number}-{use}" role="doc-noteref" href="#source-{number}">{number}</a>'


def test_citations_are_numbered_by_first_use() -> None:
    done = render("One.[@b] Two.[@a; @b]")
    assert done.citations == ["b", "a"]
    assert done.html == (f"<p>One.<sup>{cite(1)}</sup> Two.<sup>{cite(2)}, {cite(1, 2)}</sup></p>\n")


def test_a_safety_statement_is_taken_in_with_its_citation() -> None:
    done = render("First.[@a]\n\n::safety warn")
    assert (done.citations, done.statements) == (["a", "b"], ["warn"])
    assert done.html == (
        f"<p>First.<sup>{cite(1)}</sup></p>\n"
        '<div class="callout"><h3>Take care</h3>\n'
        f"<p>Watch out.<sup>{cite(2)}</sup></p>\n</div>\n"
    )


@pytest.mark.parametrize(
    ("text", "error", "key"),
    [
        ("::safety warn\n\nOne.[@none]", markdown.UnknownCitation, "none"),
        ("::safety none", markdown.UnknownStatement, "none"),
        ("Nothing of the kind.", markdown.MissingStatement, "warn"),
    ],
)
def test_what_is_missing_is_named(text: str, error: type[markdown.TextError], key: str) -> None:
    with pytest.raises(error) as caught:
        render(text, must_say=("warn",))
    assert (caught.value.page, caught.value.key) == ("p", key)


def test_heading_ids_depend_on_their_words_alone() -> None:
    alone = render("## Who’s it for?").html
    assert alone == '<h2 id="whos-it-for">Who’s it for?</h2>\n'
    assert render("Words.\n\n## Other\n\n## Who’s it for?").html.endswith(alone)


def test_same_headings_get_ids_of_their_own() -> None:
    assert render("## A\n\n## A\n\n## Sources").html == (
        '<h2 id="a">A</h2>\n<h2 id="a-2">A</h2>\n<h2 id="sources-2">Sources</h2>\n'
    )


@pytest.mark.parametrize(("count", "entries"), [(3, 0), (4, 4)])
def test_contents_begin_with_four_headings(count: int, entries: int) -> None:
    assert len(render("\n\n".join(f"## Part {n}" for n in range(count))).toc) == entries


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        ":::facts <svg onload=alert(1)>\nx\n:::",
        "## <b onclick=alert(1)>x</b>",
        "<style>*{}</style>",
    ],
)
def test_nothing_written_becomes_code(text: str) -> None:
    html = render(text).html
    assert [bad for bad in ("<script", "<img", "<style", 'href="javascript', "<svg", "<b ") if bad in html] == []


@pytest.mark.parametrize("number", [0, 53, 100])
def test_people_are_drawn_as_a_hundred(number: int) -> None:
    html = render(f":::people\n{number} of 100: had it[@a]\n:::").html
    shapes = dict(re.findall(r'<path class="(on|off)" d="([^"]*)"', html))
    heads = {name: shape.count("a3 3") // 2 for name, shape in shapes.items()}
    assert (heads.get("on", 0), heads.get("off", 0)) == (number, 100 - number)
    assert html.endswith(
        f"<figcaption><strong>{number} of 100</strong> had it<sup>{cite(1)}</sup></figcaption></figure></div>\n"
    )


def test_a_sheet_has_boxes_to_tick_and_lines_to_fill_in() -> None:
    assert render(":::checklist\n- Bring it\n:::").html == (
        '<div class="checklist">\n<ul>\n<li>Bring it</li>\n</ul>\n</div>\n'
    )
    assert render(":::blanks\nName:\n:::").html == '<div class="blanks">\n<p>Name:</p>\n</div>\n'


def test_a_notice_is_taken_in_as_a_panel() -> None:
    notices = {"law": Statement(title="Your rights", text="You may ask.", level="info")}
    done = markdown.render("::notice law", page="p", sources=(), statements={}, notices=notices)
    assert done.notices == ["law"]
    assert done.html == '<div class="callout calm"><h3>Your rights</h3>\n<p>You may ask.</p>\n</div>\n'


def test_facts_and_drawings_leave_a_place_that_nothing_typed_can_make() -> None:
    html = render('Words\n::practice phone\n<div class="live-practice-fees"></div>\n\n::drawing visit').html
    assert [piece.template for piece in live.pieces(html)] == [
        "",
        "content/practice/phone.html",
        "",
        "content/drawings/visit.svg",
    ]


@pytest.mark.parametrize(
    ("line", "error", "key"),
    [
        ("::notice none", markdown.UnknownNotice, "none"),
        ("::practice none", markdown.UnknownFact, "none"),
        ("- one\n- two\n\n  ::drawing none", markdown.UnknownDrawing, "none"),
        ("::drawing", markdown.UnknownDrawing, ""),
        ("::savety warn", markdown.UnknownDirective, "::savety warn"),
    ],
)
def test_an_unknown_line_is_named(line: str, error: type[markdown.TextError], key: str) -> None:
    with pytest.raises(error) as caught:
        render(line)
    assert caught.value.key == key
