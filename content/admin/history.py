"""Saved texts: what each one changed, bringing one back, setting a draft aside, on and off the site."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content import actions, changes, markdown
from content.models import Material, Page, Review, Revision

MOST_ROWS = 200  # saved texts in a page's history

# In the order of the form. The words first, which are compared as words; then what is a value.
LABELS = {
    "h1": gettext_lazy("Heading"),
    "summary": gettext_lazy("Answer in one sentence"),
    "key_facts": gettext_lazy("Key facts"),
    "body": gettext_lazy("Text"),
    "related": gettext_lazy("Pages to read on"),
    "title": gettext_lazy("Title"),
    "path": gettext_lazy("Path"),
    "kind": gettext_lazy("Kind"),
    "parent_id": gettext_lazy("Parent"),
    "nav_order": gettext_lazy("Place among its neighbors"),
    "noindex": gettext_lazy("Keep out of search engines"),
    "must_say": gettext_lazy("Safety statements it must include"),
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    label: str
    runs: list[changes.Run]


@dataclass(frozen=True, slots=True)
class Change:
    """What one saved text is, beside another."""

    revision: Revision
    before: Revision | None
    fields: list[FieldChange]


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    found = [(label, changes.between(_as_text(name, before), _as_text(name, after))) for name, label in LABELS.items()]
    return [FieldChange(str(label), runs) for label, runs in found if runs]


def change_of(revision: Revision, before: Revision | None) -> Change:
    return Change(revision, before, changed_fields(before.values if before else {}, revision.values))


def last_change(page: Page, draft: Revision | None) -> Change | None:
    """Of an open draft: all that differs from what the public sees. Otherwise: what the last published text changed."""
    now, *before = page.revisions.filter(state=Revision.State.PUBLISHED)[:2] or [None]
    if draft:
        return change_of(draft, now)
    return change_of(now, before[0]) if now and before else None


def as_page(revision: Revision, page: Page) -> Page:
    """The page with this text, to look at; never to be saved."""
    shown = Page.objects.get(pk=page.pk)
    for name, value in revision.values.items():
        setattr(shown, name, value)
    return shown


def text_hash_of(draft: Revision | None, page: Page) -> str:
    """Of the draft, as it would be published; nothing while it can't be shown."""
    if draft is None:
        return ""
    shown = as_page(draft, page)
    try:
        shown.render(Material.read())
    except markdown.TextError:
        return ""
    return shown.text_hash


def review_of(page: Page, draft: Revision | None) -> Review | None:
    """What a reader said of exactly this draft. It holds for the page when the draft is published."""
    found = text_hash_of(draft, page)
    return page.reviews.filter(text_hash=found, role=Review.Role.CLINICAL).first() if found else None


def _as_text(name: str, values: dict[str, Any]) -> str:
    value = values.get(name, "")
    if name == "parent_id":
        return str(Page.objects.filter(pk=value).first() or "") if value else ""
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    return str(value)


@dataclass(frozen=True, slots=True)
class Step:
    question: Any
    what_happens: Any
    button: Any
    done: Any
    act: Callable[[Page], object]


STEPS = {
    "hide": Step(
        gettext_lazy("Take this page off the site?"),
        gettext_lazy("Its address will say that there is no such page. The text is kept, and you can put it back."),
        gettext_lazy("Take it off the site"),
        gettext_lazy("The page is off the site."),
        lambda page: actions.show(page=page, shown=False),
    ),
    "show": Step(
        gettext_lazy("Put this page back on the site?"),
        gettext_lazy("Everybody sees the text that was last published. A draft stays a draft."),
        gettext_lazy("Put it on the site"),
        gettext_lazy("The page is on the site."),
        lambda page: actions.show(page=page, shown=True),
    ),
    "set-aside": Step(
        gettext_lazy("Set the draft aside?"),
        gettext_lazy("You go on from the text that the public sees. The draft is kept among the saved texts."),
        gettext_lazy("Set the draft aside"),
        gettext_lazy("The draft is set aside."),
        lambda page: actions.set_draft_aside(page=page),
    ),
}


class HistoryAdmin(admin.ModelAdmin[Page]):
    object_history_template = "admin/content/page/history.html"

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        page = self.get_object(request, object_id)
        extra = dict(extra_context or {})
        if page:
            rows = list(page.revisions.all()[:MOST_ROWS])
            pairs = zip(rows, [*rows[1:], None], strict=True)
            extra |= {
                "saved": [change_of(row, before) for row, before in pairs],
                "reviews": page.reviews.select_related("page"),
            }
        return super().history_view(request, object_id, extra)

    def saved_view(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        """GET shows what a saved text changed; POST makes it the draft."""
        row = get_object_or_404(Revision.objects.select_related("page"), pk=revision, page_id=pk)
        may_change = self.has_change_permission(request, row.page)
        if not self.has_view_or_change_permission(request, row.page) or (request.method == "POST" and not may_change):
            raise PermissionDenied
        if request.method == "POST":
            actions.bring_back(revision=row, by=user_of(request), now=timezone.now())
            message = _("The older text is now your draft. Publish it when it is right.")
            self.message_user(request, message, messages.SUCCESS)
            return redirect("admin:content_page_change", pk)
        newest = row.page.revisions.first()
        context = {
            "change": change_of(row, row.before()),
            "may_bring_back": may_change and row != newest,
        }
        return self._show(request, "saved", row.page, _("A saved text"), context)

    def do_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """A small step with a question before it: GET asks, POST does."""
        page = get_object_or_404(Page, pk=pk)
        if not self.has_change_permission(request, page):
            raise PermissionDenied
        step = STEPS.get(verb)
        if step is None:
            raise Http404
        if request.method == "POST":
            step.act(page)
            self.log_change(request, page, str(step.done))
            self.message_user(request, step.done, messages.SUCCESS)
            return redirect("admin:content_page_change", pk)
        return self._show(request, "do", page, str(step.question), {"step": step})

    def _show(
        self, request: HttpRequest, template: str, page: Page, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "page": page, "title": title}
        return render(request, f"admin/content/page/{template}.html", {**frame, **context})


def user_of(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
