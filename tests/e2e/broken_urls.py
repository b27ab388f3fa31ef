"""The site's addresses, and some more whose views fail in each of the ways that have a page of their own."""

from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import engines
from django.urls import path

from clinic import urls

FORM = """<!doctype html><form method="post">{% csrf_token %}
<input name="name" value="Ana Díaz"><input name="needs" value="other"><input name="needs" value="vision">
<button>Send</button></form>"""


def failing(error: type[Exception]) -> Callable[[HttpRequest], HttpResponse]:
    """Fails; below /book/ it shows a form first and fails when that is sent."""

    def view(request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and request.path.startswith("/book/"):
            return HttpResponse(engines["django"].from_string(FORM).render({}, request))
        raise error

    return view


def too_many(request: HttpRequest) -> HttpResponse:
    return render(request, "429.html", status=429)


handler500 = urls.handler500
urlpatterns = [
    path("fails/400/", failing(BadRequest)),
    path("fails/403/", failing(PermissionDenied)),
    path("fails/429/", too_many),
    path("fails/500/", failing(ZeroDivisionError)),
    path("fails/503/", failing(OperationalError)),
    path("book/fails/500/", failing(ZeroDivisionError)),
    path("book/fails/503/", failing(OperationalError)),
    *urls.urlpatterns,
]
