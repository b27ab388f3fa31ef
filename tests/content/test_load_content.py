from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from content import actions, files
from content.models import Page, Redirect, Review, Revision
from content.models.review import months_after

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
    texts = files.read()
    count = len(texts.pages) + len(texts.statements) + len(texts.sources) + len(texts.notices)
    revisions = Revision.objects.count()
    assert load() == [f"0 new, 0 changed, {count} unchanged"]
    assert list(Page.objects.values()) == before
    assert Revision.objects.count() == revisions == len(texts.pages)


def test_a_changed_file_is_taken_and_its_review_ends(loaded: None, folder: Path) -> None:
    page = Page.objects.get(path="office")
    today = timezone.localdate()
    review = Review(
        page=page, reviewer="A. Doctor", decision="approved", reviewed_on=today, next_review_on=months_after(today, 6)
    )
    actions.record_review(review=review, by=None, now=timezone.now())
    load()
    page.refresh_from_db()
    assert page.reviewed_by == "A. Doctor"

    add(folder / "office.md", "## What do I bring?")

    assert load()[0].startswith("0 new, 1 changed,")
    page.refresh_from_db()
    assert '<h2 id="what-do-i-bring">' in page.html
    assert (page.reviewed_by, page.reviewed_on) == ("", None)
    assert [row.who() for row in page.revisions.all()] == ["the site’s own texts"] * 2


def test_what_staff_edited_is_left_alone_and_named(loaded: None, folder: Path) -> None:
    page = Page.objects.get(path="office")
    page.body += "\n\nOur own line."
    page.full_clean()
    page.save()
    add(folder / "office.md", "## What do I bring?")
    assert load()[1:] == ["left alone, edited by staff: page office"]
    assert Page.objects.get(path="office").body == page.body


def test_a_page_that_staff_are_at_work_on_is_left_alone_and_named(loaded: None, folder: Path) -> None:
    page = Page.objects.get(path="office")
    before = page.body
    page.body += "\n\nOur own line."
    actions.save_draft(page=page, by=None, now=timezone.now())
    assert load()[1:] == []
    add(folder / "office.md", "## What do I bring?")
    assert load()[1:] == ["left alone, edited by staff: page office"]
    page.refresh_from_db()
    assert page.body == before

    actions.set_draft_aside(page=page)
    assert load()[0].startswith("0 new, 1 changed,")


def test_a_page_that_staff_took_off_the_site_stays_off(loaded: None, folder: Path) -> None:
    actions.show(page=Page.objects.get(path="office"), shown=False)
    add(folder / "office.md", "## What do I bring?")
    load()
    page = Page.objects.get(path="office")
    assert "What do I bring?" in page.html
    assert not page.published


def test_former_addresses_of_a_file_lead_to_its_page(loaded: None, folder: Path, client: Client) -> None:
    change(folder / "office.md", "kind: place", "kind: place\nformer: [directions.html]")
    load()
    assert client.get("/directions.html")["Location"] == "/office/"
    load()
    assert Redirect.objects.filter(old_path="directions.html").count() == 1


def test_saving_in_a_form_without_a_change_is_no_edit(loaded: None) -> None:
    page = Page.objects.get(path="office")
    page.body = page.body.replace("\n", "\r\n")
    page.full_clean()
    assert not page.is_edited()


def test_a_changed_statement_reaches_every_page_that_says_it(loaded: None, folder: Path) -> None:
    change(folder / "safety.yaml", "Plan your ride home", "Plan the way home")
    load()
    saying = Page.objects.filter(html__contains="Plan the way home").values_list("path", flat=True)
    including = [page.path for page in files.read().pages if "::safety ride-home" in page.body]
    assert sorted(saying) == sorted(including) != []


def add(file: Path, text: str) -> None:
    file.write_text(f"{file.read_text()}\n\n{text}\n")


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
