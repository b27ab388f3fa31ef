"""A session that was missed or cancelled is given another time, and a review visit its first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from booking import actions, availability, when
from booking.actions.by_hand import visits_at
from booking.actions.sessions import kind_of, standing_at
from booking.admin.acting import busy
from booking.admin.course_proposal import new_remarks
from booking.admin.free_week import FreeWeek, warnings
from booking.admin.reading import ReadOnlyAdmin, keys_of, signed_in
from booking.admin.steps import MAILED
from booking.models import COUNTING, Course, VisitType
from booking.slots import Span
from booking.transactions import Busy, SlotTaken

REACH = timedelta(days=35)  # in which times that keep the distances are looked for
NEAREST = 6
REVIEW = 0  # in addresses, for the review visit


class CourseAgainAdmin(ReadOnlyAdmin[Course]):
    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        return [
            path("<int:pk>/again/<int:number>/", staff_only(self.again_view), name="booking_course_again"),
            path(
                "<int:pk>/again/<int:number>/<start:start>/",
                staff_only(self.again_at_view),
                name="booking_course_again_at",
            ),
            *super().get_urls(),
        ]

    def may_place(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["booking.add_course", "booking.view_patient"])

    def again_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """The times that keep the course's distances, and then all that are free in a week."""
        course, position, kind = self._to_place(request, pk, number)
        if problem := self._stands(request, course, position):
            return problem
        now = timezone.now()
        around = max(now, _wanted(course, position))
        week = _free_week(course, number, kind, now=now).page(request.GET, around=around)
        fitting = _fitting(course, position, kind, around, now=now) if "week" not in request.GET else []
        times = [(at, _url(course, number, at)) for at in fitting]
        return self._again(request, "again", course, number, kind, fitting=times, **week)

    def again_at_view(self, request: HttpRequest, pk: int, number: int, start: datetime) -> HttpResponse:
        """GET says what would happen; POST places it."""
        course, position, kind = self._to_place(request, pk, number)
        if problem := self._stands(request, course, position):
            return problem
        if request.method == "POST" and (response := self._place(request, course, position, start)):
            return response
        if not _free_week(course, number, kind, now=timezone.now()).is_free(start):
            return self._taken(request, course, number)
        stay = Span(start, start + kind.staff_rule().stay)
        notes = warnings(kind, start, patient_id=course.patient_id)
        if position:
            notes += new_remarks(position, start, _standing(course), course.template.spacing())
        return self._again(
            request,
            "again_at",
            course,
            number,
            kind,
            start=start,
            notes=notes,
            across=[visit.pk for visit in visits_at(course.patient, stay)],
        )

    def _place(
        self, request: HttpRequest, course: Course, position: int | None, start: datetime
    ) -> HttpResponse | None:
        """None where the page is to be shown again, with what has changed meanwhile."""
        across = keys_of(request, "across")
        by, now = actions.staff(signed_in(request)), timezone.now()
        try:
            visit = actions.place_session(
                course=course, position=position, starts_at=start, by=by, now=now, across=across
            )
        except actions.SessionStands as stands:
            return self._told(request, course, _already(stands))
        except SlotTaken:
            return self._taken(request, course, position or REVIEW)
        except actions.PatientElsewhere:
            text = _("The patient has another visit at this time by now. Nothing was booked; please look again.")
            self.message_user(request, text, messages.ERROR)
            return None
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        text = _("Booked for %(when)s.") % {"when": when.whole(visit.starts_at)}
        self.log_change(request, course, text)
        told = str(MAILED) % {"action": text, "patient": course.patient.name}
        return self._told(request, course, told, messages.SUCCESS)

    def _to_place(self, request: HttpRequest, pk: int, number: int) -> tuple[Course, int | None, VisitType]:
        if not self.may_place(request):
            raise PermissionDenied
        courses = Course.objects.select_related("patient", "template__visit_type", "template__review_type")
        course, position = get_object_or_404(courses, pk=pk), number or None
        kind = kind_of(course, position)
        if kind is None:
            raise Http404
        return course, position, kind

    def _stands(self, request: HttpRequest, course: Course, position: int | None) -> HttpResponse | None:
        visit = standing_at(course, position)
        return self._told(request, course, _already(actions.SessionStands(visit))) if visit else None

    def _taken(self, request: HttpRequest, course: Course, number: int) -> HttpResponse:
        self.message_user(request, _("This time can’t be had. Nothing was booked; choose another."), messages.ERROR)
        return redirect("admin:booking_course_again", course.pk, number)

    def _told(self, request: HttpRequest, course: Course, text: str, level: int = messages.WARNING) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_course_change", course.pk)

    def _again(
        self, request: HttpRequest, template: str, course: Course, number: int, kind: VisitType, **more: Any
    ) -> HttpResponse:
        name = _("session %(number)s of %(all)s") % {"number": number, "all": course.sessions}
        name = name if number else _("the review visit")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Find a time for %(name)s") % {"name": name},
            "opts": self.opts,
            "course": course,
            "number": number,
            "kind": kind,
            **more,
        }
        return render(request, f"admin/booking/course/{template}.html", context)


def to_place(course: Course) -> list[int]:
    """The numbers of sessions that have no visit standing any more, and REVIEW where there is to be one."""
    placed = {position for position, _at in _visits(course)}
    review = course.template.review_type and course.template.review_after_session
    wanted = [*range(1, course.sessions + 1), *([None] if review and review <= course.sessions else [])]
    return [position or REVIEW for position in wanted if position not in placed]


def _visits(course: Course) -> list[tuple[int | None, datetime]]:
    standing = course.appointments.filter(status__in=COUNTING)
    return list(standing.values_list("course_position", "starts_at"))


def _standing(course: Course) -> Mapping[int, datetime]:
    return {position: at for position, at in _visits(course) if position}


def _wanted(course: Course, position: int | None) -> datetime:
    """Where it stood; of a review visit after its session."""
    after = course.template.review_after_session if position is None else position
    last = course.appointments.filter(course_position=after).order_by("starts_at").last()
    return last.starts_at if last else course.placed_at


def _fitting(
    course: Course, position: int | None, kind: VisitType, around: datetime, *, now: datetime
) -> list[datetime]:
    """Free times that keep the course's distances and meet no visit of the patient, the nearest first."""
    rule = kind.staff_rule()
    free = availability.free_times(kind, window=Span(now, around + REACH), now=now, rule=rule)
    starts = availability.suiting(free, rule, availability.visits_of(course.patient_id))
    if position:
        standing, spacing = _standing(course), course.template.spacing()
        starts = [start for start in starts if not new_remarks(position, start.at, standing, spacing)]
    else:
        starts = [start for start in starts if start.at > around]
    nearest = sorted((start.at for start in starts), key=lambda at: abs(at - around))[:NEAREST]
    return sorted(nearest)


def _free_week(course: Course, number: int, kind: VisitType, *, now: datetime) -> FreeWeek:
    return FreeWeek(kind, now, lambda start: _url(course, number, start))


def _url(course: Course, number: int, start: datetime) -> str:
    return reverse("admin:booking_course_again_at", args=[course.pk, number, start])


def _already(stands: actions.SessionStands) -> str:
    text = _("It is placed already, for %(when)s. Nothing was changed.")
    return text % {"when": when.whole(stands.visit.starts_at)}
