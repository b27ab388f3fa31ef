"""How pages are spoken of in lists, and what an editor may name in a text."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from content import live
from content.models import Notice, Page, SafetyStatement, Source


def pill(kind: str, text: str) -> SafeString:
    return format_html('<span class="pill {}">{}</span>', kind, text)


def state(page: Page, *, has_draft: bool) -> SafeString:
    pills = [pill("good", _("on the site")) if page.published else pill("", _("not on the site"))]
    if has_draft:
        pills.append(pill("wait", _("draft")))
    return format_html_join(" ", "{}", ((one,) for one in pills))


@dataclass(frozen=True, slots=True)
class Nameable:
    """Something a text may name: what to write, and what it stands for."""

    written: str
    meaning: str


def material() -> dict[str, list[Nameable]]:
    """Group by group."""
    return {
        _("Sources"): [Nameable(f"[@{one.key}]", one.title) for one in Source.objects.all()],
        _("Safety statements"): [Nameable(f"::safety {one.key}", one.title) for one in SafetyStatement.objects.all()],
        _("Legal notices"): [Nameable(f"::notice {one.key}", one.title) for one in Notice.objects.all()],
        _("Facts about the practice"): [Nameable(f"::practice {key}", "") for key in sorted(live.PRACTICE)],
        _("Drawings"): [Nameable(f"::drawing {key}", "") for key in sorted(live.DRAWINGS)],
    }


class PlainChoices(admin.ModelAdmin[Any]):
    """Choosing a page is choosing from a list: no buttons beside it that open other windows."""

    def formfield_for_dbfield(
        self, db_field: models.Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(widget := field.widget, RelatedFieldWidgetWrapper):
            field.widget = widget.widget
        return field
