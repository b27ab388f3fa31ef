"""“Why isn’t 2:30 offered?”: staff name a kind of visit and a time, and are told the rule that closes it."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.forms.utils import from_current_timezone
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import availability, when
from booking.admin.why_words import Asked, sentence
from booking.models import Resource, VisitType
from booking.slots import Start

REACH = timedelta(days=2 * 366)  # further off is a slip in the year


class WhyForm(forms.Form):
    kind = forms.ModelChoiceField(
        label=gettext_lazy("Kind of visit"), queryset=VisitType.objects.order_by("order", "pk")
    )
    day = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    time = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    by = forms.ChoiceField(
        label=gettext_lazy("Who books"),
        choices=[("patients", gettext_lazy("Patients")), ("staff", gettext_lazy("Staff"))],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if "day" not in values or "time" not in values:
            return values
        now = timezone.now()
        if not (now - REACH).date() < values["day"] < (now + REACH).date():
            self.add_error("day", _("Please check the year."))
            return values
        try:
            values["at"] = from_current_timezone(datetime.combine(values["day"], values["time"]))
        except forms.ValidationError:
            self.add_error("time", _("The clock is changed that night, and this time comes twice or not at all."))
        return values

    def asked(self) -> Asked:
        values = self.cleaned_data
        return Asked(values["kind"], values["at"], for_staff=values["by"] == "staff", now=timezone.now())


def page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """The question and, once asked, its answer. Nothing is changed."""
    may = ("booking.view_appointment", "booking.change_appointment")
    if not any(request.user.has_perm(name) for name in may):
        raise PermissionDenied
    form = WhyForm(request.GET or None)
    context |= {"title": _("Why isn’t a time offered?"), "form": form, "opts": VisitType._meta, "zone": when.zone()}
    if form.is_valid():
        context |= _answer(form.asked())
    return render(request, "admin/booking/why.html", context)


def _answer(asked: Asked) -> dict[str, Any]:
    told = {"asked": asked, "limits": _limits(asked)}
    refusal = availability.why_not(asked.kind, asked.at, now=asked.now, rule=asked.rule)
    if refusal is None:
        start = availability.start_at(asked.kind, asked.at, now=asked.now, rule=asked.rule)
        return {**told, "offered": True, "with_whom": _with_whom(start)}
    nearest = availability.nearest_free(asked.kind, asked.at, now=asked.now, rule=asked.rule)
    return {**told, "sentence": sentence(refusal, asked), "nearest": [start.at for start in nearest]}


def _limits(asked: Asked) -> list[str]:
    """What keeps the kind itself from some or all patients."""
    limits = []
    if not asked.kind.is_active:
        limits.append(_("This kind of visit is not offered to anybody at present."))
    if asked.kind.open_to == VisitType.OpenTo.CLEARED:
        limits.append(_("Only patients whom the clinician has cleared see this kind of visit."))
    return [] if asked.for_staff else limits


def _with_whom(start: Start | None) -> str:
    held = [start.clinician, start.chair] if start else []
    names = dict(Resource.objects.filter(pk__in=held).values_list("pk", "name"))
    return ", ".join(names[pk] for pk in held if pk in names)
