"""Public holidays: staff say of each whether the office is closed, one by one or of several at once."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, F, IntegerField, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import actions, when
from booking.admin import words
from booking.admin.affected import visits_on
from booking.admin.reading import ReadOnlyAdmin, signed_in
from booking.models import Holiday
from booking.transactions import Busy

D = Holiday.Decision
CHOICES = [("closed", gettext_lazy("Closed")), ("open", gettext_lazy("Open as usual"))]
PILLS = {
    D.UNDECIDED: (gettext_lazy("to be decided"), "wait"),
    D.CLOSED: (D.CLOSED.label, "bad"),
    D.OPEN: (D.OPEN.label, "good"),
}


def today() -> date:
    return when.local(timezone.now()).date()


class HolidayForm(forms.ModelForm[Holiday]):
    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if day < today():
            raise ValidationError(_("That day has passed."), code="past")
        return day


@admin.register(Holiday)
class HolidayAdmin(ReadOnlyAdmin[Holiday]):
    """The library proposes; a day that it does not know may be added. Nothing is deleted: it would come back."""

    form = HolidayForm
    list_display = ["date", "name", "office", "buttons"]
    list_filter = ["decision"]
    fields = ["day", "name"]
    list_per_page = 50
    sortable_by = ()
    actions = ["close_all", "open_all"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Holiday]:
        """What is to come first, soonest first; then what has passed, latest first."""
        past = Case(When(day__lt=today(), then=Value(1)), default=Value(0), output_field=IntegerField())
        passed = Case(When(day__lt=today(), then=F("day")))
        rows = Holiday.objects.proposed().select_related("decided_by")
        return rows.order_by(past, passed.desc(), "day")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if self.may_act(request) else {}

    @admin.action(description=gettext_lazy("Closed"))
    def close_all(self, request: HttpRequest, chosen: QuerySet[Holiday]) -> None:
        self._decide_all(request, chosen, D.CLOSED)

    @admin.action(description=gettext_lazy("Open as usual"))
    def open_all(self, request: HttpRequest, chosen: QuerySet[Holiday]) -> None:
        self._decide_all(request, chosen, D.OPEN)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/closed/", view(self.closed_view), name="booking_holiday_closed"),
            path("<int:pk>/open/", view(self.open_view), name="booking_holiday_open"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("date"))
    def date(self, row: Holiday) -> str:
        return date_format(row.day, "D, M j, Y")

    @admin.display(description=gettext_lazy("office"))
    def office(self, row: Holiday) -> SafeString:
        """What was decided, by whom and when."""
        text, tone = PILLS[D(row.decision)]
        return format_html('{} <span class="note">{}</span>', words.pill(str(text), tone), self._decided(row))

    def _decided(self, row: Holiday) -> str:
        if row.decided_by is None or row.decided_at is None:
            return ""
        who = row.decided_by.get_full_name() or row.decided_by.get_username()
        return _("%(who)s, %(at)s") % {"who": who, "at": words.moment(row.decided_at)}

    @admin.display(description=gettext_lazy("say"), empty_value="")
    def buttons(self, row: Holiday) -> SafeString | None:
        """The list is one form already: each button sends it to an address of its own."""
        if row.day < today():
            return None
        label = f"{row.name}, {date_format(row.day, 'F j, Y')}"
        return format_html_join(
            " ",
            '<button type="submit" class="button quiet" formaction="{}">{}'
            '<span class="visually-hidden">: {}</span></button>',
            (
                (reverse(f"admin:booking_holiday_{name}", args=[row.pk]), text, label)
                for name, text in CHOICES
                if name != row.decision
            ),
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if self.may_act(request) else self.list_display[:-1]

    def closed_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, D.CLOSED)

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._decide(request, pk, D.OPEN)

    def _decide(self, request: HttpRequest, pk: int, decision: Holiday.Decision) -> HttpResponse:
        """Back to the list; to the day itself where visits stand on a day that is closed now."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_act(request):
            raise PermissionDenied
        holiday = get_object_or_404(Holiday, pk=pk)
        if holiday.day < today():
            self.message_user(request, _("That day has passed. Nothing was changed."), messages.ERROR)
            return redirect("admin:booking_holiday_changelist")
        by = actions.staff(signed_in(request))
        try:
            decided = actions.decide_holiday(holiday=holiday, decision=decision, by=by, now=timezone.now())
        except Busy:
            problem = _("Many people are booking at this moment. Nothing was changed; please press again.")
            self.message_user(request, problem, messages.ERROR)
            return redirect("admin:booking_holiday_changelist")
        return self._told(request, decided)

    def _decide_all(self, request: HttpRequest, chosen: QuerySet[Holiday], decision: Holiday.Decision) -> None:
        """Day by day; what has passed is left as it is."""
        by, now = actions.staff(signed_in(request)), timezone.now()
        decided: list[Holiday] = []
        try:
            for holiday in chosen.filter(day__gte=today()).order_by("day"):
                actions.decide_holiday(holiday=holiday, decision=decision, by=by, now=now)
                self.log_change(request, holiday, str(decision.label))
                decided.append(holiday)
        except Busy:
            problem = _("Many people are booking at this moment. Not all days were changed; please press again.")
            self.message_user(request, problem, messages.ERROR)
        text = ngettext("%(count)s day: %(office)s.", "%(count)s days: %(office)s.", len(decided))
        level = messages.SUCCESS if decided else messages.WARNING
        self.message_user(request, text % {"count": len(decided), "office": decision.label}, level)
        booked = [holiday for holiday in decided if decision == D.CLOSED and visits_on(holiday.day).exists()]
        if booked:
            text = _("Visits are booked on these days. Please move them:")
            self.message_user(request, format_html("{} {}", text, self._links(booked)), messages.WARNING)

    def _links(self, holidays: list[Holiday]) -> SafeString:
        url = "admin:booking_holiday_change"
        rows = ((reverse(url, args=[holiday.pk]), self.date(holiday)) for holiday in holidays)
        return format_html_join("; ", '<a href="{}">{}</a>', rows)

    def _told(self, request: HttpRequest, holiday: Holiday) -> HttpResponse:
        office = holiday.get_decision_display()
        text = _("%(day)s, %(name)s: %(office)s.") % {"day": self.date(holiday), "name": holiday.name, "office": office}
        self.log_change(request, holiday, text)
        self.message_user(request, text, messages.SUCCESS)
        booked = visits_on(holiday.day).count() if holiday.decision == D.CLOSED else 0
        if not booked:
            return redirect("admin:booking_holiday_changelist")
        warning = ngettext(
            "%(count)s visit is booked on that day. Please move it.",
            "%(count)s visits are booked on that day. Please move them.",
            booked,
        )
        self.message_user(request, warning % {"count": booked}, messages.WARNING)
        return redirect("admin:booking_holiday_change", holiday.pk)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Holiday | None = None,
    ) -> HttpResponse:
        if obj:
            context |= {
                "title": obj.name,
                "subtitle": None,
                "date": self.date(obj),
                "office": self.office(obj),
                "choices": CHOICES if self.may_act(request) and obj.day >= today() else [],
                "visits": visits_on(obj.day) if request.user.has_perm("booking.view_appointment") else [],
                "may_move": request.user.has_perm("booking.change_appointment"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)
