"""The practice's facts: one row that staff fill in."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import practice
from clinic.models import Practice


@admin.register(Practice)
class PracticeAdmin(admin.ModelAdmin[Practice]):
    readonly_fields = ["example_values", "updated_at"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "clinician"],
                "description": gettext_lazy("What is left empty is not shown on the site."),
            },
        ),
        (gettext_lazy("Address"), {"fields": ["street", "city", "state", "postal_code", "parking_text"]}),
        (gettext_lazy("How to reach the practice"), {"fields": ["phone", "email", "hours_text"]}),
        (gettext_lazy("What patients may count on"), {"fields": ["reply_working_days", "fees_text"]}),
        (gettext_lazy("Medicine"), {"fields": ["nasal_products"]}),
        (
            gettext_lazy("Example values"),
            {
                "fields": ["example_values", "updated_at"],
                "description": gettext_lazy(
                    "Pages mark these as examples. Changing a field makes its value yours and takes the mark away."
                ),
            },
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Practice.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Practice | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("fields that hold example values"))
    def example_values(self, row: Practice) -> str:
        names = [str(Practice._meta.get_field(name).verbose_name) for name in row.demo_fields]  # type: ignore[union-attr]
        return "; ".join(names) or _("none")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: straight to it, or to the form that makes it."""
        if Practice.objects.exists():
            return redirect("admin:clinic_practice_change", 1)
        return redirect("admin:clinic_practice_add")

    def save_model(self, request: HttpRequest, obj: Practice, form: ModelForm[Practice], change: bool) -> None:
        obj.pk = 1
        obj.demo_fields = [name for name in obj.demo_fields if name not in form.changed_data]
        super().save_model(request, obj, form, change)
        transaction.on_commit(practice.forget)
