"""The practice's facts: one row that staff fill in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import practice
from clinic.models import Practice


class PracticeForm(forms.ModelForm[Practice]):
    accepted = forms.MultipleChoiceField(
        label=gettext_lazy("these are right as they stand"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("accepted")  # absent for those who may only look
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(name, label_of(name)) for name in self.instance.demo_fields]


def label_of(field_name: str) -> str:
    return str(getattr(Practice._meta.get_field(field_name), "verbose_name", field_name))


@admin.register(Practice)
class PracticeAdmin(admin.ModelAdmin[Practice]):
    form = PracticeForm
    is_list = False  # there is one row
    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 3, "cols": 80})},
        models.URLField: {"assume_scheme": "https"},
    }
    readonly_fields = ["example_values", "updated_at"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "clinician", "fictitious_name_permit"],
                "description": gettext_lazy("What is left empty is not shown on the site, or the page says “ask us”."),
            },
        ),
        (
            gettext_lazy("How to reach the practice"),
            {
                "fields": ["phone", "email", "hours_text", "reply_working_days", "languages_text"],
                "description": gettext_lazy("Requests that wait longer than promised here turn red on the desk."),
            },
        ),
        (
            gettext_lazy("The office, and the way there and home"),
            {
                "fields": [
                    *("street", "city", "state", "postal_code", "parking_text", "access_text", "transit_text"),
                    *("pickup_text", "ride_home_text"),
                ],
                "description": gettext_lazy("Also shown to patients on the page of their own visit."),
            },
        ),
        (
            gettext_lazy("The doctor"),
            {
                "fields": [
                    *("license_number", "license_url", "board_certification", "training_text", "npi"),
                    "conflicts_text",
                ],
                "description": gettext_lazy("Check each line at its source before you enter it."),
            },
        ),
        (
            gettext_lazy("The medicine"),
            {
                "fields": ["nasal_products", "first_visit_text", "rems_certified_on", "monitoring_text"],
                "description": gettext_lazy("These decide what the pages say about ketamine and esketamine here."),
            },
        ),
        (gettext_lazy("Money"), {"fields": ["fees_text", "insurers_text", "cancellation_text"]}),
        (
            gettext_lazy("Patients’ rights"),
            {
                "fields": ["privacy_notice_on", "privacy_notice_text", "accessibility_contact", "free_language_help"],
                "description": gettext_lazy("Have a lawyer look at these."),
            },
        ),
        (
            gettext_lazy("Example values"),
            {
                "fields": ["example_values", "accepted", "updated_at"],
                "description": gettext_lazy(
                    "Pages mark these as examples. Changing a field, or ticking it here, takes the mark away."
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
        names = [label_of(name) for name in row.demo_fields]
        return "; ".join(names) or _("none")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one row: straight to it, or to the form that makes it."""
        if Practice.objects.exists():
            return redirect("admin:clinic_practice_change", 1)
        return redirect("admin:clinic_practice_add")

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Practice | None = None,
    ) -> HttpResponse:
        """With every change that was kept, for who may see those."""
        context["sees_changes"] = request.user.has_perm("records.view_practicechange")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def save_model(self, request: HttpRequest, obj: Practice, form: ModelForm[Practice], change: bool) -> None:
        obj.pk = 1
        theirs = {*form.changed_data, *form.cleaned_data["accepted"]}
        obj.demo_fields = [name for name in obj.demo_fields if name not in theirs]
        super().save_model(request, obj, form, change)
        transaction.on_commit(practice.forget)
