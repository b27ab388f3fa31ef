"""“Download this list (CSV)”: any list of the admin as it is filtered, searched and sorted, for whoever may see it.

GET says what would be in the file; POST makes it. Both only for somebody who has just shown that it is them. Rows are
loaded as the list loads them, so that the note of what was read names everybody in the file.
"""

import copy
import html
import re
from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import display_for_value, label_for_field, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeData
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _

from clinic import inert
from clinic.staff.recent import confirm_first, is_recent

MOST = 10_000  # rows of one file: so many are made well before a web server gives up
AT_ONCE = 1_000  # rows in memory
CONTROLS = ("action_checkbox", "button", "buttons")  # columns to press, not to read

Listed = ModelAdmin[Any]


def list_csv(request: HttpRequest, listed: Listed) -> HttpResponse:
    if not listed.has_view_or_change_permission(request):
        raise PermissionDenied
    if not is_recent(request):
        return confirm_first(request)
    is_sure = request.method == "POST"
    try:
        found = whole_list(request, listed, rows=MOST if is_sure else 1)
    except IncorrectLookupParameters:
        return redirect(f"admin:{listed.opts.app_label}_{listed.opts.model_name}_changelist")
    if is_sure and found.result_count <= MOST:
        return as_file(inert.table(rows_of(found)), named=str(listed.opts.verbose_name_plural))
    return _asks(request, found, status=400 if is_sure else 200)


def whole_list(request: HttpRequest, listed: Listed, *, rows: int) -> ChangeList:
    """The admin's own list, with a first page of so many rows."""
    longer = copy.copy(listed)
    longer.list_per_page = rows  # type: ignore[misc]  # of this copy alone
    return longer.get_changelist_instance(request)


def as_file(content: bytes, *, named: str) -> HttpResponse:
    """The name says what list it is and the day, and nothing of what the practice does."""
    name = f"{slugify(named) or 'list'}-{timezone.localdate()}.csv"
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asks(request: HttpRequest, found: ChangeList, *, status: int) -> HttpResponse:
    context = {
        **found.model_admin.admin_site.each_context(request),
        "title": _("Download this list"),
        "opts": found.opts,
        "count": found.result_count,
        "count_in_words": number_format(found.result_count, force_grouping=True),
        "most": number_format(MOST, force_grouping=True),
        "is_too_long": found.result_count > MOST,
        "query": found.query,
        "narrowed": list(_narrowed(found)),
        "columns": heads(found),
        "back": found.get_query_string(),
    }
    return render(request, "admin/list_csv.html", context, status=status)


def _narrowed(found: ChangeList) -> Iterator[tuple[str, str]]:
    """The filters that are set, and to what."""
    for spec in found.filter_specs:
        if any(name in found.filter_params for name in spec.expected_parameters()):
            chosen = (choice["display"] for choice in spec.choices(found) if choice["selected"])
            yield str(spec.title), ", ".join(str(name) for name in chosen)


def names(found: ChangeList) -> list[str]:
    return [str(name) for name in found.list_display if name not in CONTROLS]


def heads(found: ChangeList) -> list[str]:
    labels = (label_for_field(name, found.model, model_admin=found.model_admin) for name in names(found))
    return [capfirst(str(label)) for label in labels]


def rows_of(found: ChangeList) -> Iterator[list[str]]:
    """The heads of the columns, then each row in words. One statement, so that what changes meanwhile mixes nothing."""
    yield heads(found)
    rows: Any = found.result_list
    for row in rows.iterator(chunk_size=AT_ONCE) if isinstance(rows, QuerySet) else rows:
        yield [shown(found.model_admin, name, row) for name in names(found)]


def shown(listed: Listed, name: str, row: Any) -> str:
    """What the list shows there, as plain text."""
    try:
        field, _attr, value = lookup_field(name, row, listed)
    except ObjectDoesNotExist:
        return ""
    if field is not None and field.is_relation:
        value = getattr(row, field.name)
    elif field is not None and field.choices:
        value = dict(field.flatchoices).get(value, value)
    return in_words(value)


def in_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, SafeData):
        return html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</[^>]+>", "", str(value))))
    return "" if value is None else str(display_for_value(value, ""))
