import pytest
from django.test import Client

from content import listing
from content.models import Page, Source

pytestmark = pytest.mark.usefixtures("loaded")


def test_every_published_page_stands_in_the_site_map_once(client: Client) -> None:
    Page.objects.filter(path="areas").update(published=False)
    shown = [
        page.path
        for section in listing.sections("en")
        for page in (*section.pages, *([section.main] if section.main else []))
    ]
    assert sorted(shown) == sorted(Page.objects.published().values_list("path", flat=True))
    main = client.get("/site-map/").content.decode().split("<main")[1].split("</main>")[0]
    assert [path for path in shown if f'href="/{path}/"' not in main] == []
    assert 'href="/areas/"' not in main


def test_the_main_pages_exist() -> None:
    assert [page.path for page in listing.main_pages("en")] == list(listing.MAIN)


def test_each_source_that_a_published_page_cites_is_listed_with_those_pages(client: Client) -> None:
    cited = {
        found.source.key: [page.path for page in found.pages]
        for _, group in listing.cited_sources("en")
        for found in group
    }
    pages = Page.objects.published()
    assert set(cited) == {source["key"] for page in pages for source in page.sources}
    assert "nasal-ketamine/how-well-it-works" in cited["popova-2019"]
    text = client.get("/sources/").content.decode()
    assert 'href="https://doi.org/10.1176/appi.ajp.2019.19020172"' in text
    assert 'href="/nasal-ketamine/how-well-it-works/#sources"' in text


def test_a_source_that_no_published_page_cites_is_not_listed() -> None:
    Source.objects.create(key="unused", title="Unused", kind=Source.Kind.STUDY)
    Page.objects.update(published=False)
    Page.objects.filter(path="nasal-ketamine/pregnancy").update(published=True)
    keys = {found.source.key for _, group in listing.cited_sources("en") for found in group}
    assert keys == {source["key"] for source in Page.objects.get(path="nasal-ketamine/pregnancy").sources}


def test_every_kind_of_source_has_a_heading() -> None:
    for kind in Source.Kind.values:
        Source.objects.filter(key="popova-2019").update(kind=kind)
        assert any(found.source.key == "popova-2019" for _, group in listing.cited_sources("en") for found in group)
