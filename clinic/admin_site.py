from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from clinic import network, throttle

GUESSES = 10
WINDOW = timedelta(minutes=15)


class ClinicAdminSite(admin.AdminSite):
    """Django's own admin under the practice's name, with a limit on guessing at the sign-in."""

    site_title = _("Front desk")
    site_header = _("Front desk")
    index_title = _("Today")
    site_url = "/"

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        if request.method == "POST":
            who = f"{request.POST.get('username', '')}|{network.of(request)}"
            tries = throttle.count(throttle.hashed("sign-in", who), window=WINDOW, now=timezone.now())
            if tries > GUESSES:
                return render(request, "429.html", status=429)
        return super().login(request, extra_context)
