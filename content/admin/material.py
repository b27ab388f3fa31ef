"""What pages draw on: sources, safety statements, legal notices. A change is carried into every page that uses it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from content.models import LoadedText, Notice, Page, PageQuerySet, SafetyStatement, Source


class MaterialAdmin(admin.ModelAdmin[Any]):
    """What is in use can't be deleted."""

    formfield_overrides = {
        models.TextField: {"widget": forms.Textarea(attrs={"rows": 10, "cols": 100})},
        models.URLField: {"assume_scheme": "https"},
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["key", "updated_at"] if obj else ["updated_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Saving a form without a change keeps the date."""
        if obj.differs():
            super().save_model(request, obj, form, change)
            self.users(obj).render_again()

    @admin.display(boolean=True, description=_("edited here"))
    def edited(self, row: LoadedText) -> bool:
        return row.is_edited()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and self.users(obj).exists())

    def users(self, row: Any) -> PageQuerySet:
        raise NotImplementedError


@admin.register(Source)
class SourceAdmin(MaterialAdmin):
    list_display = ["key", "authors", "title", "year", "kind", "edited"]
    list_filter = ["kind"]
    search_fields = ["key", "authors", "title"]

    def users(self, row: Source) -> PageQuerySet:
        return Page.objects.filter(sources__contains=[{"key": row.key}])


@admin.register(SafetyStatement)
class SafetyStatementAdmin(MaterialAdmin):
    list_display = ["key", "title", "level", "edited"]
    list_filter = ["level"]

    def users(self, row: SafetyStatement) -> PageQuerySet:
        return Page.objects.filter(statements__contains=[row.key])


@admin.register(Notice)
class NoticeAdmin(MaterialAdmin):
    list_display = ["key", "title", "checked_on", "exempt", "edited"]

    def users(self, row: Notice) -> PageQuerySet:
        return Page.objects.filter(notices__contains=[row.key])
