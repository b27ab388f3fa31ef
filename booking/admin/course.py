"""Course templates, and the courses placed from them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Min, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import course_plan, when
from booking.actions.course_end import rest_of
from booking.admin import course_place, course_words, sent, words
from booking.admin.course_again import CourseAgainAdmin, to_place
from booking.admin.course_end import CourseEndAdmin
from booking.admin.course_forms import CourseTemplateForm, PhaseFormSet
from booking.admin.due import reviews_to_book
from booking.admin.finding import FoundByVisitAdmin
from booking.admin.reading import KeptWhileInUseAdmin
from booking.models import HOLDING, OPEN, Appointment, Course, CoursePhase, CourseTemplate, Patient, Status


class PhaseInline(admin.TabularInline[CoursePhase, CourseTemplate]):
    model = CoursePhase
    formset = PhaseFormSet
    ordering = ["order"]
    extra = 1


@admin.register(CourseTemplate)
class CourseTemplateAdmin(KeptWhileInUseAdmin[CourseTemplate]):
    form = CourseTemplateForm
    list_display = ["name", "rhythm", "visit_type", "is_active", "is_demo"]
    list_filter = ["is_active"]
    ordering = ["name"]
    inlines = [PhaseInline]
    fieldsets = [
        (
            gettext_lazy("The course"),
            {
                "fields": ["name", "visit_type", "is_active"],
                "description": gettext_lazy("For the courses placed from now on: sessions that are placed stay."),
            },
        ),
        (
            gettext_lazy("Distances"),
            {
                "fields": ["min_gap_days", "max_gap_days"],
                "description": gettext_lazy(
                    "Staff are warned where a plan does not keep to them; nothing is forbidden."
                ),
            },
        ),
        (gettext_lazy("Review visit"), {"fields": ["review_type", "review_after_session"]}),
        (
            gettext_lazy("Example values"),
            {
                "fields": ["is_demo"],
                "description": gettext_lazy("Untick once the practice has agreed to what stands above."),
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CourseTemplate]:
        return super().get_queryset(request).select_related("visit_type").prefetch_related("phases")

    @admin.display(description=gettext_lazy("rhythm"))
    def rhythm(self, row: CourseTemplate) -> str:
        return course_words.rhythm(list(row.phases.all()))


class ReviewFilter(admin.SimpleListFilter):
    title = gettext_lazy("review visit")
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", _("To be booked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Course]) -> QuerySet[Course]:
        return reviews_to_book(queryset) if self.value() == "due" else queryset


@admin.register(Course)
class CourseAdmin(CourseAgainAdmin, CourseEndAdmin, FoundByVisitAdmin[Course]):
    to_visit, of_visit = "pk", "course"
    list_display = ["patient_name", "template", "took_place", "next_session", "placed"]
    list_filter = ["template", ReviewFilter]
    search_fields = ["patient__name", "patient__email", "appointments__reference"]
    search_help_text = gettext_lazy("Name, e-mail, phone or the reference of a session")
    ordering = ["-placed_at", "-pk"]
    list_per_page = 50
    sortable_by = ()
    fields = ["template"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Course]:
        done = Q(appointments__status=Status.COMPLETED, appointments__course_position__isnull=False)
        ahead = Q(appointments__status__in=OPEN, appointments__starts_at__gt=timezone.now())
        courses = super().get_queryset(request).select_related("patient", "template", "placed_by")
        return courses.annotate(
            done_count=Count("appointments", filter=done), next_at=Min("appointments__starts_at", filter=ahead)
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.place_view)
        return [path("place/<int:pk>/", view, name="booking_course_place"), *super().get_urls()]

    @admin.display(description=gettext_lazy("patient"))
    def patient_name(self, row: Course) -> str:
        return row.patient.name

    @admin.display(description=gettext_lazy("took place"))
    def took_place(self, row: Course) -> str:
        return _("%(done)s of %(all)s") % {"done": row.done_count, "all": row.sessions}  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("next"))
    def next_session(self, row: Course) -> str | None:
        return when.short(row.next_at) if row.next_at else None  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("placed"))
    def placed(self, row: Course) -> str:
        return when.day_with_year(row.placed_at)

    def place_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows and changes nothing; POST looks again at the plan, or places the course."""
        if not self.may_place(request):
            raise PermissionDenied
        return course_place.place(self, request, get_object_or_404(Patient.objects.standing(), pk=pk))

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Course | None = None,
    ) -> HttpResponse:
        if obj:
            now = timezone.now()
            sessions = obj.appointments.select_related("visit_type").prefetch_related("offers")
            visits = list(sessions.order_by("starts_at", "pk"))
            for visit in visits:
                visit.course = obj  # known, and asked for by `Appointment.session`
            context |= {
                "title": _("%(template)s for %(patient)s") % {"template": obj.template, "patient": obj.patient},
                "subtitle": None,
                "zone": when.zone(),
                "visits": [(visit, self._link(visit), words.state_and_offer(visit, now=now)) for visit in visits],
                "sent": sent.of_course(obj, now=now),
                "notes": _notes(obj, visits),
                "rhythm": course_words.rhythm(list(obj.template.phases.all())),
                "may_place": self.may_place(request),
                "may_end": self.may_end(request) and rest_of(obj, now=now).exists(),
                "to_place": to_place(obj) if self.may_place(request) else [],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _link(self, visit: Appointment) -> SafeString:
        url = reverse("admin:booking_appointment_change", args=[visit.pk])
        return format_html('<a href="{}">{}</a>', url, visit.session or visit.visit_type)


def _notes(course: Course, visits: list[Appointment]) -> list[str]:
    """Which spacing rules the sessions that stand do not keep, as they are now."""
    standing = {
        visit.course_position: visit.starts_at
        for visit in visits
        if visit.course_position is not None and visit.status in HOLDING
    }
    spacing = course.template.spacing()
    found = course_plan.remarks(standing, spacing, timezone.get_default_timezone()) if spacing.phases else []
    return [
        _("Session %(number)s: %(remark)s") % {"number": item.session, "remark": course_words.remark(item)}
        for item in found
    ]
