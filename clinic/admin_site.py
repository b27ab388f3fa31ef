from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from clinic.list_csv import list_csv
from clinic.staff import factors
from clinic.staff.pages import SignIn
from clinic.staff.recent import recently_authenticated


class ClinicAdminSite(admin.AdminSite):
    """Django's own admin under the practice's name, which shows nothing before a second factor."""

    site_title = _("Front desk")
    site_header = _("Front desk")
    index_title = _("Today")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and factors.proved(request)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """With a file of each list there is; nobody who adds one has to think of it."""
        lists = [listed for listed in self._registry.values() if getattr(listed, "is_list", True)]
        return [*map(self._csv_of, lists), *super().get_urls()]

    def _csv_of(self, listed: admin.ModelAdmin[Any]) -> URLPattern:
        app, model = listed.opts.app_label, listed.opts.model_name
        view = self.admin_view(list_csv)
        found: URLPattern = path(f"{app}/{model}/csv/", view, {"listed": listed}, name=f"{app}_{model}_csv")
        return found

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Every page but the sign-in comes through here."""
        return super().admin_view(_copying_nothing(view), cacheable)

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """There is one sign-in, which goes on to the second factor."""
        response: HttpResponse = SignIn.as_view()(request)
        return response

    @method_decorator(recently_authenticated)
    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """Other sessions end by it: each holds a hash of the password it was begun with."""
        return super().password_change(request, extra_context)


def _copying_nothing(view: Callable[..., Any]) -> Callable[..., Any]:
    """Django takes a change for a new row wherever the form says “_saveasnew”, though none of our lists offers that:
    it would pass by the pages that add such a row.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "POST" and "_saveasnew" in request.POST:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
