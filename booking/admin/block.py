"""Times kept from being offered: holidays, meetings. The holds of visits are the visits' own and not listed."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.actions import block_time, free_time
from booking.forms import OneLine
from booking.models import Hold, Resource
from booking.slots import Span
from booking.transactions import Busy, SlotTaken

FIELDS = ["resource", "starts_at", "ends_at", "reason"]
REACH = timedelta(days=2 * 366)  # further off is a slip in the year
NAMED = 5  # of what stands in the way


class BlockForm(forms.Form):
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Clinician or chair"), queryset=Resource.objects.order_by("kind", "name")
    )
    starts_at = forms.SplitDateTimeField(label=gettext_lazy("From"), widget=AdminSplitDateTime())
    ends_at = forms.SplitDateTimeField(label=gettext_lazy("To"), widget=AdminSplitDateTime())
    reason = OneLine(
        label=gettext_lazy("Reason"),
        max_length=120,
        help_text=gettext_lazy("For the staff; no patient’s name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "ends_at"):
            self.fields[name].help_text = _("%(zone)s; a time like 9:00 AM") % {"zone": when.zone()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        now = timezone.now()
        for name in ("starts_at", "ends_at"):
            if name in values and not now - REACH < values[name] < now + REACH:
                self.add_error(name, _("Please check the year."))
        if "starts_at" in values and "ends_at" in values and values["ends_at"] <= values["starts_at"]:
            self.add_error("ends_at", _("The end must be after the start."))
        return values

    def block(self) -> Hold | None:
        """The blocked time; None where something stands in the way, which is then said in the form's errors."""
        resource, reason = self.cleaned_data["resource"], self.cleaned_data["reason"]
        span = Span(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])
        try:
            return block_time(resource=resource, span=span, reason=reason)
        except SlotTaken:
            self.add_error(None, in_the_way(resource, span))
        except Busy:
            self.add_error(None, _("Many people are booking at this moment. Please press again."))
        return None


def in_the_way(resource: Resource, span: Span) -> str:
    """Which visits and blocks overlap, by reference or reason, with the times they hold."""
    holds = Hold.objects.within(span).filter(resource=resource).select_related("appointment")
    found = list(holds.order_by("period")[: NAMED + 1])
    if not found:
        return _("Something stood in the way a moment ago and is gone. Please press again.")
    named = "; ".join(_named(hold) for hold in found[:NAMED])
    if len(found) > NAMED:
        return _("This time overlaps %(named)s and more. Nothing was blocked.") % {"named": named}
    return _("This time overlaps %(named)s. Nothing was blocked.") % {"named": named}


def _named(hold: Hold) -> str:
    what = hold.appointment.reference if hold.appointment else f"“{hold.reason}”"
    return f"{what} ({hold.period_in_words()})"


@admin.register(Hold)
class HoldAdmin(admin.ModelAdmin[Hold]):
    list_display = ["blocked", "resource", "reason"]
    list_filter = ["resource"]
    ordering = ["-period"]
    fields = ["resource", "blocked", "reason"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Hold]:
        return Hold.objects.blocks().select_related("resource").order_by("-period")

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
        form = BlockForm(request.POST) if request.method == "POST" else BlockForm()
        if form.is_valid() and (hold := form.block()):
            self.log_addition(request, hold, [{"added": {}}])
            text = _("Blocked: %(resource)s, %(period)s.") % {
                "resource": hold.resource,
                "period": hold.period_in_words(),
            }
            self.message_user(request, text, messages.SUCCESS)
            return redirect("admin:booking_hold_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Block time"),
            "adminform": AdminForm(form, [(None, {"fields": FIELDS})], {}, model_admin=self),  # type: ignore[arg-type]
            "errors": form.errors,
            "media": self.media + form.media,
            "inline_admin_formsets": [],
            "is_popup": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return self.render_change_form(request, context, add=True, form_url=form_url)

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        hold: Hold = context["object"]
        context |= {"title": _("Free this time?"), "subtitle": None, "period": hold.period_in_words()}
        return super().render_delete_form(request, context)

    def delete_model(self, request: HttpRequest, obj: Hold) -> None:
        free_time(block=obj, now=timezone.now())

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: int) -> HttpResponse:
        self.message_user(request, _("This time is free again."), messages.SUCCESS)
        return redirect("admin:booking_hold_changelist")
