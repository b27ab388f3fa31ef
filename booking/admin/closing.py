"""Time that is to be cleared: what is blocked of it, what is still to be moved, and the way there and back."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import actions
from booking.actions.closing import gaps
from booking.admin.acting import busy
from booking.admin.block_form import NAMED, named, sees_visits
from booking.models import Closure, Hold
from booking.transactions import Busy, SlotTaken


class ClosingAdmin(admin.ModelAdmin[Hold]):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.closing_view)
        return [path("clear/<int:pk>/", view, name="booking_hold_clear"), *super().get_urls()]

    def closed(self, request: HttpRequest, closure: Closure) -> HttpResponse:
        """What was free is blocked: on to what is left."""
        self.message_user(request, _("What was free is blocked. Nothing new can be booked there."), messages.SUCCESS)
        return redirect("admin:booking_hold_clear", closure.pk)

    def closing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what is left; POST blocks what has become free, or leaves the rest as it is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        closure = get_object_or_404(Closure.objects.select_related("by").prefetch_related("resources"), pk=pk)
        if request.method == "POST":
            return self._press(request, closure)
        left = named(closure.in_the_way()[: 2 * NAMED + 1], now=timezone.now())
        context = {
            **self.admin_site.each_context(request),
            "title": _("Time to be cleared"),
            "opts": self.opts,
            "closure": closure,
            "names": ", ".join(resource.name for resource in closure.resources.all()),
            "is_open": closure.ended_at is None and closure.span.end > timezone.now(),
            "left": left[:NAMED],
            "is_more": len(left) > NAMED,
            "has_gaps": bool(gaps(closure, list(closure.resources.all()))),
            "may_see": sees_visits(request),
            "may_move": request.user.has_perm("booking.change_appointment"),
        }
        return render(request, "admin/booking/hold/clear.html", context)

    def _press(self, request: HttpRequest, closure: Closure) -> HttpResponse:
        now, level = timezone.now(), messages.SUCCESS
        try:
            if "end" in request.POST:
                is_ended = actions.end_closure(closure=closure, now=now)
                text = _("The rest stays as it is.") if is_ended else _("Somebody else has ended this already.")
            else:
                count = actions.close_rest(closure=closure, now=now)
                text = ngettext("%(count)s more span is blocked.", "%(count)s more spans are blocked.", count)
                text = text % {"count": count} if count else _("Nothing was free: somebody else was quicker.")
        except (SlotTaken, Busy):
            text, level = busy(), messages.ERROR
        self.message_user(request, text, level)
        return redirect("admin:booking_hold_clear", closure.pk)
