"""Recording that somebody has read a page. A review is never changed: the next one counts."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import practice
from content import actions
from content.admin.history import text_hash_of, user_of
from content.admin.words import PlainChoices, pill
from content.models import Page, Review
from content.models.review import months_after

MOST_DIGITS = 10


class ReviewForm(forms.ModelForm[Review]):
    text_seen = forms.CharField(required=False, widget=forms.HiddenInput)
    next_review_on = forms.DateField(
        label=gettext_lazy("Next review due"),
        required=False,
        widget=AdminDateWidget,
        help_text=gettext_lazy("Left empty: in 6 months for a page that must warn of something, in 12 for others."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "page" not in self.fields:  # shown to those who may only look
            return
        page = Page.objects.filter(pk=as_number(self.initial.get("page"))).first()
        draft = page.open_draft() if page and self.initial.get("text") == "draft" else None
        self.initial.setdefault("reviewed_on", timezone.localdate())
        self.initial.setdefault("reviewer", practice.current().clinician)
        if page:
            self.initial["text_seen"] = f"{page.pk} {text_hash_of(draft, page) or page.text_hash}"

    def clean_reviewed_on(self) -> Any:
        day = self.cleaned_data["reviewed_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("A review that is still to come can’t be recorded."))
        return day

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        page, day = cleaned.get("page"), cleaned.get("reviewed_on")
        if page:
            now = Page.objects.select_for_update().get(pk=page.pk)
            self.instance.text_hash = self._text_read(now)
            if not self.instance.text_hash:
                self.add_error(None, _("The text was changed after you opened this. Please read it again."))
            if day and not cleaned.get("next_review_on"):
                cleaned["next_review_on"] = months_after(day, now.review_months())
        return cleaned

    def _text_read(self, page: Page) -> str:
        """The fingerprint of the text they read, if it is still the page's or its draft's."""
        of_page, _sep, seen = self.cleaned_data.get("text_seen", "").partition(" ")
        if of_page != str(page.pk):
            return page.text_hash  # another page was chosen in the form
        return seen if seen in (page.text_hash, text_hash_of(page.open_draft(), page)) else ""


def as_number(value: object) -> int:
    """Of an address's own part, which may hold anything."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < MOST_DIGITS else 0


@admin.register(Review)
class ReviewAdmin(PlainChoices):
    form = ReviewForm
    change_form_template = "admin/content/review/change_form.html"
    radio_fields = {"decision": admin.VERTICAL}
    list_display = ["page", "role", "said", "reviewer", "reviewed_on", "next_review_on", "holds"]
    list_filter = ["role", "decision"]
    list_select_related = ["page"]
    search_fields = ["page__path", "page__h1", "reviewer"]
    date_hierarchy = "reviewed_on"
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "page",
                    "role",
                    "reviewer",
                    "decision",
                    "notes",
                    "reviewed_on",
                    "next_review_on",
                ],
                "description": gettext_lazy(
                    "Read the text, then say here what you found. A clinical review that finds it right is shown on the"
                    " page, with its dates, for as long as the page says exactly this."
                ),
            },
        )
    ]

    def has_change_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Review | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Review, form: ModelForm[Any], change: bool) -> None:
        actions.record_review(review=obj, by=user_of(request), now=timezone.now())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if not kwargs.get("obj"):
            page = Page.objects.filter(pk=as_number(request.GET.get("page", ""))).first()
            draft = page.open_draft() if page and request.GET.get("text") == "draft" else None
            context |= {"page": page, "draft": draft, "draft_is_whole": bool(page and text_hash_of(draft, page))}
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=gettext_lazy("decision"), ordering="decision")
    def said(self, row: Review) -> SafeString:
        return pill("good" if row.decision == Review.Decision.APPROVED else "bad", row.get_decision_display())

    @admin.display(boolean=True, description=gettext_lazy("of the text as it stands"))
    def holds(self, row: Review) -> bool:
        return row.is_of_the_text_as_it_stands()
