"""The tasks of the front desk: a list, and a press that ticks one off or takes that back."""

from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, when
from booking.admin import task_words
from booking.admin.acting import busy
from booking.admin.finding import FoundByVisitAdmin
from booking.admin.reading import signed_in
from booking.models import Appointment, Patient, Task
from booking.models.task import TaskQuerySet
from booking.transactions import Busy

SHOWN = 12  # on a patient's page; the list has all


def today() -> date:
    return when.local(timezone.now()).date()


def read() -> TaskQuerySet:
    return Task.objects.select_related("appointment__patient", "appointment__visit_type", "done_by")


def of_visit(visit: Appointment) -> list[task_words.Line]:
    """Also the estimate of its course, whichever session it is noted at."""
    theirs = Q(appointment=visit)
    if visit.course_id:
        theirs |= Q(kind=Task.Kind.ESTIMATE, appointment__course=visit.course_id)
    return [task_words.line(task, today=today()) for task in read().filter(theirs).open_first()]


def of_patient(patient: Patient) -> list[task_words.Line]:
    tasks = read().filter(appointment__patient=patient).open_first()[:SHOWN]
    return [task_words.line(task, today=today()) for task in tasks]


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", _("To do")),
            ("overdue", _("Overdue")),
            ("done", _("Done")),
            ("dropped", _("No longer needed")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        waiting = {"done_at": None, "dropped_at": None}
        conditions: dict[str, dict[str, Any]] = {
            "open": waiting,
            "overdue": {**waiting, "due_on__lt": today()},
            "done": {"done_at__isnull": False},
            "dropped": {"dropped_at__isnull": False},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


@admin.register(Task)
class TaskAdmin(FoundByVisitAdmin[Task]):
    list_display = ["due", "what", "patient_name", "visit", "button"]
    list_display_links = None
    list_filter = [StateFilter, "kind"]
    search_fields = ["appointment__patient__name"]
    search_help_text = gettext_lazy("Name, e-mail, phone or the visit’s reference")
    list_per_page = 50
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        return read().open_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()  # that of `open_first`

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if self.may_act(request) else self.list_display[:-1]

    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        return [
            path("<int:pk>/tick/", staff_only(self.tick_view), name="booking_task_tick"),
            path("<int:pk>/take-back/", staff_only(self.take_back_view), name="booking_task_take_back"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("due"))
    def due(self, row: Task) -> SafeString:
        return task_words.line(row, today=today()).due

    @admin.display(description=gettext_lazy("what"))
    def what(self, row: Task) -> str:
        return task_words.what(row)

    @admin.display(description=gettext_lazy("patient"))
    def patient_name(self, row: Task) -> SafeString:
        url = reverse("admin:booking_patient_change", args=[row.appointment.patient_id])
        return format_html('<a href="{}">{}</a>', url, row.appointment.patient.name)

    @admin.display(description=gettext_lazy("visit"))
    def visit(self, row: Task) -> SafeString:
        url = reverse("admin:booking_appointment_change", args=[row.appointment_id])
        return format_html('<a href="{}">{}</a>', url, when.short(row.appointment.starts_at))

    @admin.display(description=gettext_lazy("tick off"))
    def button(self, row: Task) -> SafeString | str:
        """The list is one form: the button says where it goes."""
        if row.dropped_at:
            return ""
        name, text = ("take_back", _("Not done after all")) if row.done_at else ("tick", _("Done"))
        return format_html(
            '<button class="button quiet" formaction="{}" name="back" value="list">{}'
            '<span class="visually-hidden">: {}, {}</span></button>',
            reverse(f"admin:booking_task_{name}", args=[row.pk]),
            text,
            task_words.what(row),
            row.appointment.patient.name,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A task has no page of its own: it stands on that of its visit."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        task = self.get_object(request, object_id)
        if task is None:
            return redirect("admin:booking_task_changelist")
        return redirect("admin:booking_appointment_change", task.appointment_id)

    def tick_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One press: it is small, and the next page offers to take it back. GET, as after signing in, asks."""
        return self._settle(request, pk, is_done=True)

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._settle(request, pk, is_done=False)

    def _settle(self, request: HttpRequest, pk: int, *, is_done: bool) -> HttpResponse:
        if not self.may_act(request):
            raise PermissionDenied
        task = get_object_or_404(read(), pk=pk)
        if request.method != "POST":
            return self._ask(request, task, is_done=is_done)
        act = actions.tick_off if is_done else actions.take_back_tick
        try:
            act(task=task, by=actions.staff(signed_in(request)), now=timezone.now())
        except actions.TaskSettled as settled:
            self.message_user(request, task_words.already(settled.task), messages.WARNING)
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
        else:
            text = _("Done: %(what)s, %(patient)s.") if is_done else _("To be done still: %(what)s, %(patient)s.")
            self._tell(request, task, text % {"what": task_words.what(task), "patient": task.appointment.patient.name})
        return redirect(_back(request, task))

    def _tell(self, request: HttpRequest, task: Task, text: str) -> None:
        self.log_change(request, task, text)
        done = Task.objects.filter(pk=task.pk, done_at__isnull=False).exists()
        if done:
            url = f"{reverse('admin:booking_task_take_back', args=[task.pk])}?back={_where(request)}"
            text = format_html('{} <a href="{}">{}</a>', text, url, _("Undo"))
        self.message_user(request, text, messages.SUCCESS)

    def _ask(self, request: HttpRequest, task: Task, *, is_done: bool) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Is this done?") if is_done else _("Is this not done after all?"),
            "opts": self.opts,
            "task": task,
            "line": task_words.line(task, today=today()),
            "is_done": is_done,
            "back": _where(request),
            "back_url": _back(request, task),
        }
        return render(request, "admin/booking/task/tick.html", context)


def _where(request: HttpRequest) -> str:
    asked = (request.POST or request.GET).get("back", "")
    return asked if asked in ("desk", "list", "patient", "visit") else "visit"


def _back(request: HttpRequest, task: Task) -> str:
    """To the page on which it was pressed."""
    pages = {
        "desk": reverse("admin:index"),
        "list": reverse("admin:booking_task_changelist"),
        "patient": reverse("admin:booking_patient_change", args=[task.appointment.patient_id]),
        "visit": reverse("admin:booking_appointment_change", args=[task.appointment_id]),
    }
    return pages[_where(request)]
