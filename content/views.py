"""The information pages. They read, set no cookie, and never ask who is looking."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from clinic import practice
from content import structured_data
from content.models import Page

HUB = "nasal-ketamine"
# Short, so that a correction is seen within a minute. The ETag is taken from the page as sent, so that it changes
# with the template, the practice's facts and a neighbor's title too, which no single date would tell.
_public = cache_control(public=True, max_age=60)


@require_safe
@conditional_page
@_public
def home(request: HttpRequest) -> HttpResponse:
    data = structured_data.graph(structured_data.clinic(practice.current(), site_url=settings.SITE_URL))
    return render(request, "content/home.html", {"hub": HUB, "structured_data": _data_block(data)})


@require_safe
@conditional_page
@_public
def page(request: HttpRequest, path: str) -> HttpResponse:
    shown = get_object_or_404(Page.objects.published().select_related("parent"), path=path)
    return render(request, "content/page.html", page_context(shown))


def page_context(shown: Page) -> dict[str, object]:
    """What the template of a page needs. The editor's preview shows a text by the same."""
    near = list(Page.objects.near(shown))
    data = [structured_data.web_page(shown, site_url=settings.SITE_URL)]
    if shown.kind == Page.Kind.PLACE:
        data.append(structured_data.clinic(practice.current(), site_url=settings.SITE_URL))
    return {
        "page": shown,
        "near": [other for other in near if other.pk != shown.pk],
        "next": next_after(shown, near),
        "structured_data": _data_block(structured_data.graph(*data)),
    }


@require_safe
def old_address(request: HttpRequest) -> HttpResponse:
    return redirect("content:page", HUB, permanent=True)


def next_after(shown: Page, near: list[Page]) -> Page | None:
    """The one to read next: the hub's first page, or the one after this in reading order."""
    if shown.kind == Page.Kind.HUB:
        return near[0] if near else None
    places = [other.pk for other in near]
    after = near[places.index(shown.pk) + 1 :] if shown.pk in places else []
    return after[0] if after else None


def _data_block(data: structured_data.Data) -> SafeString:
    return mark_safe(structured_data.as_html(data))  # noqa: S308  it escapes what could end the element
