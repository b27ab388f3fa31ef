"""“Is it still you?” What may do great harm is done only within five minutes of a sign-in or of confirming anew.

    @recently_authenticated
    def export(request, pk): ...

On methods of an admin: `@method_decorator(recently_authenticated)`. Have both the page that asks and the POST that acts
go through it: a POST is not kept over the question, so nothing typed lies in the session; it says so and leads back.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

P = ParamSpec("P")


def is_recent(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(times) and time.time() - max(times) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def confirm_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the second factor (for the password, of who has none yet), and from there back."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    if not methods:
        raise PermissionDenied
    if request.method == "POST":
        messages.warning(request, _("Nothing was changed yet. Confirm that it is you, then press the button again."))
    query = urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(f"{methods[0]['url']}?{query}")


def recently_authenticated(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def asked_first(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if is_recent(request) else confirm_first(request)

    return asked_first
