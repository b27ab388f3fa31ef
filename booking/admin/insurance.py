"""Whether a patient uses insurance, as staff have asked them: estimates that are owed follow."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions
from booking.admin import patient_words
from booking.admin.acting import busy
from booking.admin.desk_forms import DeskForm
from booking.admin.finding import FindingAdmin
from booking.admin.reading import signed_in
from booking.models import Insurance, Patient
from booking.transactions import Busy


class InsuranceForm(DeskForm):
    insurance = forms.ChoiceField(
        label=gettext_lazy("Will they use insurance?"),
        choices=patient_words.choices(Insurance),
        widget=forms.RadioSelect,
    )
    was = forms.ChoiceField(choices=Insurance.choices, widget=forms.HiddenInput)


class InsuranceAdmin(FindingAdmin[Patient]):
    def insurance_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.may_act(request):
            raise PermissionDenied
        patient = get_object_or_404(Patient, pk=pk)
        form = InsuranceForm(
            request.POST if request.method == "POST" else None,
            initial={"insurance": patient.insurance, "was": patient.insurance},
        )
        if form.is_valid() and (response := self._correct_insurance(request, patient, form)):
            return response
        context = {**self.admin_site.each_context(request), "opts": self.opts, "patient": patient, "form": form}
        return render(request, "admin/booking/patient/insurance.html", context)

    def _correct_insurance(self, request: HttpRequest, patient: Patient, form: InsuranceForm) -> HttpResponse | None:
        """None where the database was too busy: the page is then shown again."""
        answer, was = form.cleaned_data["insurance"], form.cleaned_data["was"]
        by, now = actions.staff(signed_in(request)), timezone.now()
        text, level = _("Noted. The tasks follow what they said."), messages.SUCCESS
        try:
            actions.correct_insurance(patient=patient, was=was, insurance=answer, by=by, now=now)
        except actions.ChangedMeanwhile:
            text = _("Somebody else has changed this meanwhile. Nothing of yours was stored; please look again.")
            level = messages.ERROR
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        if level == messages.SUCCESS and answer == was:
            text, level = _("Nothing was changed."), messages.INFO
        elif level == messages.SUCCESS:
            self.log_change(request, patient, text)
        self.message_user(request, text, level)
        return redirect("admin:booking_patient_change", patient.pk)
