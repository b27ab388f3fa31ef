"""All pages and all sources at a glance: what /site-map/ and /sources/ show."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from content.models import Page, Source

MAIN = (
    "nasal-ketamine",
    "nasal-ketamine/is-it-right-for-me",
    "nasal-ketamine/what-happens",
    "nasal-ketamine/side-effects",
    "nasal-ketamine/how-well-it-works",
    "fees",
    "office",
    "about/dr-bacchus",
)


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    pages: Sequence[Page]
    main: Page | None = None


@dataclass(frozen=True, slots=True)
class Cited:
    source: Source
    pages: Sequence[Page]


def main_pages(language: str) -> list[Page]:
    pages = Page.objects.published().filter(language=language, path__in=MAIN).only("path", "language", "h1", "summary")
    return sorted(pages, key=lambda page: MAIN.index(page.path))


def sections(language: str) -> list[Section]:
    """A section for each main page with those under it, then the others by what they are about."""
    pages = list(
        Page.objects.published()
        .filter(language=language)
        .only("path", "language", "h1", "kind", "parent_id", "nav_order")
        .order_by("nav_order", "path")
    )
    hubs = [page for page in pages if page.kind == Page.Kind.HUB]
    under = {hub.pk: [page for page in pages if page.parent_id == hub.pk] for hub in hubs}
    placed = {hub.pk for hub in hubs} | {page.pk for found in under.values() for page in found}
    rest = [page for page in pages if page.pk not in placed]
    return [
        *(Section(title=hub.h1, main=hub, pages=under[hub.pk]) for hub in hubs),
        *_by_kind(rest),
    ]


def _by_kind(pages: Sequence[Page]) -> list[Section]:
    titles = {
        gettext("Depression and help"): (Page.Kind.SPOKE,),
        gettext("The practice"): (Page.Kind.ABOUT, Page.Kind.PLACE),
        gettext("Your rights, and notices"): (Page.Kind.NOTICE,),
    }
    found = [
        Section(title=title, pages=[page for page in pages if page.kind in kinds]) for title, kinds in titles.items()
    ]
    return [section for section in found if section.pages]


def cited_sources(language: str) -> list[tuple[str, list[Cited]]]:
    """Each source that a published page cites, by kind, with those pages."""
    citing: dict[str, list[Page]] = {}
    pages = Page.objects.published().filter(language=language).only("path", "language", "h1", "sources").order_by("h1")
    for page in pages:
        for source in page.sources:
            citing.setdefault(source["key"], []).append(page)
    known = Source.objects.filter(key__in=citing).order_by("authors", "title", "year")
    titles = {
        Source.Kind.TRIAL: gettext("Trials"),
        Source.Kind.REVIEW: gettext("Reviews of studies"),
        Source.Kind.STUDY: gettext("Other studies"),
        Source.Kind.LABEL: gettext("Product labels"),
        Source.Kind.RULE: gettext("Rules and safety programs"),
        Source.Kind.ALERT: gettext("Safety alerts"),
        Source.Kind.SERVICE: gettext("Public services"),
    }
    groups = [
        (title, [Cited(source=source, pages=citing[source.key]) for source in known if source.kind == kind])
        for kind, title in titles.items()
    ]
    return [(title, found) for title, found in groups if found]
