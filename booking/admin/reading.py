"""What several of the lists share: nothing to edit, and a word about what stands in the way of deleting."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, models
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from booking.transactions import is_contention

M = TypeVar("M", bound=models.Model)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows that only the verbs of booking change."""

    actions: Any = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)  # there is nothing to select one for
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def may_act(self, request: HttpRequest) -> bool:
        """Whether this person may press the buttons: Django's own permission to change such a row."""
        return super().has_change_permission(request)


class KeptWhileInUseAdmin(admin.ModelAdmin[M]):
    """Says what stands in the way of deleting, where Django would speak of a missing permission for that."""

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        deleted, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set() if protected else perms_needed, protected

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._or_told(
            request,
            lambda: super(KeptWhileInUseAdmin, self).changeform_view(request, object_id, form_url, extra_context),
        )

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        """With every change that was kept, for who may see those."""
        context["sees_changes"] = request.user.has_perm(f"records.view_{self.opts.model_name}change")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self._or_told(
            request, lambda: super(KeptWhileInUseAdmin, self).delete_view(request, object_id, extra_context)
        )

    def _or_told(self, request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
        """Somebody else may have taken it into use, or saved the same, since it was checked: no fault of the site."""
        try:
            return view()
        except IntegrityError:
            problem = _("Somebody else changed this at the same moment. Nothing was saved; please look again.")
        except OperationalError as error:
            if not is_contention(error):
                raise
            problem = _("Many people are booking at this moment. Nothing was saved; please press again.")
        self.message_user(request, problem, messages.ERROR)
        return redirect(request.get_full_path())


class NamedRowsFormSet(BaseInlineFormSet[Any, Any, Any]):
    """The head of the table names its columns; each field also says so by itself, and which row it is in."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        row = str(form.instance) if form.instance.pk else _("new row")
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", f"{capfirst(field.label)}: {row}")


def keys_of(request: HttpRequest, name: str) -> list[int]:
    """The keys posted under that name. What is none is left out: nobody's browser sends it."""
    return [int(key) for key in request.POST.getlist(name) if key.isascii() and key.isdecimal() and len(key) < 19]


def signed_in(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
