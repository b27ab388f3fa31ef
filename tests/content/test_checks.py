from pathlib import Path

import pytest

from content import checks, files


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
