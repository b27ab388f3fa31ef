"""Keeping a patient's record beyond its time: a page that asks why, and one that ends it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin.acting import busy
from booking.admin.desk_forms import DeskForm
from booking.admin.finding import FindingAdmin
from booking.admin.reading import signed_in
from booking.forms import OneLine
from booking.models import Patient
from booking.transactions import Busy, SlotTaken


class KeepForm(DeskForm):
    because = OneLine(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("For example: a letter from a lawyer, of which date. Name no condition."),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
    )


def told_if_gone(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Says so where the record was removed while this page was open, or the database was too busy."""

    @wraps(view)
    def tried(desk: Any, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        try:
            return view(desk, request, pk, **kwargs)
        except Busy:
            desk.message_user(request, busy(), messages.ERROR)
            return redirect("admin:booking_patient_change", pk)
        except SlotTaken:
            problem = _("This record has been removed meanwhile. Nothing was changed.")
            desk.message_user(request, problem, messages.ERROR)
            return redirect("admin:booking_patient_changelist")

    return tried


class KeepingAdmin(FindingAdmin[Patient]):
    def may_keep(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("booking.keep_patient")

    @told_if_gone
    def keep_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        patient = self._to_keep(request, pk)
        form = KeepForm(request.POST) if request.method == "POST" else KeepForm()
        if not form.is_valid():
            return self._page(request, "keep", patient, form=form)
        user, now = signed_in(request), timezone.now()
        because = form.cleaned_data["because"]
        kept = actions.keep_record(patient=patient, because=because, by=actions.staff(user), now=now)
        if (kept.kept_by_id, kept.kept_since) != (user.pk, now):
            return self._back(request, patient, _("This record is kept already. Nothing was changed."), messages.INFO)
        return self._done(request, patient, _("This record is kept from now on."))

    @told_if_gone
    def stop_keeping_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        patient = self._to_keep(request, pk)
        if request.method != "POST":
            return self._page(request, "stop_keeping", patient)
        if not actions.stop_keeping(patient=patient):
            return self._back(request, patient, _("This record is not kept. Nothing was changed."), messages.INFO)
        return self._done(request, patient, _("This record is no longer kept."))

    def _to_keep(self, request: HttpRequest, pk: int) -> Patient:
        if not self.may_keep(request):
            raise PermissionDenied
        return get_object_or_404(Patient.objects.select_related("kept_by"), pk=pk)

    def _page(self, request: HttpRequest, template: str, patient: Patient, **more: object) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "patient": patient, **more}
        return render(request, f"admin/booking/patient/{template}.html", context)

    def _done(self, request: HttpRequest, patient: Patient, text: str) -> HttpResponse:
        self.log_change(request, patient, text)
        return self._back(request, patient, text)

    def _back(self, request: HttpRequest, patient: Patient, text: str, level: int = messages.SUCCESS) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_patient_change", patient.pk)
