"""Who and what can be booked, and the kinds of visit."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.admin.reading import KeptWhileInUseAdmin
from booking.discreet import gives_away
from booking.models import Resource, VisitType, WeeklyHours


class WeeklyHoursInline(admin.TabularInline[WeeklyHours, Resource]):
    model = WeeklyHours
    ordering = ["weekday", "opens"]
    extra = 1


@admin.register(Resource)
class ResourceAdmin(KeptWhileInUseAdmin[Resource]):
    list_display = ["name", "kind", "is_active"]
    list_filter = ["kind", "is_active"]
    ordering = ["kind", "name"]
    fields = ["name", "kind", "turnover_minutes", "is_active"]

    def get_readonly_fields(self, request: HttpRequest, obj: Resource | None = None) -> list[str]:
        return ["kind"] if obj else []  # its hours and holds are those of that kind

    def get_inlines(self, request: HttpRequest, obj: Resource | None) -> list[Any]:
        """Chairs follow the clinicians' hours."""
        return [WeeklyHoursInline] if obj and obj.kind == Resource.Kind.CLINICIAN else []


class VisitTypeForm(forms.ModelForm[VisitType]):
    def clean_slug(self) -> str:
        return discreet(self.cleaned_data["slug"])

    def clean_name(self) -> str:
        return discreet(self.cleaned_data["name"])

    def clean_description(self) -> str:
        return discreet(self.cleaned_data["description"])


def discreet(text: str) -> str:
    word = gives_away(text)
    if word:
        problem = _("Patients see this where others may read along. Please leave out “%(word)s”.")
        raise ValidationError(problem, code="gives_away", params={"word": word})
    return text


@admin.register(VisitType)
class VisitTypeAdmin(KeptWhileInUseAdmin[VisitType]):
    form = VisitTypeForm
    list_display = ["name", "place", "open_to", "length_minutes", "needs_chair", "is_active", "is_demo"]
    list_filter = ["is_active", "open_to", "is_demo"]
    ordering = ["order", "pk"]
    fieldsets = [
        (gettext_lazy("What patients see"), {"fields": ["name", "slug", "description", "place", "order"]}),
        (gettext_lazy("Who may ask for it"), {"fields": ["is_active", "open_to"]}),
        (
            gettext_lazy("What it takes"),
            {
                "fields": [
                    "length_minutes", "clinician_minutes", "buffer_before_minutes", "buffer_after_minutes",
                    "needs_chair", "needs_ride",
                ]
            },
        ),
        (
            gettext_lazy("When it is offered"),
            {"fields": ["step_minutes", "notice_hours", "horizon_days", "daily_limit"]},
        ),
        (
            gettext_lazy("Example values"),
            {
                "fields": ["is_demo"],
                "description": gettext_lazy("Untick once the practice has agreed to what stands above."),
            },
        ),
    ]  # fmt: skip
