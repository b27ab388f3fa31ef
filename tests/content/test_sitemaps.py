import pytest
from django.conf import settings
from django.test import Client

from content.models import Page

pytestmark = pytest.mark.usefixtures("loaded")


def test_it_lists_each_page_with_the_date_of_its_text(client: Client) -> None:
    text = client.get("/sitemap.xml").content.decode()
    for page in Page.objects.published().filter(noindex=False):
        assert f"/{page.path}/</loc><lastmod>{page.changed_on:%Y-%m-%d}</lastmod>" in text
    fixed = ["/", "/book/", "/site-map/", "/sources/"]
    assert [path for path in fixed if f"<loc>{settings.SITE_URL}{path}</loc></url>" not in text.replace("\n", "")] == []
    assert text.count("<url>") == Page.objects.count() + len(fixed)


def test_it_honors_what_is_kept_out_and_what_is_not_published(client: Client) -> None:
    Page.objects.filter(path="office").update(noindex=True)
    Page.objects.filter(path="areas").update(published=False)
    text = client.get("/sitemap.xml").content.decode()
    assert [path for path in ("/office/", "/areas/", "/search/", "/admin/", "/visit/") if path in text] == []


def test_robots_names_it(client: Client) -> None:
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()
