"""“Same person as …”: two records side by side, which values stay, what will happen, and the POST that does it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from booking import actions, when
from booking.actions import ChangedMeanwhile, Shown
from booking.actions.taking_apart import newest_merge
from booking.admin import words
from booking.admin.acting import busy
from booking.admin.alike import alike
from booking.admin.finding import FindingAdmin, found
from booking.admin.merge_forms import TogetherForm
from booking.admin.merge_words import apart_effects, held_by, together_effects
from booking.admin.reading import signed_in
from booking.models import Merge, Patient
from booking.transactions import Busy

FOUND = 20
FOLDER = "admin/booking/patient"


class MergingAdmin(FindingAdmin[Patient]):
    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        name = "booking_patient_{}".format
        return [
            path("<int:pk>/same/", staff_only(self.same_view), name=name("same")),
            path("<int:pk>/same/<int:other>/", staff_only(self.together_view), name=name("together")),
            path("<int:pk>/apart/", staff_only(self.apart_view), name=name("apart")),
            *super().get_urls(),
        ]

    def may_merge(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("booking.merge_patient")

    def leading_on(self, urls: list[URLPattern]) -> list[URLPattern]:
        """From each page of a record that is a part of another to that one."""
        for url in urls:
            if url.pattern.converters.keys() & {"pk", "object_id"}:
                url.callback = self._or_led_on(url.callback)
        return urls

    def _or_led_on(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def led_on(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            key = str(kwargs.get("pk") or kwargs.get("object_id"))
            may_see = self.admin_site.has_permission(request) and self.has_view_permission(request)
            if not may_see or not (key.isascii() and key.isdecimal() and len(key) < 19):
                return view(request, *args, **kwargs)
            part = Patient.objects.filter(pk=int(key), merged_into__isnull=False).first()
            return self._to_whole(request, part) if part else view(request, *args, **kwargs)

        return led_on

    def _to_whole(self, request: HttpRequest, part: Patient) -> HttpResponse:
        text = _("What was recorded for %(name)s under number %(number)s is a part of this record.")
        if request.method == "POST":
            text = f"{text} {_('Nothing was changed.')}"
        self.message_user(request, text % {"name": part.name, "number": part.pk}, messages.WARNING)
        return redirect("admin:booking_patient_change", part.merged_into_id)

    def same_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who may be the same person, and whoever else is looked for. Nothing is done here."""
        patient = self._to_merge(request, pk)
        text = request.GET.get("q", "").replace("\0", "").strip()
        others = Patient.objects.standing().exclude(pk=pk).order_by("-created_at", "-pk")
        looked_for = list(found(others, text)[: FOUND + 1]) if text else []
        return self._merge_page(
            request, "same", patient, query=text, likely=alike(patient), looked_for=looked_for[:FOUND],
            has_more=len(looked_for) > FOUND,
        )  # fmt: skip

    def together_view(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Side by side; then what will happen; pressed once more, done."""
        patient = self._to_merge(request, pk)
        if pk == other:
            raise Http404
        second = get_object_or_404(Patient, pk=other)
        if second.merged_into_id:
            return self._told(request, patient, self._why_not(second))
        was = (Shown.of(patient), Shown.of(second))
        form = TogetherForm(request.POST if request.method == "POST" else None, stays=patient, other=second)
        given = request.POST.get("shown", "")
        sides = {"other": second, "form": form, "held": (held_by(patient), held_by(second))}
        if not form.is_valid() or "change" in request.POST:
            return self._merge_page(request, "together", patient, shown=given or _shown(was), **sides)
        if not constant_time_compare(given, _shown(was)):
            return self._told(request, patient, self._why_not(second))
        if "sure" in request.POST and (response := self._merge(request, patient, second, was, form)):
            return response
        effects = together_effects(patient, second, form.chosen(), now=timezone.now())
        return self._merge_page(request, "together_check", patient, shown=given, effects=effects, **sides)

    def _merge(
        self, request: HttpRequest, patient: Patient, other: Patient, was: tuple[Shown, Shown], form: TogetherForm
    ) -> HttpResponse | None:
        """None where the database was too busy: the page is then shown again."""
        by, now = actions.staff(signed_in(request)), timezone.now()
        try:
            actions.merge_records(stays=patient, other=other, was=was, chosen=form.chosen(), by=by, now=now)
        except ChangedMeanwhile:
            return self._told(request, patient, self._why_not(Patient.objects.filter(pk=other.pk).first()))
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        self.log_change(request, other, _("Put together with record %(number)s.") % {"number": patient.pk})
        self.log_change(request, patient, _("Put together with record %(number)s.") % {"number": other.pk})
        return self._told(request, patient, _("The two records are one now."), messages.SUCCESS)

    def _why_not(self, other: Patient | None) -> str:
        """What somebody else has done meanwhile."""
        merge = Merge.objects.filter(went=other, apart=None).select_related("by").last() if other else None
        if other is None or other.merged_into_id is None or merge is None:
            return _("Somebody else has changed this meanwhile. Nothing of yours was stored; please look again.")
        told = {"name": other.name, "who": words.name(merge.by), "at": words.moment(merge.at)}
        return _("%(name)s was put together with another record by %(who)s, %(at)s. Nothing was changed.") % told

    def apart_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What goes back and what stays; POST takes apart what was put together last."""
        patient = self._to_merge(request, pk)
        merge = newest_merge(patient)
        if merge is None:
            return self._told(request, patient, self._apart_already(patient))
        was = Shown.of(patient)
        shown = _shown((merge.pk, was))
        if request.method != "POST":
            effects = apart_effects(merge, patient, now=timezone.now())
            return self._merge_page(request, "apart", patient, merge=merge, shown=shown, effects=effects)
        if not constant_time_compare(request.POST.get("shown", ""), shown):
            return self._told(request, patient, self._apart_already(patient))
        try:
            actions.take_apart(merge=merge, was=was, by=actions.staff(signed_in(request)), now=timezone.now())
        except ChangedMeanwhile:
            return self._told(request, patient, self._apart_already(patient))
        except Busy:
            return self._told(request, patient, busy())
        self.log_change(request, merge.went, _("Taken apart from record %(number)s.") % {"number": pk})
        self.log_change(request, patient, _("Taken apart from record %(number)s.") % {"number": merge.went_id})
        return self._told(request, patient, _("These are two records again."), messages.SUCCESS)

    def _apart_already(self, patient: Patient) -> str:
        last = patient.merges.filter(apart__isnull=False).select_related("apart__by").order_by("apart__pk").last()
        if last is None or newest_merge(patient):
            return _("Somebody else has changed this meanwhile. Nothing of yours was stored; please look again.")
        told = {"who": words.name(last.apart.by), "at": words.moment(last.apart.at)}
        return _("Taken apart already, by %(who)s, %(at)s. Nothing was changed.") % told

    def _to_merge(self, request: HttpRequest, pk: int) -> Patient:
        if not self.may_merge(request):
            raise PermissionDenied
        return get_object_or_404(Patient.objects.select_related("kept_by"), pk=pk)

    def _merge_page(self, request: HttpRequest, template: str, patient: Patient, **more: object) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "patient": patient, **more}
        return render(request, f"{FOLDER}/{template}.html", context | {"zone": when.zone()})

    def _told(self, request: HttpRequest, patient: Patient, text: str, level: int = messages.ERROR) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_patient_change", patient.pk)


def _shown(of: object) -> str:
    """Tells whether it still is as the page has shown it, without saying what that is."""
    return salted_hmac("booking.admin.merging", repr(of)).hexdigest()[:20]
