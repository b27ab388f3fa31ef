from datetime import timedelta

from django.contrib import admin
from django.contrib.auth.forms import UsernameField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from clinic import network, throttle

GUESSES = 10  # for one name from one network, so that a stranger elsewhere can lock nobody out
GUESSES_FROM_ONE_NETWORK = 60  # for all names together
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
            # As the sign-in form itself reads it: other spellings of a name are the same name.
            name = UsernameField().to_python(request.POST.get("username", ""))
            place = network.of(request)
            limits = ((f"{name}|{place}", GUESSES), (place, GUESSES_FROM_ONE_NETWORK))
            counts = [
                throttle.count(throttle.hashed("sign-in", key), window=WINDOW, now=timezone.now()) <= limit
                for key, limit in limits
            ]
            if not all(counts):
                return render(request, "429.html", status=429)
        return super().login(request, extra_context)
