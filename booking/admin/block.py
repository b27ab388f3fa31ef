"""Times kept from being offered: holidays, meetings. The holds of visits are the visits' own and not listed."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.actions import free_time, staff
from booking.admin.acting import busy
from booking.admin.block_form import FIELDS, NAMED, BlockForm, sees_visits
from booking.admin.closing import ClosingAdmin
from booking.admin.free_week import day_named
from booking.admin.reading import signed_in
from booking.models import Hold
from booking.transactions import Busy


@admin.register(Hold)
class HoldAdmin(ClosingAdmin):
    list_display = ["blocked", "resource", "reason"]
    list_filter = ["resource"]
    ordering = ["-period"]
    fields = ["resource", "blocked", "reason"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return Hold.objects.blocks().select_related("resource").order_by("-period")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def has_change_permission(self, request: HttpRequest, obj: Hold | None = None) -> bool:
        return False  # deleted and blocked anew

    @admin.display(description=gettext_lazy("blocked"))
    def blocked(self, row: Hold) -> str:
        return row.period_in_words()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Not Django's own: what stands in the way is known only by trying, and is then said in the form."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BlockForm(request.POST) if request.method == "POST" else BlockForm(initial=_of_day(request))
        if form.is_valid() and (response := self._block(request, form)):
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": _("Block time"),
            "adminform": AdminForm(form, [(None, {"fields": FIELDS})], {}, model_admin=self),  # type: ignore[arg-type]
            "errors": form.errors,
            "in_the_way": form.in_the_way[:NAMED],
            "is_more": len(form.in_the_way) > NAMED,
            "may_see": sees_visits(request),
            "may_move": request.user.has_perm("booking.change_appointment"),
            "media": self.media + form.media,
            "inline_admin_formsets": [],
            "is_popup": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return self.render_change_form(request, context, add=True, form_url=form_url)

    def _block(self, request: HttpRequest, form: BlockForm) -> HttpResponse | None:
        """All of it or, where that was pressed, what is free. None where the form is to be shown again."""
        if "free" in request.POST:
            closure = form.close(staff(signed_in(request)), now=timezone.now())
            return self.closed(request, closure) if closure else None
        holds = form.block()
        if not holds:
            return None
        for hold in holds:
            self.log_addition(request, hold, [{"added": {}}])
        names = {"resource": ", ".join(hold.resource.name for hold in holds), "period": holds[0].period_in_words()}
        self.message_user(request, _("Blocked: %(resource)s, %(period)s.") % names, messages.SUCCESS)
        return redirect("admin:booking_hold_changelist")

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Not Django's own: a time freed is offered to those who wait, and who comes second is told."""
        block = self.get_object(request, object_id)
        if not self.has_delete_permission(request, block):
            raise PermissionDenied
        if block is None:
            return self._back(request, _("There is no such blocked time. It may have been freed already."))
        if request.method == "POST" and (response := self._free(request, block)):
            return response
        context = {
            **self.admin_site.each_context(request),
            "title": _("Free this time?"),
            "opts": self.opts,
            "object": block,
            "period": block.period_in_words(),
        }
        return self.render_delete_form(request, context)

    def _free(self, request: HttpRequest, block: Hold) -> HttpResponse | None:
        """None where the database was too busy: the page is then shown again."""
        try:
            if not free_time(block=block, now=timezone.now()):
                return self._back(request, _("Somebody else has freed this time already."))
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        self.log_deletions(request, [block])  # type: ignore[arg-type]  # the row is gone: what was read of it
        return self._back(request, _("This time is free again."), messages.SUCCESS)

    def _back(self, request: HttpRequest, text: str, level: int = messages.WARNING) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_hold_changelist")


def _of_day(request: HttpRequest) -> dict[str, Any]:
    """The day that they had before them in the diary; the times are theirs to say."""
    day = day_named(request.GET.get("day", ""))
    return {"starts_at": [day, None], "ends_at": [day, None]} if day else {}
