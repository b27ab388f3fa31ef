"""What search engines are told there is. Always under the site's one address, whatever name it was asked by."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from content.models import Page


class OurSitemap(Sitemap[Any]):
    def get_protocol(self, protocol: str | None = None) -> str:
        return urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class PageSitemap(OurSitemap):
    def items(self) -> QuerySet[Page]:
        return Page.objects.published().filter(noindex=False).order_by("path")

    def lastmod(self, item: Page) -> date | None:
        return item.changed_on


class FixedSitemap(OurSitemap):
    """Pages made by a template. No date: a wrong one is worse than none."""

    def items(self) -> list[str]:
        return ["content:home", "content:sources", "content:site_map", "booking:kinds"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {"pages": PageSitemap, "fixed": FixedSitemap}
