"""A clinician's calendar address: shown to who has just proved that it is them, and renewed on a page that says so."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _

from booking import actions, clinician_calendar
from booking.admin.acting import busy
from booking.admin.reading import KeptWhileInUseAdmin
from booking.models import Resource
from booking.transactions import Busy
from clinic.staff.recent import recently_authenticated


class CalendarAddressAdmin(KeptWhileInUseAdmin[Resource]):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/calendar/", view(self.calendar_view), name="booking_resource_calendar"),
            path("<int:pk>/calendar/new/", view(self.new_calendar_view), name="booking_resource_new_calendar"),
            *super().get_urls(),
        ]

    def may_feed(self, request: HttpRequest, clinician: Resource) -> bool:
        """Clinicians their own; who sets up clinicians, as the manager does, everybody's."""
        if not (self.has_view_permission(request) and request.user.has_perm("booking.feed_resource")):
            return False
        return clinician.account_id == request.user.pk or self.has_change_permission(request, clinician)

    def calendar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._clinician(request, pk))

    def new_calendar_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what will happen, POST does it."""
        return self._renew(request, self._clinician(request, pk))

    def _clinician(self, request: HttpRequest, pk: int) -> Resource:
        clinician = get_object_or_404(Resource, pk=pk, kind=Resource.Kind.CLINICIAN)
        if not self.may_feed(request, clinician):
            raise PermissionDenied
        return clinician

    @method_decorator(recently_authenticated)
    def _show(self, request: HttpRequest, clinician: Resource) -> HttpResponse:
        url = clinician_calendar.url_for(clinician)
        address = {"feed_url": url, "subscribe_url": f"webcal:{url.partition(':')[2]}"} if url else {}
        return self._page(request, "calendar", _("Calendar address"), clinician, **address)

    @method_decorator(recently_authenticated)
    def _renew(self, request: HttpRequest, clinician: Resource) -> HttpResponse:
        if request.method != "POST":
            return self._page(request, "new_calendar", _("Make a new calendar address?"), clinician)
        given = request.POST.get("seen", "")
        seen = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
        try:
            is_done = actions.renew_calendar(clinician=clinician, seen=seen)
        except Busy:
            return self._back(request, clinician, busy(), messages.ERROR)
        if not is_done:
            problem = _("Somebody else has made a new address meanwhile: this is it. Nothing was changed.")
            return self._back(request, clinician, problem, messages.WARNING)
        text = _("A new calendar address was made.")
        self.log_change(request, clinician, text)
        return self._back(request, clinician, text, messages.SUCCESS)

    def _back(self, request: HttpRequest, clinician: Resource, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_resource_calendar", clinician.pk)

    def _page(
        self, request: HttpRequest, template: str, title: str, clinician: Resource, **more: object
    ) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "clinician": clinician}
        return render(request, f"admin/booking/resource/{template}.html", {**context, **more})
