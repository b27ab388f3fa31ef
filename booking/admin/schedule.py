"""Who and what can be booked, when they are there, and how many days ahead patients are reminded."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import when
from booking.admin.affected import links, offers_without, visits_without
from booking.admin.calendar_address import CalendarAddressAdmin
from booking.admin.reading import KeptWhileInUseAdmin, NamedRowsFormSet
from booking.models import DatedHours, ReminderDay, Resource, WeeklyHours

SHOWN_BACK = timedelta(days=31)  # older hours decide nothing any more
PICKERS: dict[Any, dict[str, Any]] = {
    models.DateField: {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")},
    models.TimeField: {"widget": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")},
}


class _SpansFormSet(NamedRowsFormSet):
    """Spans of one day must be apart: two that overlap are a slip."""

    day_field: str

    def clean(self) -> None:
        super().clean()
        by_day: dict[Any, list[Any]] = {}
        for form in self.forms:
            values = getattr(form, "cleaned_data", {})
            if values and not form.errors and not values.get("DELETE") and values.get(self.day_field) is not None:
                by_day.setdefault(values[self.day_field], []).append(form)
        for found in by_day.values():
            self._check_day(found)

    def _check_day(self, found: list[Any]) -> None:
        off = [form for form in found if form.cleaned_data.get("opens") is None]
        if off and len(found) > 1:
            off[0].add_error(None, _("A day off has no other row: delete one of them."))
            return
        if not off:
            found.sort(key=lambda form: form.cleaned_data["opens"])
            for first, second in pairwise(found):
                if second.cleaned_data["opens"] < first.cleaned_data["closes"]:
                    second.add_error("opens", _("These hours overlap others of that day."))


class WeeklyFormSet(_SpansFormSet):
    day_field = "weekday"


class DatedFormSet(_SpansFormSet):
    day_field = "day"


class DatedHoursForm(forms.ModelForm[DatedHours]):
    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and (values.get("opens") is None) != (values.get("closes") is None):
            raise ValidationError(_("Give both times, the closing one later; or none for a day off."), code="half")
        return values


class ResourceForm(forms.ModelForm[Resource]):
    class Meta:
        help_texts = {
            "name": gettext_lazy("Staff see it, in the diary and on the list. Patients don’t."),
            "turnover_minutes": gettext_lazy(
                "Time to make a chair ready for the next person. Visits that are booked keep theirs."
            ),
            "account": gettext_lazy("The address of this clinician’s calendar opens to that account and to managers."),
            "is_active": gettext_lazy("Unticked, nothing more is booked with it. Which visits stand there is said."),
        }


class WeeklyHoursInline(admin.TabularInline[WeeklyHours, Resource]):
    model = WeeklyHours
    formset = WeeklyFormSet
    formfield_overrides = PICKERS
    ordering = ["weekday", "opens"]
    extra = 1


class DatedHoursInline(admin.TabularInline[DatedHours, Resource]):
    """From today on first, then the last month's."""

    model = DatedHours
    form = DatedHoursForm
    formset = DatedFormSet
    formfield_overrides = PICKERS
    extra = 1
    verbose_name_plural = gettext_lazy("hours on certain dates, instead of the weekly ones (no times: a day off)")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DatedHours]:
        today = when.local(timezone.now()).date()
        shown = super().get_queryset(request).filter(day__gte=today - SHOWN_BACK)
        past = Case(When(day__lt=today, then=Value(1)), default=Value(0), output_field=IntegerField())
        return shown.order_by(past, "day", "opens")


@admin.register(Resource)
class ResourceAdmin(CalendarAddressAdmin):
    form = ResourceForm
    list_display = ["name", "kind", "is_active"]
    list_filter = ["kind", "is_active"]
    ordering = ["kind", "name"]

    def get_fields(self, request: HttpRequest, obj: Resource | None = None) -> Any:
        """Only a chair is made ready for the next person; only a clinician signs in."""
        is_clinician = obj is not None and obj.kind == Resource.Kind.CLINICIAN
        return ["name", "kind", "account" if is_clinician else "turnover_minutes", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Resource | None = None) -> list[str]:
        return ["kind"] if obj else []  # its hours and holds are those of that kind

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Resource | None = None,
    ) -> HttpResponse:
        is_clinician = obj is not None and obj.kind == Resource.Kind.CLINICIAN
        context["may_feed"] = obj is not None and is_clinician and self.may_feed(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def get_inlines(self, request: HttpRequest, obj: Resource | None) -> list[Any]:
        """Chairs follow the clinicians' hours."""
        return [WeeklyHoursInline, DatedHoursInline] if obj and obj.kind == Resource.Kind.CLINICIAN else []

    def save_related(self, request: HttpRequest, form: Any, formsets: Iterable[Any], change: bool) -> None:
        """The row itself is saved before, so who books at this moment waits, and goes by the new hours."""
        super().save_related(request, form, formsets, change)
        now = timezone.now()
        if left := [(visit, visit.starts_at) for visit in visits_without(form.instance, now=now)]:
            text = ngettext(
                "%(count)s visit now stands outside the hours. Please move it:",
                "%(count)s visits now stand outside the hours. Please move them:",
                len(left),
            ) % {"count": len(left)}
            self.message_user(request, format_html("{} {}", text, links(left)), messages.WARNING)
        if gone := [(offer.appointment, offer.starts_at) for offer in offers_without(form.instance, now=now)]:
            text = ngettext(
                "%(count)s time that is offered can no longer be taken:",
                "%(count)s times that are offered can no longer be taken:",
                len(gone),
            ) % {"count": len(gone)}
            self.message_user(request, format_html("{} {}", text, links(gone)), messages.WARNING)


@admin.register(ReminderDay)
class ReminderDayAdmin(KeptWhileInUseAdmin[ReminderDay]):
    list_display = ["about", "days_before"]
    list_display_links = ["about", "days_before"]
    fields = ["about", "days_before"]
    ordering = ["about", "-days_before"]
