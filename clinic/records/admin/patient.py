"""What is done with a patient's record as a whole: handing over all that is held, and erasing it before its time."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import when
from booking.admin.acting import busy
from booking.admin.desk_forms import DeskForm
from booking.admin.patient import PatientAdmin
from booking.admin.reading import signed_in
from booking.models import Appointment, Message, Patient
from booking.transactions import Busy
from clinic.records import due, exporting
from clinic.records.erasing import NotErased, erase, open_visits
from clinic.records.hanging import hanging
from clinic.records.models import Erasure
from clinic.retention import RECORD, REQUEST, Rule
from clinic.staff.recent import recently_authenticated

WAITING = (Message.State.QUEUED, Message.State.SENDING)


class EraseForm(DeskForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("Why"), choices=[("", gettext_lazy("Choose")), *Erasure.Reason.choices]
    )
    number = forms.CharField(
        label=gettext_lazy("Number of the record, or the reference of one of its visits"),
        help_text=gettext_lazy("Typed once more, so that it is this record and no other."),
        max_length=20,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._patient = patient

    def clean_number(self) -> str:
        typed = str(self.cleaned_data["number"]).strip().upper()
        letters = typed.replace("-", "").replace(" ", "")
        reference = f"{letters[:4]}-{letters[4:]}"
        if typed != str(self._patient.pk) and not self._patient.appointments.filter(reference=reference).exists():
            raise ValidationError(_("This is not the number of this record, nor a reference of its visits."))
        return typed


class WholeRecordAdmin(PatientAdmin):
    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        own = [
            path("<int:pk>/export/", staff_only(self.export_view), name="booking_patient_export"),
            path("<int:pk>/erase/", staff_only(self.erase_view), name="booking_patient_erase"),
        ]
        return [*self.leading_on(own), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context |= {name: self._may(request, name.removeprefix("may_")) for name in ("may_export", "may_erase")}
        return super().render_change_form(request, context, *args, **kwargs)

    def _may(self, request: HttpRequest, verb: str) -> bool:
        return self.has_view_permission(request) and request.user.has_perm(f"booking.{verb}_patient")

    def _to_take(self, request: HttpRequest, pk: int, verb: str) -> Patient:
        if not self._may(request, verb):
            raise PermissionDenied
        return get_object_or_404(Patient.objects.select_related("kept_by"), pk=pk)

    @method_decorator(recently_authenticated)
    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what is in it, POST hands it over."""
        patient, now = self._to_take(request, pk, "export"), timezone.now()
        if request.method != "POST":
            return self._whole_page(request, "export", patient, about=self._about(patient), beside=exporting.BESIDE)
        self.log_change(request, patient, _("Exported."))
        name = f"record-{patient.pk}-{when.local(now):%Y-%m-%d}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store, private"}
        return HttpResponse(exporting.archive(patient, now=now), content_type="application/zip", headers=headers)

    def _about(self, patient: Patient) -> list[tuple[object, int]]:
        found = hanging([row.pk for row in Patient.objects.one_person(patient.pk)])
        told = {model._meta.label: (model, len(keys)) for model, keys in found.items()}
        return [
            (exporting.ABOUT.get(label, model._meta.verbose_name_plural), count)
            for label, (model, count) in told.items()
            if label not in exporting.LEFT_OUT
        ]

    @method_decorator(recently_authenticated)
    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will go and what stands in its way; POST erases it."""
        patient = self._to_take(request, pk, "erase")
        form = EraseForm(request.POST if request.method == "POST" else None, patient=patient)
        in_the_way = open_visits(patient)
        if patient.is_kept or in_the_way or not form.is_valid():
            return self._erase_page(request, patient, form, in_the_way)
        try:
            done = erase(patient=patient, reason=form.cleaned_data["reason"], by=signed_in(request), now=timezone.now())
        except NotErased:
            problem = _("Somebody else has changed this meanwhile. Nothing was erased; please look again.")
            self.message_user(request, problem, messages.ERROR)
            return redirect("admin:booking_patient_change", pk)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return self._erase_page(request, patient, form, in_the_way)
        text = ngettext(
            "Record %(number)s is erased, with %(visits)s visit. Who did it and why is written down.",
            "Record %(number)s is erased, with %(visits)s visits. Who did it and why is written down.",
            done.visits,
        )
        self.message_user(request, text % {"number": pk, "visits": done.visits}, messages.SUCCESS)
        return redirect("admin:booking_patient_changelist")

    def _erase_page(
        self, request: HttpRequest, patient: Patient, form: EraseForm, in_the_way: list[Appointment]
    ) -> HttpResponse:
        rule, until = _kept_until(patient)
        waiting = Message.objects.filter(appointment__patient=patient, state__in=WAITING).count()
        return self._whole_page(
            request,
            "erase",
            patient,
            form=form,
            in_the_way=[(visit, when.whole(visit.starts_at)) for visit in in_the_way],
            about=self._about(patient),
            rule=rule,
            until=until,
            waiting=waiting,
            is_refused=patient.is_kept or bool(in_the_way),
        )

    def _whole_page(self, request: HttpRequest, template: str, patient: Patient, **more: object) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "patient": patient, **more}
        return render(request, f"admin/booking/patient/{template}.html", context)


def _kept_until(patient: Patient) -> tuple[Rule, datetime | None]:
    """By which rule it would be kept otherwise, and until when."""
    visits = patient.appointments.all()
    rule = RECORD if visits.filter(due.was_agreed()).exists() else REQUEST
    last = visits.aggregate(last=Max("ends_at"))["last"] or patient.created_at
    return rule, last + rule.span if rule.span else None
