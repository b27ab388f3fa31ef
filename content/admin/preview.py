"""A text as the public would see it, before anybody does."""

from csp.constants import SELF
from csp.decorators import csp_replace
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.views.decorators.clickjacking import xframe_options_sameorigin

from content import markdown
from content.admin.history import as_page
from content.admin.page_form import problems_of
from content.models import Material, Page
from content.views import page_context


class PreviewAdmin(admin.ModelAdmin[Page]):
    @method_decorator(csp_replace({"frame-ancestors": [SELF]}))
    @method_decorator(xframe_options_sameorigin)
    def preview_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """What the editor's form holds, saved or not; opened by its address, the text on record or the draft."""
        page = get_object_or_404(Page, pk=pk) if pk else None
        if request.method != "POST":
            if page is None:
                return HttpResponseNotAllowed(["POST"])
            if not self.has_view_or_change_permission(request, page):
                raise PermissionDenied
            draft = page.open_draft() if request.GET.get("text") == "draft" else None
            return render_preview(request, as_page(draft, page) if draft else page, [])
        if not (self.has_change_permission(request, page) if page else self.has_add_permission(request)):
            raise PermissionDenied
        form = self.get_form(request, page, change=bool(page))(request.POST, instance=page)
        form.is_valid()
        shown = form.instance
        if "path" in form.errors:
            shown.path = form.initial.get("path") or "preview"
        problems = [f"{_label(form, name)}{text}" for name, texts in form.errors.items() for text in texts]
        return render_preview(request, shown, problems + [problem.text for problem in problems_of(shown)])


def _label(form: ModelForm[Page], name: str) -> str:
    return f"{capfirst(form.fields[name].label)}: " if name in form.fields else ""


def render_preview(request: HttpRequest, page: Page, problems: list[str]) -> HttpResponse:
    try:
        page.render(Material.read())
    except markdown.TextError:
        page.html, page.toc, page.sources = "", [], []  # the problems say which key it is
    return render(request, "admin/content/page/preview.html", {**page_context(page), "problems": problems})
