"""Time that is to be cleared: what is blocked of it, what is still to be moved, and the way there and back."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import actions, when
from booking.actions.closing import blocked_of, blocks_of, gaps
from booking.admin.acting import busy
from booking.admin.block_form import NAMED, named, sees_visits
from booking.models import Closure, Hold
from booking.transactions import Busy, SlotTaken


class ClosingAdmin(admin.ModelAdmin[Hold]):
    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        return [
            path("clear/<int:pk>/", staff_only(self.closing_view), name="booking_hold_clear"),
            path("clear/<int:pk>/lift/", staff_only(self.lift_view), name="booking_hold_lift"),
            *super().get_urls(),
        ]

    def closed(self, request: HttpRequest, closure: Closure) -> HttpResponse:
        """What was free is blocked: on to what is left."""
        self.message_user(request, _("What was free is blocked. Nothing new can be booked there."), messages.SUCCESS)
        return redirect("admin:booking_hold_clear", closure.pk)

    def closing_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows what is left; POST blocks what has become free, or leaves the rest as it is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        closure = _found(pk)
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
            "may_lift": self.has_delete_permission(request) and blocks_of(closure, now=timezone.now()).exists(),
            "may_see": sees_visits(request),
            "may_move": request.user.has_perm("booking.change_appointment"),
        }
        return render(request, "admin/booking/hold/clear.html", context)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what would be free again; POST gives it back."""
        if not (self.has_add_permission(request) and self.has_delete_permission(request)):
            raise PermissionDenied
        closure, now = _found(pk), timezone.now()
        if request.method == "POST":
            return self._lift(request, closure)
        free = [(resource, when.period(span.start, span.end)) for resource, span in blocked_of(closure, now=now)]
        if not free:
            return self._to(closure, request, _("Nothing of it is blocked any more."), messages.WARNING)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Lift the whole block?"),
            "opts": self.opts,
            "closure": closure,
            "free": free[:NAMED],
            "is_more": len(free) > NAMED,
            "has_left": closure.in_the_way().exists(),
        }
        return render(request, "admin/booking/hold/lift.html", context)

    def _lift(self, request: HttpRequest, closure: Closure) -> HttpResponse:
        try:
            blocks = actions.lift_closure(closure=closure, now=timezone.now())
        except (SlotTaken, Busy):
            return self._to(closure, request, busy(), messages.ERROR)
        if not blocks:
            return self._to(closure, request, _("Somebody else has lifted this block already."), messages.WARNING)
        self.log_deletions(request, blocks)  # type: ignore[arg-type]  # the rows are gone: what was read of them
        return self._to(closure, request, _("The block is lifted: its time is free again."), messages.SUCCESS)

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
        return self._to(closure, request, text, level)

    def _to(self, closure: Closure, request: HttpRequest, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_hold_clear", closure.pk)


def _found(pk: int) -> Closure:
    return get_object_or_404(Closure.objects.select_related("by").prefetch_related("resources"), pk=pk)
