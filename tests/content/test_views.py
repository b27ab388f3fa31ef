import html
import re
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from clinic import practice
from clinic.models import Practice
from content import files
from content.models import Page, Redirect
from tests.content.conftest import MakePage

PATHS = ["/", *(f"/{page.path}/" for page in files.read().pages)]

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.mark.parametrize("path", PATHS)
def test_every_page(client: Client, settings: LazySettings, django_assert_max_num_queries: Any, path: str) -> None:
    practice.forget()
    with django_assert_max_num_queries(4):  # the page, those near, those to read on, the practice
        response = client.get(path)
    assert response.status_code == 200
    assert dict(response.cookies) == {}
    assert response.get("Vary", "") == ""
    assert response["Cache-Control"] == "public, no-cache"
    text = response.content.decode()
    assert [
        sign for sign in ("tel:988", "sms:988", "tel:911", 'href="/crisis/"', 'href="/book/"') if sign not in text
    ] == []
    assert text.count("<h1") == 1
    assert text.count('<meta name="description"') == 1
    assert f'<link rel="canonical" href="{settings.SITE_URL}{path}">' in text
    assert f'<meta property="og:url" content="{settings.SITE_URL}{path}">' in text
    assert "hreflang" not in text
    assert "noindex" not in text
    assert [
        mark for mark in (" style=", "<style", "<script>", "<script src", '<form method="post') if mark in text
    ] == []


@pytest.mark.parametrize("path", ["/", "/office/", "/search/", "/crisis/"])
def test_the_crisis_notice_says_what_to_do_after_a_treatment_too(client: Client, path: str) -> None:
    notice = crisis_notice(client, path)
    assert "In danger now, or trouble breathing after a treatment? Call 911." in notice
    assert "Suicide & Crisis Lifeline" in notice
    assert "Do not use this website or its forms for emergencies." in notice


@pytest.mark.parametrize("path", ["/book/", "/v/nothing/", "/nothing/"])
def test_the_crisis_notice_tells_nobody_who_looks_on_of_a_treatment(client: Client, path: str) -> None:
    notice = crisis_notice(client, path)
    assert "In danger now? Call 911. This site is not watched for emergencies." in notice
    assert "treatment" not in notice


def crisis_notice(client: Client, path: str) -> str:
    notice = client.get(path, follow=True).content.decode().split('<aside class="crisis"')[1].split("</aside>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", notice)).split())


@pytest.mark.parametrize("path", ["/", "/office/", "/sources/", "/site-map/"])
def test_head_and_unchanged(client: Client, path: str) -> None:
    first = client.get(path)
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/office/", "/sources/", "/site-map/"])
def test_only_reading(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("end", ["", "/", ".html"])
def test_the_old_address_leads_to_the_hub_for_good(client: Client, end: str) -> None:
    response = client.get(f"/intranasal-ketamine-depression{end}")
    assert (response.status_code, response["Location"]) == (301, "/nasal-ketamine/")


@pytest.mark.parametrize("path", ["/nasal-ketamine/nothing/", "/about/nobody/", "/nothing/", "/nasal-ketamine/A/"])
def test_an_unknown_page_is_not_found(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "tel:988" in response.content.decode()


def test_an_unpublished_page_is_not_found(client: Client) -> None:
    Page.objects.filter(path="nasal-ketamine/side-effects").update(published=False)
    assert client.get("/nasal-ketamine/side-effects/").status_code == 404
    assert "/nasal-ketamine/side-effects/" not in client.get("/sitemap.xml").content.decode()


def test_a_change_of_the_facts_changes_the_page(client: Client) -> None:
    before = client.get("/office/")
    Practice.objects.update_or_create(pk=1, defaults={"parking_text": "Behind the house."})
    practice.forget()
    after = client.get("/office/", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert "Behind the house." in after.content.decode()


@pytest.mark.parametrize(
    ("products", "words"),
    [
        ("unknown", "Ask us which one we use."),
        ("esketamine", "This practice uses esketamine nasal spray (Spravato)."),
        ("compounded", "It is not approved by the FDA."),
        ("both", "Only the first is approved by the FDA."),
    ],
)
def test_the_hub_says_which_medicine(client: Client, products: str, words: str) -> None:
    Practice.objects.update_or_create(pk=1, defaults={"nasal_products": products})
    practice.forget()
    panel = client.get("/nasal-ketamine/").content.decode().split('id="which-medicine-does-this-practice-use"')[1]
    assert words in panel.split("<h2")[0]


def test_a_review_is_shown_only_once_recorded(client: Client) -> None:
    assert "eviewed by" not in client.get("/office/").content.decode()
    dates = {"reviewed_by": "A. Doctor, MD", "reviewed_on": "2026-11-20", "next_review_on": "2027-11-20"}
    Page.objects.filter(path="office").update(**dates)
    shown = client.get("/office/").content.decode()
    assert "Reviewed by A. Doctor, MD on November 20, 2026." in shown
    assert "Next review: November 20, 2027." in shown


def test_every_page_says_that_it_is_general_and_where_to_report_a_problem(client: Client) -> None:
    text = client.get("/office/").content.decode()
    assert "This page gives general information. It is not medical advice." in text
    assert '<a href="/contact/">Report a problem with this page</a>' in text
    assert "Text last changed: November" in text


def test_pages_to_read_on_stand_in_the_order_given(client: Client) -> None:
    Page.objects.filter(path="office").update(related=["fees", "areas", "nowhere", "nasal-ketamine"])
    Page.objects.filter(path="nasal-ketamine").update(published=False)
    part = client.get("/office/").content.decode().split('id="read-on"')[1].split("</nav>")[0]
    assert re.findall(r'href="([^"]+)"', part) == ["/fees/", "/areas/"]


def test_a_page_without_pages_to_read_on_offers_its_neighbors(client: Client) -> None:
    Page.objects.update(related=[])
    part = client.get("/nasal-ketamine/side-effects/").content.decode().split('id="read-on"')[1].split("</nav>")[0]
    assert len(re.findall(r'href="/nasal-ketamine/', part)) == 3
    assert 'id="read-on"' not in client.get("/nasal-ketamine/").content.decode()


def test_the_hub_leads_to_every_page_under_it(client: Client) -> None:
    text = client.get("/nasal-ketamine/").content.decode().split('id="under"')[1]
    under = Page.objects.filter(parent__path="nasal-ketamine").values_list("path", flat=True)
    assert [path for path in under if f'href="/{path}/"' not in text] == []


def test_contents_stand_where_there_are_enough_headings(client: Client) -> None:
    for page in Page.objects.published():
        text = client.get(f"/{page.path}/").content.decode()
        assert ('class="toc' in text) == bool(page.toc)
        assert text.count(f'href="#{page.toc[0]["id"]}"' if page.toc else "#no") == (2 if page.toc else 0)


def test_facts_and_drawings_are_put_in_where_the_text_names_them(client: Client, make_page: MakePage) -> None:
    make_page("about/x", body="One.\n\n::practice address\n\nTwo.\n\n::drawing visit\n\nThree.")
    text = client.get("/about/x/").content.decode().split("<main")[1]
    places = [text.index(mark) for mark in ("One.", "6801 Park Terrace", "Two.", '<figure class="drawing">', "Three.")]
    assert places == sorted(places)
    assert "live-" not in text


def test_the_crisis_page_helps_at_once_and_does_not_ask_to_book(client: Client) -> None:
    main = client.get("/crisis/").content.decode().split("<main")[1].split("</main>")[0]
    assert "/book/" not in main
    numbers = re.findall(r'<a class="button danger" href="([^"]+)"', main.split("<h2")[0])
    assert numbers == ["tel:988", "sms:988", "tel:911"]


def test_source_numbers_lead_to_the_sources(client: Client) -> None:
    text = client.get("/nasal-ketamine/how-well-it-works/").content.decode()
    count = len(Page.objects.get(path="nasal-ketamine/how-well-it-works").sources)
    assert [n for n in range(1, count + 1) if f'href="#source-{n}"' not in text or f'id="source-{n}"' not in text] == []
    back = re.findall(r'role="doc-backlink" href="#(cite-\d+-\d+)"', text)
    assert sorted(back) == sorted(re.findall(r'<a id="(cite-\d+-\d+)"', text))


def test_text_is_escaped_in_the_page(client: Client, make_page: MakePage) -> None:
    make_page("about/x", kind="about", h1="<script>1</script>", summary='"><script>2</script>', title="</title>")
    text = client.get("/about/x/").content.decode()
    assert [bad for bad in ("<script>1", "<script>2", "</title></title>") if bad in text] == []


def test_a_page_kept_out_of_search_engines_says_so(client: Client) -> None:
    Page.objects.filter(path="office").update(noindex=True)
    assert '<meta name="robots" content="noindex">' in client.get("/office/").content.decode()


class TestTheFormerAddress:
    def test_it_leads_to_the_page_wherever_that_is_now(self, client: Client) -> None:
        page = Page.objects.get(path="fees")
        for old in ("costs.html", "old/costs"):
            Redirect.objects.create(old_path=old, page=page)
        Page.objects.filter(path="fees").update(path="prices")
        for address in ("/costs.html", "/Old/Costs/", "/old/costs/"):
            response = client.get(address)
            assert (response.status_code, response["Location"]) == (301, "/prices/")

    def test_it_leads_to_nothing_that_is_not_published(self, client: Client) -> None:
        Redirect.objects.create(old_path="costs", page=Page.objects.get(path="fees"))
        Page.objects.filter(path="fees").update(published=False)
        assert client.get("/costs/").status_code == 404

    @pytest.mark.parametrize("path", ["/v/nothing/", "/visit/nothing/", "/book/nothing/"])
    def test_a_patients_link_is_never_looked_up(
        self, client: Client, django_assert_max_num_queries: Any, path: str
    ) -> None:
        Redirect.objects.create(old_path=path.strip("/"), page=Page.objects.get(path="fees"))
        assert client.get(path).status_code != 301


class TestThePictureOfAPage:
    def test_each_page_names_a_picture_that_is_there(self, client: Client, settings: LazySettings) -> None:
        for path in ("/", "/office/"):
            text = client.get(path).content.decode()
            (address,) = re.findall(r'<meta property="og:image" content="([^"]+)">', text)
            response = client.get(address.removeprefix(settings.SITE_URL))
            assert (response.status_code, response["Content-Type"]) == (200, "image/png")
            assert response["Cache-Control"] == "public, max-age=31536000, immutable"
            assert response.content.startswith(b"\x89PNG")

    def test_a_changed_title_has_another_one_and_the_old_one_is_gone(self, client: Client) -> None:
        address = picture_of(client, "/office/")
        Page.objects.filter(path="office").update(h1="Our new office")
        assert picture_of(client, "/office/") != address
        assert client.get(address).status_code == 404

    def test_nobody_can_have_anything_else_drawn(self, client: Client) -> None:
        assert client.get(f"/share/{'0' * 20}.png").status_code == 404
        make = Page.objects.filter(path="office")
        address = picture_of(client, "/office/")
        make.update(published=False)
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize("path", ["/book/", "/search/", "/nothing/"])
    def test_other_pages_have_none(self, client: Client, path: str) -> None:
        assert "og:" not in client.get(path).content.decode()


def picture_of(client: Client, path: str) -> str:
    found = re.search(r'og:image" content="https?://[^/]+(/[^"]+)"', client.get(path).content.decode())
    assert found
    return found[1]


class TestAnotherLanguage:
    """None yet. What is needed for it holds already."""

    @pytest.fixture(autouse=True)
    def _spanish(self, settings: LazySettings) -> None:
        settings.LANGUAGES = [("en", "English"), ("es", "Español")]

    def test_its_pages_have_addresses_of_their_own(self, client: Client, make_page: MakePage) -> None:
        make_page("office-es", language="es", h1="El consultorio")
        with translation.override("es"):
            address = reverse("content:page", args=["office-es"])
            assert address == "/es/office-es/"
            assert "El consultorio" in client.get(address).content.decode()
        assert client.get("/office-es/").status_code == 404

    def test_a_page_names_its_translations(self, client: Client, settings: LazySettings, make_page: MakePage) -> None:
        make_page("office", language="es", h1="El consultorio")
        text = client.get("/office/").content.decode()
        for language, address in (("en", "/office/"), ("es", "/es/office/")):
            assert f'<link rel="alternate" hreflang="{language}" href="{settings.SITE_URL}{address}">' in text
        assert "hreflang" not in client.get("/areas/").content.decode()
