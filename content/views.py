"""The information pages. They read, set no cookie, and never ask who is looking."""

import re
from collections import defaultdict

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from clinic import practice
from content import listing, pictures, structured_data
from content.models import Page, Redirect
from content.search import find

PREPARATION = "nasal-ketamine/prepare"  # printed and brought along
AREAS = ("Los Angeles", "Beverly Hills", "Santa Monica", "Encino", "Pacific Palisades")
# Kept by whoever likes, and asked about each time: a correction is seen at once. The ETag is taken from the page as
# sent, so that it changes with the template, the practice's facts and a neighbor's title too, which no date would tell.
_public = cache_control(public=True, no_cache=True)
_for_good = cache_control(public=True, max_age=31_536_000, immutable=True)
_CITED = re.compile(r'id="(cite-(\d+)-\d+)"')


@require_safe
@conditional_page
@_public
def home(request: HttpRequest) -> HttpResponse:
    facts = practice.current()
    data = [
        structured_data.website(facts, language=_language(), site_url=settings.SITE_URL),
        structured_data.clinic(facts, site_url=settings.SITE_URL, areas=AREAS),
    ]
    context = {
        "title": _home_title(),
        "areas": AREAS,
        "picture": _picture(_home_title()),
        "structured_data": _data_block(*data),
    }
    return render(request, "content/home.html", context)


@require_safe
@conditional_page
@_public
def page(request: HttpRequest, path: str) -> HttpResponse:
    pages = Page.objects.published().with_parent()
    return render(request, "content/page.html", page_context(get_object_or_404(pages, language=_language(), path=path)))


def page_context(shown: Page) -> dict[str, object]:
    """What the template of a page needs. The editor's preview shows a text by the same."""
    near = [other for other in Page.objects.near(shown) if other.pk != shown.pk]
    return {
        "page": shown,
        "near": near if shown.kind == Page.Kind.HUB else [],
        "read_on": _read_on(shown) or ([] if shown.kind == Page.Kind.HUB else near[:3]),
        "sources": _sources(shown),
        "for_printing": shown.path == PREPARATION,
        "translations": _translations(shown),
        "picture": _picture(shown.h1),
        "structured_data": _data_block(*_data(shown)),
    }


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Not kept by any cache: what somebody looks for is theirs."""
    found = find(request.GET.get("q", ""), _language())
    response = render(request, "content/search.html", {"found": found, "main_pages": listing.main_pages(_language())})
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@conditional_page
@_public
def site_map(request: HttpRequest) -> HttpResponse:
    return render(request, "content/site_map.html", {"sections": listing.sections(_language())})


@require_safe
@conditional_page
@_public
def sources(request: HttpRequest) -> HttpResponse:
    return render(request, "content/sources.html", {"groups": listing.cited_sources(_language())})


@require_safe
@_for_good
def picture(request: HttpRequest, digest: str) -> HttpResponse:
    """Only for a title that a page has now: nobody can have us draw anything else."""
    titles = [_home_title(), *Page.objects.published().values_list("h1", flat=True)]
    for title in titles:
        if pictures.digest(title, *_letterhead()) == digest:
            return HttpResponse(pictures.png(title, *_letterhead()), content_type="image/png")
    raise Http404


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """An address that a page once had leads to where that page is now."""
    private = request.path.startswith(("/admin/", "/book/", "/visit/", "/v/"))
    if request.method in ("GET", "HEAD") and not private:
        moved = Redirect.objects.at(request.path).filter(page__published=True).select_related("page").first()
        if moved:
            response = redirect(moved.page, permanent=True)
            patch_cache_control(response, public=True, max_age=60)
            return response
    return render(request, "404.html", {"discreet": private}, status=404)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


def _read_on(shown: Page) -> list[Page]:
    pages = (
        Page.objects.published().as_links().filter(language=shown.language, path__in=shown.related)
        if shown.related
        else []
    )
    return sorted(pages, key=lambda other: shown.related.index(other.path))


def _sources(shown: Page) -> list[dict[str, object]]:
    """Each with the places in the text that name it."""
    places = defaultdict(list)
    for place, number in _CITED.findall(shown.html):
        places[int(number)].append(place)
    return [{**source, "places": places[number]} for number, source in enumerate(shown.sources, start=1)]


def _translations(shown: Page) -> list[tuple[str, str]]:
    """The languages that this page is published in and its address in each, if there is more than one."""
    if len(settings.LANGUAGES) < 2:
        return []
    languages = Page.objects.published().filter(path=shown.path).order_by("language").values_list("language", flat=True)
    found = []
    for language in languages:
        with override(language):
            found.append((language, shown.get_absolute_url()))
    return found if len(found) > 1 else []


def _data(shown: Page) -> list[structured_data.Data]:
    facts, site_url = practice.current(), settings.SITE_URL
    data = [
        structured_data.web_page(shown, site_url=site_url),
        structured_data.breadcrumbs(shown, home=gettext("Home"), site_url=site_url),
    ]
    if shown.path == structured_data.DOCTOR:
        data.append(structured_data.physician(facts, site_url=site_url))
    if shown.kind == Page.Kind.PLACE:
        areas = AREAS if shown.path == structured_data.AREAS else ()
        data.append(structured_data.clinic(facts, site_url=site_url, areas=areas))
    return data


def _data_block(*data: structured_data.Data) -> SafeString:
    return mark_safe(structured_data.as_html(structured_data.graph(*data)))  # noqa: S308  it escapes what could end it


def _home_title() -> str:
    return gettext("Nasal ketamine and esketamine for depression in adults")


def _letterhead() -> tuple[str, str]:
    facts = practice.current()
    return facts.name, f"{facts.clinician} · {facts.city}"


def _picture(title: str) -> str:
    address = reverse("content:picture", args=[pictures.digest(title, *_letterhead())])
    return f"{settings.SITE_URL}{address}"
