from pathlib import Path

import pytest
from django.utils import timezone

from content import checks, files, live
from content.models import Page
from tests.content.conftest import MakePage


def test_every_page_passes() -> None:
    assert checks.check_texts(None) == []


@pytest.mark.parametrize(
    ("body", "messages"),
    [
        (
            "This will cure you.",
            ["p.md: “cure” is a word we don’t use. Nothing here cures. Say what it may help with."],
        ),
        ("One.[@none]", ["p.md: There is no source with the key “none”."]),
        ("Fine.", []),
    ],
)
def test_a_bad_text_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, messages: list[str]
) -> None:
    (tmp_path / "p.md").write_text(f"---\npath: a\ntitle: T\nh1: H\nsummary: S\nkind: spoke\n---\n{body}")
    (tmp_path / "sources.yaml").write_text("{}")
    (tmp_path / "safety.yaml").write_text("{}")
    (tmp_path / "notices.yaml").write_text("{}")
    texts = files.read(tmp_path)
    monkeypatch.setattr(files, "read", lambda: texts)
    assert [error.msg for error in checks.check_texts(None)] == messages


def test_a_fact_or_drawing_without_a_template_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.check_live_templates(None) == []
    monkeypatch.setattr(live, "KEYS", {"practice": {"nothing"}, "drawing": {"visit"}})
    assert [error.msg for error in checks.check_live_templates(None)] == [
        "the template content/practice/nothing.html is missing"
    ]


def test_pages_that_wait_for_a_reader_are_counted(make_page: MakePage) -> None:
    assert checks.check_reviews(None) == []
    page = make_page("office")
    make_page("fees", published=False)
    assert [found.msg for found in checks.check_reviews(None)] == [
        "Pages on the site whose text nobody has reviewed, or too long ago: 1."
    ]
    today = timezone.localdate()
    Page.objects.filter(pk=page.pk).update(reviewed_by="A", reviewed_on=today, next_review_on=today)
    assert checks.check_reviews(None) == []
