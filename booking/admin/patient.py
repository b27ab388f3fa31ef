"""Patients: how to reach them, what they are cleared for, and their visits. Staff set right how they are reached."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, when
from booking.actions import ChangedMeanwhile, Contact
from booking.admin import tasks, words
from booking.admin.acting import busy
from booking.admin.by_hand import ByHandAdmin
from booking.admin.desk_forms import ContactForm
from booking.admin.insurance import InsuranceAdmin
from booking.admin.keeping import KeepingAdmin, told_if_gone
from booking.admin.merge_words import parts_of
from booking.admin.merging import MergingAdmin
from booking.admin.reading import signed_in
from booking.models import Clearance, Patient, VisitType
from booking.transactions import Busy

SHOWN = 50  # visits on a patient's page; the list of appointments has all


@admin.register(Patient)
class PatientAdmin(MergingAdmin, KeepingAdmin, InsuranceAdmin, ByHandAdmin):
    """How to reach people, as they gave it with each request."""

    list_display = ["name", "phone_number", "email", "contact_by", "since"]
    search_fields = ["name", "email", "phone"]
    search_help_text = gettext_lazy("Name, e-mail, phone or a visit’s reference")
    ordering = ["-created_at", "-pk"]
    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        name = "booking_patient_{}".format
        urls = [
            path("<int:pk>/correct/", staff_only(self.correct_view), name=name("correct")),
            path("<int:pk>/insurance/", staff_only(self.insurance_view), name=name("insurance")),
            path("<int:pk>/clear/<int:kind>/", staff_only(self.clear_view), name=name("clear")),
            path("<int:pk>/withdraw/<int:kind>/", staff_only(self.withdraw_view), name=name("withdraw")),
            path("<int:pk>/keep/", staff_only(self.keep_view), name=name("keep")),
            path("<int:pk>/stop-keeping/", staff_only(self.stop_keeping_view), name=name("stop_keeping")),
            *super().get_urls(),
        ]
        return self.leading_on(urls)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patient]:
        """Without what is a part of another record."""
        return super().get_queryset(request).filter(merged_into=None)

    @admin.display(description=gettext_lazy("phone"), ordering="phone")
    def phone_number(self, row: Patient) -> str:
        return str(row.phone.as_national)

    @admin.display(description=gettext_lazy("since"), ordering="created_at")
    def since(self, row: Patient) -> str:
        return when.day_with_year(row.created_at)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Patient | None = None,
    ) -> HttpResponse:
        if obj:
            now = timezone.now()
            theirs = obj.appointments.select_related("visit_type", "course").prefetch_related("offers")
            visits = list(theirs.order_by("-starts_at")[: SHOWN + 1])
            context |= {
                "title": obj.name,
                "subtitle": None,
                "zone": when.zone(),
                "may_correct": self.may_act(request),
                "may_book": self.may_book(request),
                "may_keep": self.may_keep(request),
                "may_merge": self.may_merge(request),
                "parts": parts_of(obj),
                "kinds": _kinds(obj),
                "tasks": tasks.of_patient(obj) if request.user.has_perm("booking.view_task") else [],
                "visits": [
                    (visit, when.short(visit.starts_at), words.state_and_offer(visit, now=now))
                    for visit in visits[:SHOWN]
                ],
                "has_more": len(visits) > SHOWN,
                "courses": obj.courses.select_related("template").order_by("-placed_at"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A form; filled in, what will happen; pressed once more, done."""
        if not self.may_act(request):
            raise PermissionDenied
        patient = get_object_or_404(Patient, pk=pk)
        was = Contact.of(patient)
        form = ContactForm(request.POST) if request.method == "POST" else ContactForm.about(was)
        if not form.is_valid() or "change" in request.POST:
            return self._page(request, "correct", patient, form=form, shown=request.POST.get("shown") or _shown(was))
        if not constant_time_compare(request.POST.get("shown", ""), _shown(was)):
            return self._changed_meanwhile(request, patient)
        if form.contact() == was:
            return self._back(request, patient, _("Nothing was changed."), messages.INFO)
        if "sure" in request.POST and (response := self._correct(request, patient, was, form)):
            return response
        return self._check(request, patient, was, form)

    def _check(self, request: HttpRequest, patient: Patient, was: Contact, form: ContactForm) -> HttpResponse:
        contact = form.contact()
        pairs = zip(form.in_words(was), form.in_words(contact), strict=True)
        return self._page(
            request,
            "check",
            patient,
            form=form,
            shown=_shown(was),
            changes=[(label, old, new) for (label, old), (_label, new) in pairs if old != new],
            new_email=contact.email if contact.email != was.email else "",
            mailed=[when.whole(visit.starts_at) for visit in _needing_link(patient)],
        )

    def _correct(self, request: HttpRequest, patient: Patient, was: Contact, form: ContactForm) -> HttpResponse | None:
        """None where the database was too busy: the page is then shown again."""
        by, now = actions.staff(signed_in(request)), timezone.now()
        try:
            changed = actions.correct_contact(patient=patient, was=was, contact=form.contact(), by=by, now=now)
        except ChangedMeanwhile:
            return self._changed_meanwhile(request, patient)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        return self._done(request, changed, _("Corrected."))

    def _changed_meanwhile(self, request: HttpRequest, patient: Patient) -> HttpResponse:
        problem = _("Somebody else has changed this meanwhile. Nothing of yours was stored; please look again.")
        return self._back(request, patient, problem, messages.ERROR)

    @told_if_gone
    def clear_view(self, request: HttpRequest, pk: int, kind: int) -> HttpResponse:
        """Opens a kind of visit to the patient: GET says what that means, POST does it."""
        patient, visit_type = self._to_settle(request, pk, kind, "booking.add_clearance")
        if request.method != "POST":
            return self._page(request, "clear", patient, visit_type=visit_type)
        user, now = signed_in(request), timezone.now()
        clearance = actions.clear_for(patient=patient, visit_type=visit_type, by=actions.staff(user), now=now)
        if (clearance.by_id, clearance.at) != (user.pk, now):
            return self._back(request, patient, words.cleared_already(clearance), messages.INFO)
        return self._done(request, patient, _("Cleared for “%(kind)s”.") % {"kind": visit_type})

    @told_if_gone
    def withdraw_view(self, request: HttpRequest, pk: int, kind: int) -> HttpResponse:
        """Closes it again: GET says what that means, POST does it."""
        patient, visit_type = self._to_settle(request, pk, kind, "booking.delete_clearance")
        if request.method != "POST":
            return self._page(request, "withdraw", patient, visit_type=visit_type)
        if not actions.withdraw_clearance(patient=patient, visit_type=visit_type):
            return self._back(request, patient, _("This clearance has been withdrawn already."), messages.INFO)
        return self._done(request, patient, _("No longer cleared for “%(kind)s”.") % {"kind": visit_type})

    def _to_settle(self, request: HttpRequest, pk: int, kind: int, permission: str) -> tuple[Patient, VisitType]:
        if not (self.has_view_permission(request) and request.user.has_perm(permission)):
            raise PermissionDenied
        only = VisitType.objects.filter(open_to=VisitType.OpenTo.CLEARED)
        return get_object_or_404(Patient, pk=pk), get_object_or_404(only, pk=kind)


def _needing_link(patient: Patient) -> list[Any]:
    return actions.needing_link(patient=patient, now=timezone.now())


def _shown(contact: Contact) -> str:
    """Tells whether it still is as the page has shown it, without saying what that is."""
    return salted_hmac("booking.admin.patient", repr(contact)).hexdigest()[:20]


def _kinds(patient: Patient) -> list[VisitType]:
    """What needs a clearance, each with this patient's under `cleared`; also a kind no longer offered that has one."""
    mine = Clearance.objects.filter(patient=patient)
    needing = VisitType.objects.filter(open_to=VisitType.OpenTo.CLEARED)
    found = needing.filter(Q(is_active=True) | Q(clearances__in=mine)).distinct().order_by("order", "pk")
    return list(found.prefetch_related(Prefetch("clearances", mine.select_related("by"), to_attr="cleared")))
