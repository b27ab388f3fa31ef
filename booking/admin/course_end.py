"""Cancelling all that is left of a course: a page that lists it, and the POST that does it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import actions
from booking.actions.course_end import rest_of
from booking.admin.acting import busy
from booking.admin.reading import ReadOnlyAdmin, keys_of, signed_in
from booking.admin.steps import MAILED
from booking.models import Course
from booking.transactions import Busy


class CourseEndAdmin(ReadOnlyAdmin[Course]):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.end_view)
        return [path("<int:pk>/cancel-rest/", view, name="booking_course_cancel_rest"), *super().get_urls()]

    def may_end(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and request.user.has_perm("booking.change_appointment")

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.may_end(request):
            raise PermissionDenied
        course = get_object_or_404(Course.objects.select_related("patient", "template"), pk=pk)
        if request.method == "POST" and (response := self._end(request, course)):
            return response
        visits = list(rest_of(course, now=timezone.now()))
        if not visits:
            self.message_user(request, _("No visit of this course is still to come."), messages.INFO)
            return redirect("admin:booking_course_change", course.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Cancel all that is left of this course?"),
            "opts": self.opts,
            "course": course,
            "visits": visits,
        }
        return render(request, "admin/booking/course/cancel_rest.html", context)

    def _end(self, request: HttpRequest, course: Course) -> HttpResponse | None:
        """None where the page is to be shown again, with what has changed meanwhile."""
        seen = keys_of(request, "visit")
        try:
            moved = actions.cancel_rest(
                course=course, seen=seen, by=actions.staff(signed_in(request)), now=timezone.now()
            )
        except (actions.ChangedMeanwhile, actions.NotAllowed):
            problem = _("These visits have changed meanwhile. Nothing was cancelled; please look again.")
            self.message_user(request, problem, messages.ERROR)
            return None
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        text = ngettext("%(count)s visit cancelled.", "%(count)s visits cancelled.", len(moved)) % {"count": len(moved)}
        self.log_change(request, course, text)
        told = str(MAILED) % {"action": text, "patient": course.patient.name}
        self.message_user(request, told, messages.SUCCESS)
        return redirect("admin:booking_course_change", course.pk)
