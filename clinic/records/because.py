"""Who changes something, and why: said once for a request, a task or a command, noted by the triggers with each change.

Who is “staff” with the user's number, “patient” by the link in their mail, “visitor” or “system”. Why is the name of a
route, a task or a command; never its values, nor those of a query.
"""

from collections.abc import Callable
from typing import Any

import celery
import pghistory
from django.http import HttpRequest
from django.http.response import HttpResponseBase

STAFF, PATIENT, VISITOR, SYSTEM = "staff", "patient", "visitor", "system"


class Because:
    """Middleware. Looks at who is signed in on staff's pages alone: nowhere else is a session read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with pghistory.context(who=VISITOR):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        match = request.resolver_match
        if match is None:
            return
        pghistory.context(why=match.view_name)
        if match.namespace == "visit":
            pghistory.context(who=PATIENT)
        elif request.path.startswith("/admin/") and request.user.is_authenticated:
            pghistory.context(who=STAFF, user=request.user.pk)


class Task(celery.Task):  # type: ignore[type-arg]  # at run time it takes no types
    """Every task of ours."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with pghistory.context(who=SYSTEM, why=self.name):
            return super().__call__(*args, **kwargs)


def command(arguments: list[str]) -> pghistory.context:
    """For manage.py: the command's name without what follows it."""
    return pghistory.context(who=SYSTEM, why=f"manage.py {arguments[1]}" if len(arguments) > 1 else "manage.py")
