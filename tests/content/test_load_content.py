from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from content import files
from content.models import Page, SafetyStatement

TEXTS = files.FOLDER


def load() -> list[str]:
    out = StringIO()
    call_command("load_content", stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the texts that a test may change."""
    for file in TEXTS.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    read = files.read
    monkeypatch.setattr(files, "read", lambda: read(tmp_path))
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_loading_again_changes_nothing(loaded: None) -> None:
    before = list(Page.objects.values())
    count = len(before) + SafetyStatement.objects.count() + len(files.read().sources)
    assert load() == [f"0 new, 0 changed, {count} unchanged"]
    assert list(Page.objects.values()) == before


def test_a_changed_file_is_taken_and_its_review_ends(loaded: None, folder: Path) -> None:
    Page.objects.filter(path="office").update(reviewed_by="A. Doctor", reviewed_on="2026-11-01")
    change(folder / "office.md", "## What should I bring?", "## What do I bring?")
    assert load()[0].startswith("0 new, 1 changed,")
    page = Page.objects.get(path="office")
    assert '<h2 id="what-do-i-bring">' in page.html
    assert (page.reviewed_by, page.reviewed_on) == ("", None)


def test_what_staff_edited_is_left_alone_and_named(loaded: None, folder: Path) -> None:
    page = Page.objects.get(path="office")
    page.body += "\n\nOur own line."
    page.full_clean()
    page.save()
    change(folder / "office.md", "## What should I bring?", "## What do I bring?")
    assert load()[1:] == ["left alone, edited by staff: page office"]
    assert Page.objects.get(path="office").body == page.body


def test_saving_in_a_form_without_a_change_is_no_edit(loaded: None) -> None:
    page = Page.objects.get(path="office")
    page.body = page.body.replace("\n", "\r\n")
    page.full_clean()
    assert not page.is_edited()


def test_a_changed_statement_reaches_every_page_that_says_it(loaded: None, folder: Path) -> None:
    change(folder / "safety.yaml", "Plan your ride home", "Plan the way home")
    load()
    saying = Page.objects.filter(html__contains="Plan the way home").values_list("path", flat=True)
    assert sorted(saying) == ["areas", "office"]


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("office.md", "kind: place", "kind: [", "office.md: its YAML is broken: "),
        ("office.md", "@spravato-rems", "@nobody", "office: there is no source with the key “nobody”"),
        ("areas.md", "parent", "parent", "areas.md: there is no page “nowhere” to be its parent"),
    ],
)
def test_a_bad_file_stops_the_load_whole(db: None, folder: Path, file: str, old: str, new: str, message: str) -> None:
    if old == "parent":
        old, new = "order: 20", "order: 20\nparent: nowhere"
    change(folder / file, old, new)
    with pytest.raises(CommandError) as caught:
        load()
    assert str(caught.value).startswith(message)
    assert Page.objects.count() == 0


def test_a_page_whose_file_is_gone_is_named(loaded: None) -> None:
    Page.objects.filter(path="areas").update(path="crisis-old")
    out = StringIO()

    call_command("load_content", stdout=out)

    assert "still published, though its file is gone: page crisis-old" in out.getvalue()
