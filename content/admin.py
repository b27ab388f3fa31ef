"""Staff edit the texts here. Saving renders the page; what can't be rendered is said beside the text."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from content.models import LoadedText, Material, Notice, Page, PageQuerySet, SafetyStatement, Source

AREA = {"widget": forms.Textarea(attrs={"rows": 6, "cols": 100})}


class TextAdmin(admin.ModelAdmin[Any]):
    formfield_overrides = {models.TextField: AREA, models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        """Saving a form without a change keeps the date: pages and the sitemap print it."""
        if obj.differs():
            if isinstance(obj, Page):
                obj.changed_on = timezone.localdate()
            super().save_model(request, obj, form, change)

    @admin.display(boolean=True, description=_("edited here"))
    def edited(self, row: LoadedText) -> bool:
        return row.is_edited()


@admin.register(Page)
class PageAdmin(TextAdmin):
    list_display = [
        "path",
        "h1",
        "kind",
        "published",
        "reviewed_on",
        "next_review_on",
        "edited",
        "updated_at",
    ]
    list_filter = ["kind", "published"]
    search_fields = ["path", "h1", "body"]
    readonly_fields = ["must_say", "html", "toc", "sources", "updated_at"]
    fieldsets = [
        (None, {"fields": ["h1", "summary", "key_facts", "body", "must_say", "published"]}),
        (_("Place on the site"), {"fields": ["path", "language", "kind", "parent", "nav_order", "title"]}),
        (_("Clinical review"), {"fields": ["reviewed_by", "reviewed_on", "next_review_on"]}),
        (
            _("Made from the text"),
            {"classes": ["collapse"], "fields": ["html", "toc", "sources", "updated_at"]},
        ),
    ]

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        if db_field.name == "body":
            kwargs["widget"] = forms.Textarea(attrs={"rows": 36, "cols": 100})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Page, form: ModelForm[Any], change: bool) -> None:
        """Renders once more with the row held: a statement changed meanwhile must not come back in its old words."""
        Page.objects.select_for_update().filter(pk=obj.pk).first()
        obj.render(Material.read())
        super().save_model(request, obj, form, change)


class MaterialAdmin(TextAdmin):
    """What pages draw on. A change is carried into every page that uses it; what is in use stays."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["key", "updated_at"] if obj else ["updated_at"]

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.users(obj).render_again()

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
