import pytest
from django.test import Client

from content import search
from content.models import Material, Page
from content.synonyms import SYNONYMS
from tests.content.conftest import MakePage

pytestmark = pytest.mark.usefixtures("loaded")


def paths(typed: str) -> list[str]:
    return [hit.path for hit in search.find(typed, "en").hits]


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        ("cost", "fees"),
        ("how much is the price", "fees"),
        ("side effects", "nasal-ketamine/side-effects"),
        ("high blood pressure", "nasal-ketamine/side-effects"),
        ("shot", "nasal-ketamine/types"),
        ("can I drive", "nasal-ketamine/going-home"),
        ("uber", "nasal-ketamine/going-home"),
        ("pregnant", "nasal-ketamine/pregnancy"),
        ("is it addictive", "nasal-ketamine/addiction"),
        ("weed", "nasal-ketamine/medicines"),
        ("shock therapy", "nasal-ketamine/other-treatments"),
        ("PTSD", "nasal-ketamine/other-conditions"),
        ("parking", "office"),
        ("HIPAA", "privacy/notice-of-privacy-practices"),
        ("what should I bring", "nasal-ketamine/prepare"),
        ("spravato approved", "nasal-ketamine/fda-status"),
        ("who is the doctor", "about/dr-bacchus"),
        ("cancel my appointment", "change-or-cancel"),
        ("nausea", "nasal-ketamine/side-effects"),
        ("where are you located", "office"),
    ],
)
def test_people_find_what_they_ask_for_near_the_top(typed: str, path: str) -> None:
    assert path in paths(typed)[:3]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ketmine", "ketamine"),
        ("depresion", "depression"),
        ("insuranse", "insurance"),
        ("side efects", "side effects"),
        ("blood presure", "blood pressure"),
    ],
)
def test_a_misspelling_shows_results_for_what_was_meant(typed: str, shown: str) -> None:
    found = search.find(typed, "en")
    assert found.shown == shown
    assert found.hits


def test_what_pages_call_it_is_really_said_somewhere() -> None:
    """The table of other names grows stale when the texts change."""
    said = {name for names in SYNONYMS["en"].values() for name in names}
    assert [name for name in sorted(said) if not paths(f'"{name}"')] == []


def test_pages_with_some_of_the_words_are_better_than_none() -> None:
    found = search.find("bicycle parking zeppelin", "en")
    assert found.some_words
    assert "office" in [hit.path for hit in found.hits]


def test_a_phrase_and_a_minus_are_understood() -> None:
    assert "nasal-ketamine/side-effects" in paths('"blood pressure"')
    assert "nasal-ketamine/side-effects" not in paths("pressure -bladder")


@pytest.mark.parametrize(
    "typed", ["", "   ", "the of and", "xyzzyx", "'", '"', "%_\\", "a & b | !c <-> (d)", "OR", "-", ":*"]
)
def test_what_means_nothing_finds_nothing_and_does_no_harm(typed: str) -> None:
    assert search.find(typed, "en").shown == ""


def test_only_what_is_published_in_this_language_is_found(make_page: MakePage) -> None:
    make_page("zeppelin", title="Zeppelin", published=False)
    make_page("zeppelin-es", title="Zeppelin", language="es")
    assert paths("zeppelin") == []
    make_page("zeppelin-en", title="Zeppelin")
    assert paths("zeppelin") == ["zeppelin-en"]


def test_a_word_in_the_heading_counts_for_more_than_one_in_the_text(make_page: MakePage) -> None:
    make_page("air", body="Zeppelin zeppelin zeppelin.")
    make_page("boat", body="## Zeppelin\n\nText.")
    make_page("car", h1="Zeppelin")
    assert paths("zeppelin") == ["car", "boat", "air"]


def test_what_is_found_is_marked_and_nothing_of_it_becomes_code(make_page: MakePage) -> None:
    make_page("air", body="Before &amp;lt; zeppelin after.")
    (hit,) = search.find("zeppelin", "en").hits
    assert hit.snippet == "Before &amp;lt; <mark>zeppelin</mark> after …"


def test_a_page_found_by_its_heading_shows_its_answer(make_page: MakePage) -> None:
    make_page("air", h1="Zeppelin", summary="A <b>ship</b>.", body="Text.")
    (hit,) = search.find("zeppelin", "en").hits
    assert hit.snippet == "A &lt;b&gt;ship&lt;/b&gt;."


def test_an_edit_is_found_at_once(make_page: MakePage) -> None:
    page = make_page("air", body="Text.")
    page.body = "Zeppelin."
    page.render(Material.read())
    page.save()
    assert paths("zeppelin") == ["air"]


def test_the_text_to_look_in_is_plain() -> None:
    text = Page.objects.get(path="nasal-ketamine/how-well-it-works").plain_text
    assert [sign for sign in ("<", "&amp;", "[@", "::", "#source") if sign in text] == []


def test_few_queries(django_assert_max_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_max_num_queries(1):  # type: ignore[operator]
        search.find("side effects", "en")
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        search.find("xyzzyx qqqqqq", "en")


class TestThePage:
    def test_it_keeps_nothing_and_is_kept_by_nobody(self, client: Client) -> None:
        response = client.get("/search/", {"q": "side efects"})
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert dict(response.cookies) == {}
        text = response.content.decode()
        assert '<meta name="robots" content="noindex">' in text
        assert "Showing results for <strong>side effects</strong>" in text
        assert 'value="side efects"' in text
        assert "canonical" not in text

    def test_without_a_question_it_offers_the_main_pages(self, client: Client) -> None:
        text = client.get("/search/").content.decode()
        assert 'href="/nasal-ketamine/side-effects/"' in text.split("<main")[1]
        assert "found no page" not in text

    def test_with_nothing_found_it_helps_on(self, client: Client) -> None:
        main = client.get("/search/?q=xyzzyx").content.decode().split("<main")[1].split("</main>")[0]
        assert "We found no page for that." in main
        wanted = ("tel:988", "sms:988", "tel:911", 'href="/crisis/"', 'href="/nasal-ketamine/"', 'href="/site-map/"')
        assert [sign for sign in wanted if sign not in main] == []

    def test_somebody_in_a_crisis_is_answered_first(self, client: Client) -> None:
        main = client.get("/search/?q=i+want+to+die").content.decode().split("<main")[1]
        assert main.index("If you need help now") < main.index('<ol class="hits">')

    def test_whoever_wants_to_book_is_shown_where(self, client: Client) -> None:
        assert 'class="button" href="/book/"' in client.get("/search/?q=appointmant").content.decode().split("<main")[1]
        assert 'class="button" href="/book/"' not in client.get("/search/?q=bladder").content.decode().split("<main")[1]

    @pytest.mark.parametrize("query", ["q=%00%01", "q=%ED%A0%80", "q=" + "a" * 3000, "q[]=1", "q=%3Cscript%3E1"])
    def test_nothing_typed_breaks_it(self, client: Client, query: str) -> None:
        response = client.get(f"/search/?{query}")
        assert response.status_code == 200
        assert "<script>1" not in response.content.decode()

    def test_only_reading(self, client: Client) -> None:
        assert client.post("/search/", {"q": "x"}).status_code == 405
