"""Sign-off: a session ends 15 minutes after its last request and 8 hours after its sign-in, whatever the cookie says.

Both moments stand in the session's own data, in the database. A session that has none was not begun by our sign-in and
ends at once. Only addresses under /admin/ are looked at: no other page reads a session.
"""

import time
from collections.abc import Callable

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

GetResponse = Callable[[HttpRequest], HttpResponseBase]

BEGAN, SEEN = "staff_began", "staff_seen"
NOTED_EVERY = 60  # seconds; so often the session's row is written


def begin(request: HttpRequest) -> None:
    """Called once a sign-in is complete."""
    request.session[BEGAN] = request.session[SEEN] = time.time()


class SignOff:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith("/admin/") or not request.user.is_authenticated:
            return self.get_response(request)
        now = time.time()
        began, seen = request.session.get(BEGAN, 0), request.session.get(SEEN, 0)
        if now - seen > settings.STAFF_IDLE.total_seconds() or now - began > settings.STAFF_DAY.total_seconds():
            return self._ended(request)
        if now - seen > NOTED_EVERY:
            request.session[SEEN] = now
            UserSession.objects.create_from_request(request)
        return self.get_response(request)

    def _ended(self, request: HttpRequest) -> HttpResponseBase:
        """To the sign-in, and from there back to the page. What was sent is not kept: it may hold a patient's data."""
        logout(request)
        if request.method in ("GET", "HEAD"):
            messages.info(request, _("You were signed off for safety. Sign in to go on where you were."))
            return redirect_to_login(request.get_full_path())
        messages.warning(
            request,
            _(
                "You were signed off for safety before this arrived, so it was not saved and nothing was changed."
                " Sign in: you come back to the page, and can enter it again."
            ),
        )
        return redirect_to_login(request.path)
