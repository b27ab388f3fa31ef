from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from clinic import practice
from clinic.models import Practice
from content import files
from content.models import Page
from tests.content.conftest import MakePage

PATHS = ["/", *(f"/{page.path}/" for page in files.read().pages)]

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.mark.parametrize("path", PATHS)
def test_every_page(client: Client, django_assert_max_num_queries: Any, path: str) -> None:
    practice.forget()
    with django_assert_max_num_queries(3):
        response = client.get(path)
    assert response.status_code == 200
    assert dict(response.cookies) == {}
    assert response.get("Vary", "") == ""
    assert response["Cache-Control"] == "public, max-age=60"
    text = response.content.decode()
    assert [
        sign for sign in ("tel:988", "sms:988", "tel:911", 'href="/crisis/"', 'href="/book/"') if sign not in text
    ] == []
    assert text.count("<h1") == 1
    assert text.count('<meta name="description"') == 1
    assert text.count('<link rel="canonical"') == 1
    assert "style=" not in text


@pytest.mark.parametrize("path", PATHS)
def test_head_and_unchanged(client: Client, path: str) -> None:
    first = client.get(path)
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/office/", "/intranasal-ketamine-depression"])
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
    panel = client.get("/nasal-ketamine/").content.decode().split("Which medicine does")[1].split("</div>")[0]
    assert words in panel


def test_a_review_is_shown_only_once_recorded(client: Client) -> None:
    page = Page.objects.get(path="office")
    assert "Clinical review: not yet recorded." in client.get("/office/").content.decode()
    page.reviewed_by, page.reviewed_on = "A. Doctor, MD", "2026-11-20"
    page.save()
    shown = client.get("/office/").content.decode()
    assert "Clinical review: A. Doctor, MD, November 20, 2026." in shown
    assert "not yet recorded" not in shown


def test_the_crisis_page_does_not_ask_to_book(client: Client) -> None:
    main = client.get("/crisis/").content.decode().split("<main")[1].split("</main>")[0]
    assert "/book/" not in main


def test_source_numbers_lead_to_the_sources(client: Client) -> None:
    text = client.get("/nasal-ketamine/how-well-it-works/").content.decode()
    count = len(Page.objects.get(path="nasal-ketamine/how-well-it-works").sources)
    assert [n for n in range(1, count + 1) if f'href="#source-{n}"' not in text or f'id="source-{n}"' not in text] == []


def test_the_sitemap_dates_are_true(client: Client, settings: LazySettings) -> None:
    text = client.get("/sitemap.xml").content.decode()
    page = Page.objects.get(path="office")
    assert f"/office/</loc><lastmod>{page.changed_on:%Y-%m-%d}</lastmod>" in text
    assert text.count("<url>") == Page.objects.count() + 2


def test_text_is_escaped_in_the_page(client: Client, make_page: MakePage) -> None:
    make_page("about/x", kind="about", h1="<script>1</script>", summary='"><script>2</script>', title="</title>")
    text = client.get("/about/x/").content.decode()
    assert [bad for bad in ("<script>1", "<script>2", "</title></title>") if bad in text] == []
