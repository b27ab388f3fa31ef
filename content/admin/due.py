"""Which pages wait for a reader: never reviewed as they stand, overdue, or due soon."""

from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from content.admin.words import pill
from content.models import Page, Revision

SOON = timedelta(days=30)


class StateFilter(admin.SimpleListFilter):
    """Needs the queryset of `PageAdmin`, which knows each page's newest saved text."""

    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("draft", _("With a draft")), ("on", _("On the site")), ("off", _("Not on the site"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> QuerySet[Page]:
        conditions = {
            "draft": Q(newest_state=Revision.State.DRAFT),
            "on": Q(published=True),
            "off": Q(published=False),
        }
        chosen = conditions.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


class ReviewFilter(admin.SimpleListFilter):
    title = gettext_lazy("review")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("waiting", _("To be read: none or overdue")),
            ("overdue", _("Overdue")),
            ("soon", _("Due within 30 days")),
            ("none", _("This text was not reviewed yet")),
            ("fine", _("Reviewed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Page]) -> QuerySet[Page]:
        today = timezone.localdate()
        conditions = {
            "overdue": Q(next_review_on__lt=today),
            "soon": Q(next_review_on__range=(today, today + SOON)),
            "none": Q(reviewed_on=None),
            "fine": Q(next_review_on__gte=today),
        }
        if self.value() == "waiting":
            return queryset.filter(pk__in=Page.objects.unread(today))
        chosen = conditions.get(self.value() or "")
        return queryset.filter(chosen) if chosen else queryset


def review_state(page: Page, today: date) -> SafeString:
    if page.reviewed_on is None:
        return pill("wait", _("not reviewed"))
    due = page.next_review_on
    if due is None:
        return pill("good", _("reviewed"))
    when = {"day": date_format(due, "M j, Y")}
    if due < today:
        return pill("bad", _("overdue since %(day)s") % when)
    if due <= today + SOON:
        return pill("wait", _("due %(day)s") % when)
    return pill("good", _("next %(day)s") % when)
