"""Booking by hand for somebody on the phone: who, what kind, when, what will happen, and the POST that does it.

Whoever is on record is found first. Addresses hold no more than a patient's number; what a new one tells travels in
the page until the last press.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import actions, availability, when
from booking.actions import Details
from booking.actions.by_hand import visits_at
from booking.admin.acting import busy
from booking.admin.desk_forms import NewPatientForm
from booking.admin.finding import FindingAdmin, find_page
from booking.admin.free_week import FreeWeek, warnings
from booking.admin.reading import keys_of, signed_in
from booking.admin.steps import MAILED
from booking.admin.why_words import Asked, sentence
from booking.forms import SubmissionField
from booking.models import OPEN, Appointment, Clearance, Patient, VisitType
from booking.slots import Span
from booking.transactions import Busy, SlotTaken
from booking.week import Week

SHOWN = 6
FOLDER = "admin/booking/by_hand"


class ByHandAdmin(FindingAdmin[Patient]):
    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        name = "booking_patient_{}".format
        return [
            path("find/", staff_only(self.find_view), name=name("find")),
            path("book/", staff_only(self.kinds_view), name=name("book_new")),
            path("book/<slug:kind>/", staff_only(self.times_view), name=name("book_new_times")),
            path("book/<slug:kind>/<start:start>/", staff_only(self.book_new_view), name=name("book_new_at")),
            path("<int:pk>/book/", staff_only(self.kinds_view), name=name("book")),
            path("<int:pk>/book/<slug:kind>/", staff_only(self.times_view), name=name("book_times")),
            path("<int:pk>/book/<slug:kind>/<start:start>/", staff_only(self.book_view), name=name("book_at")),
            *super().get_urls(),
        ]

    def may_book(self, request: HttpRequest) -> bool:
        """Whoever may answer requests, and see who is on record."""
        return self.has_view_permission(request) and request.user.has_perm("booking.change_appointment")

    def find_view(self, request: HttpRequest) -> HttpResponse:
        return find_page(
            request,
            {**self.admin_site.each_context(request), "opts": self.opts, "may_book": self.may_book(request)},
        )

    def kinds_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        patient = self._whose(request, pk)
        return self._step(request, patient, "kinds", kinds=_kinds(patient))

    def times_view(self, request: HttpRequest, kind: str, pk: int | None = None) -> HttpResponse:
        """The free times of a week by the rule that binds staff, and the other kinds to change to.

        POST comes with what somebody new has told already, for another time.
        """
        patient, visit_type = self._whose(request, pk), _kind(kind)
        now, asked = timezone.now(), request.POST if request.method == "POST" else request.GET
        week = _free_week(visit_type, patient, now=now).page(asked, around=now)
        told = _carried(request) if patient is None else {}
        return self._step(request, patient, "times", visit_type=visit_type, kinds=_kinds(patient), **told, **week)

    def book_view(self, request: HttpRequest, pk: int, kind: str, start: datetime) -> HttpResponse:
        """For somebody on record: GET says what would happen, POST books it."""
        self._check_may_book(request)
        patient, visit_type = get_object_or_404(Patient, pk=pk), _kind(kind)
        if request.method == "POST" and (response := self._book(request, patient, visit_type, start)):
            return response
        return self._check_booking(request, patient, visit_type, start)

    def book_new_view(self, request: HttpRequest, kind: str, start: datetime) -> HttpResponse:
        """For somebody new: a form; filled in, what would happen; pressed once more, booked."""
        self._check_may_book(request)
        visit_type = _kind(kind)
        form = NewPatientForm(request.POST if request.method == "POST" else None)
        if not form.is_valid() or "change" in request.POST:
            if not _free_week(visit_type, None, now=timezone.now()).is_free(start):
                return self._taken(request, None, visit_type, start)
            return self._step(
                request,
                None,
                "new",
                visit_type=visit_type,
                start=start,
                week=Week.of(start),
                form=form.as_typed() if "change" in request.POST else form,
                submission=_submission(request),
            )
        if "sure" in request.POST and (response := self._book(request, form.details(), visit_type, start)):
            return response
        return self._check_booking(request, None, visit_type, start, form=form)

    def _check_booking(
        self,
        request: HttpRequest,
        patient: Patient | None,
        visit_type: VisitType,
        start: datetime,
        *,
        form: NewPatientForm | None = None,
    ) -> HttpResponse:
        """What would happen."""
        if not _free_week(visit_type, patient, now=timezone.now()).is_free(start):
            return self._taken(request, patient, visit_type, start)
        details = form.details() if form else None
        return self._step(
            request,
            patient,
            "check",
            visit_type=visit_type,
            start=start,
            ends=start + visit_type.rule().stay,
            week=Week.of(start),
            form=form,
            to=patient or details,
            submission=_submission(request),
            **_beside(patient, details, visit_type, start),
        )

    def _book(
        self, request: HttpRequest, who: Patient | Details, visit_type: VisitType, start: datetime
    ) -> HttpResponse | None:
        """None where the page is to be shown again, with what has changed meanwhile."""
        by, now = actions.staff(signed_in(request)), timezone.now()
        across = keys_of(request, "across")
        try:
            booked = actions.book_visit(
                patient=who,
                visit_type=visit_type,
                starts_at=start,
                submission_id=_submission(request),
                across=across,
                by=by,
                now=now,
            )
        except SlotTaken:
            return self._taken(request, who if isinstance(who, Patient) else None, visit_type, start)
        except actions.PatientElsewhere:
            problem = _("The patient has another visit at this time by now. Nothing was booked; please look again.")
            self.message_user(request, problem, messages.ERROR)
            return None
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        return self._booked(request, booked)

    def _booked(self, request: HttpRequest, booked: actions.Requested) -> HttpResponse:
        visit = booked.appointment
        text = _("Booked for %(when)s.") % {"when": when.whole(visit.starts_at)}
        if booked.created:
            self.log_change(request, visit.patient, text)
            self.message_user(request, str(MAILED) % {"action": text, "patient": visit.patient.name}, messages.SUCCESS)
        elif booked.same:
            self.message_user(request, _("This was booked already, once."), messages.INFO)
        else:
            problem = _("This page was used before, for the visit below. Nothing else was booked; please start anew.")
            self.message_user(request, problem, messages.ERROR)
        return redirect("admin:booking_appointment_change", visit.pk)

    def _taken(
        self, request: HttpRequest, patient: Patient | None, visit_type: VisitType, start: datetime
    ) -> HttpResponse:
        """That time can't be had: why, and the nearest ones that can. What somebody new has told goes on to these."""
        now = timezone.now()
        told = _carried(request) if patient is None else {}
        asked = Asked(visit_type, start, for_staff=True, now=now)
        refusal = availability.why_not(visit_type, start, now=now, rule=asked.rule)
        return self._step(
            request,
            patient,
            "taken",
            status=409,
            visit_type=visit_type,
            start=start,
            why=sentence(refusal, asked) if refusal else "",
            nearest=_free_week(visit_type, patient, now=now).nearest(start),
            week=Week.of(start),
            **told,
        )

    def _check_may_book(self, request: HttpRequest) -> None:
        if not self.may_book(request):
            raise PermissionDenied

    def _whose(self, request: HttpRequest, pk: int | None) -> Patient | None:
        """Who it is for; None for somebody new."""
        self._check_may_book(request)
        return get_object_or_404(Patient, pk=pk) if pk else None

    def _step(
        self,
        request: HttpRequest,
        patient: Patient | None,
        template: str,
        *,
        visit_type: VisitType | None = None,
        status: int = 200,
        **more: object,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "patient": patient,
            "who": patient.name if patient else _("a new patient"),
            "visit_type": visit_type,
            "kinds_url": _url(patient),
            "times_url": _url(patient, visit_type) if visit_type else "",
            "cleared": _is_cleared(patient, visit_type) if visit_type else True,
            **more,
        }
        return render(request, f"{FOLDER}/{template}.html", context, status=status)


def _url(patient: Patient | None, visit_type: VisitType | None = None, start: datetime | None = None) -> str:
    """The page of that step, for somebody on record or for somebody new."""
    name = "booking_patient_book" if patient else "booking_patient_book_new"
    args: list[object] = [patient.pk] if patient else []
    if visit_type:
        name, args = (
            (f"{name}_at", [*args, visit_type.slug, start]) if start else (f"{name}_times", [*args, visit_type.slug])
        )
    return reverse(f"admin:{name}", args=args)


def _free_week(visit_type: VisitType, patient: Patient | None, *, now: datetime) -> FreeWeek:
    return FreeWeek(visit_type, now, lambda start: _url(patient, visit_type, start))


def _kind(slug: str) -> VisitType:
    return get_object_or_404(VisitType, slug=slug, is_active=True)


def _kinds(patient: Patient | None) -> list[tuple[VisitType, str, bool]]:
    """Every kind that is offered, where its times are, and whether it is open to this patient."""
    mine = set(patient.clearances.values_list("visit_type", flat=True)) if patient else set()
    kinds = VisitType.objects.filter(is_active=True).order_by("order", "pk")
    anyone = VisitType.OpenTo.ANYONE
    return [(kind, _url(patient, kind), kind.open_to == anyone or kind.pk in mine) for kind in kinds]


def _is_cleared(patient: Patient | None, visit_type: VisitType) -> bool:
    if visit_type.open_to == VisitType.OpenTo.ANYONE:
        return True
    return patient is not None and Clearance.objects.filter(patient=patient, visit_type=visit_type).exists()


def _beside(patient: Patient | None, details: Details | None, visit_type: VisitType, start: datetime) -> dict[str, Any]:
    """What stands beside the visit: the patient's others, or who is on record with a new one's address or number."""
    if patient:
        to_come = Appointment.objects.filter(patient=patient, status__in=OPEN, starts_at__gt=timezone.now())
        stay = Span(start, start + visit_type.rule().stay)
        return {
            "warnings": warnings(visit_type, start, patient_id=patient.pk),
            "across": [visit.pk for visit in visits_at(patient, stay)],
            "others": to_come.select_related("visit_type", "course").order_by("starts_at", "pk")[:SHOWN],
        }
    if details is None:
        return {}
    known = Q(email__iexact=details.email) | Q(phone=details.phone)
    parts = Patient.objects.exclude(merged_into=None).filter(known)
    alike = Patient.objects.standing().filter(known | Q(pk__in=parts.values("merged_into")))
    # Many may share a number, as at an office; whoever has the address comes first.
    ranked = alike.order_by(Case(When(email__iexact=details.email, then=0), default=1), "-created_at", "-pk")
    return {"known": [(one, _url(one, visit_type, start)) for one in ranked[:SHOWN]]}


def _carried(request: HttpRequest) -> dict[str, Any]:
    """What has been typed about somebody new, for the next page to hold: it must not stand in an address."""
    if request.method != "POST":
        return {}
    return {"carried": NewPatientForm(request.POST), "submission": _submission(request)}


def _submission(request: HttpRequest) -> UUID:
    """The same from the page on which it was made to the last press, so that pressing twice books once."""
    return SubmissionField(required=False).clean(request.POST.get("submission"))
