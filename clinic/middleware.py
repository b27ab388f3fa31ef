"""What every request passes: one log line and a few headers."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from clinic import views

log = structlog.get_logger("clinic.request")

GetResponse = Callable[[HttpRequest], HttpResponseBase]

PROBES = ("/healthz", "/readyz", "/queuez")


class RequestLog:
    """One line a request: method, route (never the path: it may hold a token), status, milliseconds."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.monotonic()
        response = self.get_response(request)
        if request.path not in PROBES and not request.path.startswith("/static/"):
            match = request.resolver_match
            log.info(
                "request",
                method=request.method,
                route=match.route if match else None,
                status=response.status_code,
                ms=round((time.monotonic() - started) * 1000),
            )
        return response


class SecurityHeaders:
    """The headers that Django has no setting for, and the others on answers that never reach its middleware."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("X-Frame-Options", "DENY")
        response.setdefault("X-Content-Type-Options", "nosniff")
        response.setdefault("Referrer-Policy", "same-origin")
        if response.status_code not in (301, 304):
            response.setdefault("Cache-Control", "no-store")  # whatever did not say otherwise
        if request.path.startswith(("/book/", "/visit/", "/v/", "/admin/")):
            response["Cache-Control"] = "no-store"
            if request.path != "/book/":
                response["X-Robots-Tag"] = "noindex"
        return response


class OnlyUtf8:
    """Refuses a body in another encoding before anything reads it. Every form of ours is sent as UTF-8."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        charset = (request.content_params or {}).get("charset", "utf-8")
        if charset.lower() not in ("utf-8", "utf8"):
            return views.bad_request(request)
        return self.get_response(request)
