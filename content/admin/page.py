"""The editor: one form, two buttons. “Keep as a draft” is for staff alone, “Publish” for everybody."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content import actions
from content.admin import words
from content.admin.due import ReviewFilter, StateFilter, review_state
from content.admin.history import HistoryAdmin, as_page, last_change, review_of, user_of
from content.admin.page_form import PageForm, problems_of
from content.admin.preview import PreviewAdmin
from content.models import Page, Revision


@admin.register(Page)
class PageAdmin(HistoryAdmin, PreviewAdmin, words.PlainChoices):
    form = PageForm
    change_form_template = "admin/content/page/change_form.html"
    list_display = ["heading", "state", "review", "changed_on"]
    list_display_links = ["heading"]
    list_filter = [ReviewFilter, StateFilter, "kind"]
    list_per_page = 200
    search_fields = ["path", "h1", "body"]
    search_help_text = gettext_lazy("A word of the heading, the address or the text")
    readonly_fields = ["must_say"]
    fieldsets = [
        (
            gettext_lazy("What readers see"),
            {"classes": ["wide-fields"], "fields": ["h1", "summary", "key_facts", "body", "related"]},
        ),
        (
            gettext_lazy("Where it stands, and how it is found"),
            {
                "classes": ["wide-fields"],
                "fields": ["title", "path", "kind", "parent", "nav_order", "noindex", "must_say"],
            },
        ),
    ]

    class Media:
        js = ("js/editor.js",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Page]:
        return Page.objects.with_newest_state()

    def get_urls(self) -> list[URLPattern]:
        mine = self.admin_site.admin_view
        return [
            path("preview/", mine(self.preview_view), name="content_page_preview"),
            path("<int:pk>/preview/", mine(self.preview_view), name="content_page_preview"),
            path("<int:pk>/saved/<int:revision>/", mine(self.saved_view), name="content_page_revision"),
            path("<int:pk>/do/<slug:verb>/", mine(self.do_view), name="content_page_do"),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: Page | None = None) -> Any:
        """A new page needs its place at once; later that is seldom touched."""
        words_of_it, place = super().get_fieldsets(request, obj)
        return [
            words_of_it,
            (place[0], {**place[1], "classes": ["wide-fields", "collapse"] if obj else ["wide-fields"]}),
        ]

    # --- The list
    @admin.display(description=gettext_lazy("page"), ordering="path")
    def heading(self, row: Page) -> SafeString:
        return format_html('{}<span class="quiet">/{}/</span>', row.h1, row.path)

    @admin.display(description=gettext_lazy("state"), ordering="published")
    def state(self, row: Page) -> SafeString:
        draft = row.newest_state == Revision.State.DRAFT  # type: ignore[attr-defined]
        return words.state(row, has_draft=draft)

    @admin.display(description=gettext_lazy("review"), ordering="next_review_on")
    def review(self, row: Page) -> SafeString:
        return review_state(row, timezone.localdate())

    # --- Saving
    def save_model(self, request: HttpRequest, obj: Page, form: ModelForm[Any], change: bool) -> None:
        told: dict[str, Any] = {"page": obj, "by": user_of(request), "now": timezone.now()}
        if isinstance(form, PageForm) and form.is_draft:
            actions.save_draft(**told)
            message = _("Kept as a draft. Nobody but staff sees it until you publish it.")
            self.message_user(request, message, messages.SUCCESS)
        elif actions.publish(**told):
            link = format_html('<a href="{0}">{0}</a>', obj.get_absolute_url())
            self.message_user(request, format_html(_("Published. Everybody sees it now: {}"), link), messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing was changed: everybody sees this text already."), messages.INFO)

    def response_add(self, request: HttpRequest, obj: Page, post_url_continue: str | None = None) -> HttpResponse:
        may_look = self.has_view_or_change_permission(request, obj)
        return redirect("admin:content_page_change", obj.pk) if may_look else redirect("admin:index")

    def response_change(self, request: HttpRequest, obj: Page) -> HttpResponse:
        return redirect("admin:content_page_change", obj.pk)

    # --- What the templates show besides the form
    @method_decorator(csp_update({"frame-src": [SELF]}))  # the preview beside the form
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().changeform_view(request, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        page: Page | None = kwargs.get("obj")
        context |= {"material": words.material()}
        if page and page.pk:
            draft = page.open_draft()
            context |= {
                "title": page.h1,
                "subtitle": None,
                "draft": draft,
                "last_change": last_change(page, draft),
                "review_state": review_state(page, timezone.localdate()),
                "draft_review": review_of(page, draft),
                "may_review": request.user.has_perm("content.add_review"),
                "unfinished": problems_of(as_page(draft, page)) if draft and request.method == "GET" else [],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_view_on_site_url(self, obj: Page | None = None) -> str | None:
        """Where the page is now; `obj` may hold an address that was typed and refused."""
        stored = Page.objects.published().filter(pk=obj.pk).first() if obj else None
        return stored.get_absolute_url() if stored else None

    def has_delete_permission(self, request: HttpRequest, obj: Page | None = None) -> bool:
        """Only a page that nobody outside has seen. Others are taken off the site, and their texts are kept."""
        if obj is None or obj.published or obj.loaded:
            return False
        return super().has_delete_permission(request, obj) and not obj.reviews.exists()
