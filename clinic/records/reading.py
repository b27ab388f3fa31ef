"""Notes each answer to staff that was made from patients' data, before it leaves. What can't be noted is not shown."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from clinic import seen
from clinic.records.models import Reading

Page = Reading.Page

# By the end of the route's name, and by what may stand within it.
ENDS = {"index": Page.DESK, "_changelist": Page.LIST, "_change": Page.RECORD, "_history": Page.HISTORY}
WITHIN = {
    "autocomplete": Page.SEARCH,
    "search": Page.SEARCH,
    "print": Page.PRINT,
    "export": Page.EXPORT,
    "csv": Page.EXPORT,
    "diary": Page.CALENDAR,
    "calendar": Page.CALENDAR,
    "week": Page.CALENDAR,
    "month": Page.CALENDAR,
}
REFUSALS = (403, 404, 405)  # their pages are the same for everybody
SEARCHES = ("q", "term")  # the words themselves are not kept


class ReadLog:
    """Middleware, for all that begins with /admin/. What shows nothing is not noted: a redirect, a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        with seen.watching() as found:
            response = self.get_response(request)
            if isinstance(response, StreamingHttpResponse):
                response = _made_whole(response)
        if found.patients and response.status_code not in REFUSALS and not 300 <= response.status_code < 400:
            _note(request, response, found)
        return response


def _made_whole(response: StreamingHttpResponse) -> HttpResponse:
    """What is streamed is read only while it goes; what it reads has to be known before."""
    whole = HttpResponse(b"".join(response), status=response.status_code)
    whole.headers = response.headers
    whole.cookies = response.cookies
    return whole


def _note(request: HttpRequest, response: HttpResponseBase, found: seen.Seen) -> None:
    match = request.resolver_match
    Reading.objects.create(
        at=timezone.now(),
        user=request.user if isinstance(request.user, User) else None,
        page=kind_of(request, response),
        route=match.view_name if match else "",
        patients=sorted(found.patients),
        visits=sorted(found.visits),
    )


def kind_of(request: HttpRequest, response: HttpResponseBase) -> Page:
    name = request.resolver_match.view_name.rpartition(":")[2] if request.resolver_match else ""
    if "print" in request.GET:
        return Page.PRINT
    within = next((page for part, page in WITHIN.items() if part in name), None)
    is_page = response.get("Content-Type", "").startswith("text/html")
    if within is Page.EXPORT and is_page:
        return Page.STEP  # it only asks
    if within:
        return within
    if not is_page:
        return Page.EXPORT
    page = next((page for end, page in ENDS.items() if name.endswith(end)), Page.STEP)
    return Page.SEARCH if page is Page.LIST and any(request.GET.get(word) for word in SEARCHES) else page
