"""The page of reports, and each of its tables as a file. Figures only: nobody is named. Reading changes nothing."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import tally, when
from booking.admin.report_words import REPORTS, Asked, Report, ends, labels
from booking.models import VisitType
from booking.reports import Period
from booking.waiting import UNLESS_STATED
from clinic import inert, practice
from clinic.list_csv import as_file

USUAL = 12  # weeks or months, where no days are named
MOST = 120  # stretches: more can't be read
YEARS = range(2000, 2200)


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PeriodForm(forms.Form):
    """Left empty: the last twelve weeks or months, and every kind of visit."""

    by = forms.ChoiceField(
        label=gettext_lazy("By"),
        choices=[(tally.WEEK, gettext_lazy("week")), (tally.MONTH, gettext_lazy("month"))],
        required=False,
    )
    first = forms.DateField(label=gettext_lazy("From"), widget=_date(), required=False)
    last = forms.DateField(label=gettext_lazy("To"), widget=_date(), required=False)
    kind = forms.ModelChoiceField(
        label=gettext_lazy("Kind of visit"),
        queryset=VisitType.objects.order_by("order", "pk"),
        required=False,
        empty_label=gettext_lazy("All"),
    )

    @classmethod
    def of(cls, request: HttpRequest, today: date) -> "PeriodForm":
        """As it was asked, with what was left out filled in."""
        given = request.GET.dict()
        by = given.get("by") or tally.WEEK
        usual = {"by": by, "first": tally.begin(today, by, USUAL).isoformat(), "last": today.isoformat()}
        return cls({**given, **{name: given.get(name) or value for name, value in usual.items()}}, label_suffix="")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for name in ("first", "last"):
            if name in values and values[name].year not in YEARS:
                self.add_error(name, _("Please check the year."))
        if self.errors:
            return values
        if values["last"] < values["first"]:
            self.add_error("last", _("The last day must not come before the first."))
        elif len(tally.stretches(values["first"], values["last"], values["by"])) > MOST:
            problem = _("That is more than %(most)s rows. Choose months, or days that are closer together.")
            self.add_error("first", problem % {"most": MOST})
        return values

    def asked(self, now: datetime) -> Asked:
        values = self.cleaned_data
        period = Period(tally.stretches(values["first"], values["last"], values["by"]), values["kind"])
        promised = practice.current().reply_working_days
        return Asked(
            period,
            values["by"],
            when.local(now).date(),
            now,
            UNLESS_STATED if promised is None else promised,
        )


def page(request: HttpRequest) -> HttpResponse:
    form, asked = _asked(request)
    context = {
        **admin.site.each_context(request),
        "title": _("Reports"),
        "zone": when.zone(),
        "form": form,
        "asked": asked,
        "query": request.GET.urlencode(),
        "reports": _shown(asked) if asked else [],
    }
    return render(request, "admin/booking/reports.html", context)


def _asked(request: HttpRequest) -> tuple[PeriodForm, Asked | None]:
    if not request.user.has_perm("booking.report_appointment"):
        raise PermissionDenied
    now = timezone.now()
    form = PeriodForm.of(request, when.local(now).date())
    return form, form.asked(now) if form.is_valid() else None


def _shown(asked: Asked) -> list[tuple[Report, list[tuple[str, list[str]]]]]:
    """Each with the rows of its table, named."""
    names = labels(asked)
    made = [make(asked) for make in REPORTS.values()]
    return [(report, list(zip(names, report.rows, strict=True))) for report in made]


def table_csv(request: HttpRequest, report: str) -> HttpResponse:
    """One of the tables. It names nobody, so it is neither asked for twice nor noted."""
    _form, asked = _asked(request)
    if asked is None or report not in REPORTS:
        raise Http404
    made = REPORTS[report](asked)
    stretches = zip(labels(asked), ends(asked.period.stretches), made.rows, strict=True)
    rows = [[name, *days, *cells] for name, days, cells in stretches]
    return as_file(inert.table([[made.title, _("From"), _("To"), *made.heads], *rows]), named=made.title)
