from pathlib import Path

import pytest

from content import files

FRONT = "path: a\ntitle: T\nh1: H\nsummary: S\nkind: spoke\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("No front matter", "it must begin with front matter between two lines of ---"),
        (f"---\n{FRONT}---\n\n", "it has no text below the front matter"),
        ("---\npath: a\n---\nText", "“title” is missing"),
        (f"---\n{FRONT}colour: red\n---\nText", "“colour” is not a known field"),
        (f"---\n{FRONT}order: first\n---\nText", "“order” must be a number"),
        (f"---\n{FRONT}questions: [2]\n---\nText", "“questions” must be a list of texts"),
        (f"---\n{FRONT.replace('spoke', 'wheel')}---\nText",
         "“kind” is “wheel”; it must be one of hub, spoke, about, place, notice"),
        (f"---\n{FRONT.replace('summary: S', 'summary: ' + 'S' * 161)}---\nText",
         "“summary” has 161 characters; 160 is the most"),
    ],
)  # fmt: skip
def test_a_bad_page_is_named_with_its_problem(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "page.md"
    file.write_text(text)
    with pytest.raises(files.BadFile) as caught:
        files.read_page(file)
    assert str(caught.value) == f"page.md: {problem}"


def test_parents_come_before_children() -> None:
    paths = [page.path for page in files.read().pages]
    assert paths.index("nasal-ketamine") < paths.index("nasal-ketamine/side-effects")


def test_what_each_page_must_say() -> None:
    assert {page.path: page.must_say for page in files.read().pages} == {
        "about/dr-bacchus": [],
        "about/our-information": [],
        "accessibility": [],
        "areas": ["one-office", "ride-home"],
        "change-or-cancel": [],
        "contact": ["crisis-lines"],
        "crisis": ["crisis-lines", "call-911"],
        "depression": ["crisis-lines", "no-single-cause"],
        "fees": [],
        "language-help": [],
        "nasal-ketamine": ["off-label", "not-for-everyone", "not-prevent-suicide"],
        "nasal-ketamine/addiction": ["controlled"],
        "nasal-ketamine/at-home": ["not-at-home"],
        "nasal-ketamine/fda-status": ["off-label", "safety-program"],
        "nasal-ketamine/going-home": ["no-driving", "call-911"],
        "nasal-ketamine/how-it-works": ["not-known", "no-single-cause"],
        "nasal-ketamine/how-soon-and-how-long": ["wears-off"],
        "nasal-ketamine/how-well-it-works": ["compare", "not-prevent-suicide", "not-for-everyone"],
        "nasal-ketamine/if-it-does-not-work": ["some-get-worse", "crisis-lines"],
        "nasal-ketamine/is-it-right-for-me": ["ask-first", "who-should-not", "not-prevent-suicide"],
        "nasal-ketamine/medicines": ["keep-taking"],
        "nasal-ketamine/other-conditions": ["not-approved-elsewhere"],
        "nasal-ketamine/other-treatments": ["ect-works"],
        "nasal-ketamine/pregnancy": ["pregnancy"],
        "nasal-ketamine/prepare": ["before-the-spray", "ride-home"],
        "nasal-ketamine/side-effects": ["boxed-warning", "call-911", "medwatch"],
        "nasal-ketamine/types": ["off-label", "safety-program"],
        "nasal-ketamine/what-happens": ["two-hours", "no-driving", "call-911"],
        "nasal-ketamine/who-should-not-have-it": ["who-should-not"],
        "nondiscrimination": [],
        "notices": [],
        "office": ["ride-home"],
        "privacy": [],
        "privacy/notice-of-privacy-practices": [],
    }
