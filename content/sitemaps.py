from datetime import date

from django.contrib.sitemaps import Sitemap
from django.db.models import QuerySet
from django.urls import reverse

from content.models import Page


class PageSitemap(Sitemap[Page]):
    def items(self) -> QuerySet[Page]:
        return Page.objects.published().order_by("path")

    def lastmod(self, item: Page) -> date | None:
        return item.changed_on


class FixedSitemap(Sitemap[str]):
    """Pages made by a template. No date: a wrong one is worse than none."""

    def items(self) -> list[str]:
        return ["content:home", "booking:kinds"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {"pages": PageSitemap, "fixed": FixedSitemap}
