"""Pages that belong to no app: probes, robots.txt and the pages for when something goes wrong."""

import sys
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, Error, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template import loader
from django.templatetags.static import static
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from booking import outbox
from clinic import practice

MAX_HEARTBEAT_AGE = timedelta(minutes=3)
MAX_MESSAGE_AGE = timedelta(minutes=10)
RETRY_AFTER = "30"  # seconds


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. No I/O, so that a fault elsewhere never has it restarted."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers. Redis is not asked: without it the site still takes requests."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("database unavailable\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


@require_safe
def queuez(request: HttpRequest) -> JsonResponse:
    """Mail flows: the worker's heartbeat and the oldest message that is due. For a monitor, not a balancer."""
    try:
        state = outbox.health(now=timezone.now())
    except Error:
        return JsonResponse({"ok": False, "problem": "database unavailable"}, status=503)
    problems = []
    if state.heartbeat_age is None or state.heartbeat_age > MAX_HEARTBEAT_AGE:
        problems.append("no heartbeat from the worker")
    if state.oldest_due_age is not None and state.oldest_due_age > MAX_MESSAGE_AGE:
        problems.append("messages are waiting")
    body = {
        "ok": not problems,
        "problems": problems,
        "heartbeat_age_seconds": _seconds(state.heartbeat_age),
        "oldest_due_age_seconds": _seconds(state.oldest_due_age),
        "failed_messages": state.failed,
    }
    return JsonResponse(body, status=503 if problems else 200)


def _seconds(age: timedelta | None) -> int | None:
    return None if age is None else round(age.total_seconds())


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", "Disallow: /admin/", "Disallow: /visit/", "Disallow: /v/", ""]
    lines.append(f"Sitemap: {settings.SITE_URL}/sitemap.xml")
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
    patch_cache_control(response, public=True, max_age=3600)
    return response


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("img/favicon.ico"), permanent=False)


def _retry(request: HttpRequest) -> dict[str, object] | None:
    """What was posted, so that the page can offer to send it again; nothing of it is stored."""
    if request.method != "POST" or not request.path.startswith(("/book/", "/visit/")):
        return None
    try:
        values = [(name, value) for name, values in request.POST.lists() for value in values]
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return None  # the body can't be read: there is nothing to keep
    kept = [(name, value) for name, value in values if name != "csrfmiddlewaretoken"]
    return {"action": request.path, "fields": kept, "csrf_token": get_token(request)}


def _fault(request: HttpRequest, template: str, status: int, *, retry: dict[str, object] | None) -> HttpResponse:
    context = {"retry": retry, "practice": practice.current(), "office_name": settings.OFFICE_NAME}
    # Without the request: no context processor may fail here a second time.
    page = loader.render_to_string(template, {**context, "discreet": _is_about_a_visit(request)})
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})


def _is_about_a_visit(request: HttpRequest) -> bool:
    """Such a page says nothing of what kind of office this is."""
    return request.path.startswith(("/book/", "/visit/", "/v/"))


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's own reads the form again for its CSRF token, which is what had failed."""
    return _fault(request, "400.html", 400, retry=None)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called by Django while the exception is still being handled: a database that is away is not a defect."""
    if request.method == "GET" and isinstance(sys.exception(), DataError):
        return bad_request(request)  # an address with a value in it that the database can't even look for
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        response = _fault(request, "503.html", 503, retry=_retry(request))
        response["Retry-After"] = RETRY_AFTER
        return response
    return _fault(request, "500.html", 500, retry=_retry(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"discreet": _is_about_a_visit(request)}, status=403)
