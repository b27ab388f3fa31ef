"""Times kept from being offered: holidays, meetings. The holds of visits are the visits' own and not listed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.actions import block_time, free_time
from booking.admin.acting import busy
from booking.admin.steps import movable
from booking.forms import OneLine
from booking.models import Appointment, Hold, Resource
from booking.slots import Span
from booking.transactions import Busy, SlotTaken

FIELDS = ["resource", "starts_at", "ends_at", "reason"]
REACH = timedelta(days=2 * 366)  # further off is a slip in the year
NAMED = 40  # of what stands in the way: a week of visits


def _date_and_time(**names: Any) -> forms.SplitDateTimeWidget:
    """Two fields, each with a name of its own."""
    return forms.SplitDateTimeWidget(
        date_attrs={"type": "date", "aria-label": names["date"]},
        time_attrs={"type": "time", "aria-label": names["time"]},
        date_format="%Y-%m-%d",
        time_format="%H:%M",
    )


class BlockForm(forms.Form):
    resource = forms.ModelChoiceField(
        label=gettext_lazy("Clinician or chair"), queryset=Resource.objects.order_by("kind", "name")
    )
    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("From"),
        widget=_date_and_time(date=gettext_lazy("From: date"), time=gettext_lazy("From: time")),
    )
    ends_at = forms.SplitDateTimeField(
        label=gettext_lazy("To"), widget=_date_and_time(date=gettext_lazy("To: date"), time=gettext_lazy("To: time"))
    )
    reason = OneLine(
        label=gettext_lazy("Reason"),
        max_length=120,
        help_text=gettext_lazy("For the staff; no patient’s name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_the_way: list[InTheWay] = []
        for name in ("starts_at", "ends_at"):
            self.fields[name].help_text = when.zone()

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
            self.in_the_way = in_the_way(resource, span)
            self.add_error(None, self._problem())
        except Busy:
            self.add_error(None, _("Many people are booking at this moment. Please press again."))
        return None

    def _problem(self) -> str:
        if not self.in_the_way:
            return _("Something stood in the way a moment ago and is gone. Please press again.")
        return _("Something stands in the way. Nothing was blocked.")


@dataclass(frozen=True)
class InTheWay:
    """One hold that overlaps, in the words that staff read; with its visit, where one can be looked at or moved."""

    period: str
    what: str
    visit: Appointment | None = None
    can_move: bool = False


def in_the_way(resource: Resource, span: Span) -> list[InTheWay]:
    """Which visits, offers and blocks overlap, in order of time."""
    holds = Hold.objects.within(span).filter(resource=resource).order_by("period")
    found = holds.select_related("appointment__patient", "appointment__visit_type", "offer__appointment__patient")
    now = timezone.now()
    return [_named(hold, now=now) for hold in found[: NAMED + 1]]


def _named(hold: Hold, *, now: datetime) -> InTheWay:
    period = hold.period_in_words()
    if hold.appointment:
        visit = hold.appointment
        return InTheWay(period, f"{visit.reference}: {visit.visit_type}", visit, movable(visit, now=now))
    if hold.offer:
        until = {"until": when.whole(hold.offer.expires_at)}
        return InTheWay(period, _("offered to a patient, until %(until)s") % until, hold.offer.appointment)
    return InTheWay(period, f"“{hold.reason}”")


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
            "in_the_way": form.in_the_way[:NAMED],
            "is_more": len(form.in_the_way) > NAMED,
            "may_move": request.user.has_perm("booking.change_appointment"),
            "media": self.media + form.media,
            "inline_admin_formsets": [],
            "is_popup": False,
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        return self.render_change_form(request, context, add=True, form_url=form_url)

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
