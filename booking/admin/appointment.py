"""Requests and visits. Staff read everything here and change a visit's state by its buttons alone."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, register_converter, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, when
from booking.admin import words
from booking.admin.reading import PhoneSearchAdmin, signed_in
from booking.admin.steps import STEPS, Step, flash, offered, out_of_time
from booking.models import Appointment, Message, Verb, allowed
from booking.transactions import Busy
from clinic import practice

DAY = timedelta(days=1)


class VerbConverter:
    """Only the verbs there are: /change/ and /history/ stay Django's."""

    regex = "|".join(STEPS)

    def to_python(self, value: str) -> Verb:
        return Verb(value)

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(VerbConverter, "appointment_verb")


class DayFilter(admin.SimpleListFilter):
    title = gettext_lazy("date")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", _("Today")),
            ("tomorrow", _("Tomorrow")),
            ("week", _("Next 7 days")),
            ("later", _("Later")),
            ("past", _("Before today")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        today = when.local(timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        edges: dict[str, tuple[datetime | None, datetime | None]] = {
            "today": (today, today + DAY),
            "tomorrow": (today + DAY, today + 2 * DAY),
            "week": (today, today + 7 * DAY),
            "later": (today + 7 * DAY, None),
            "past": (None, today),
        }
        start, end = edges.get(self.value() or "", (None, None))
        if start:
            queryset = queryset.filter(starts_at__gte=start)
        return queryset.filter(starts_at__lt=end) if end else queryset


@admin.register(Appointment)
class AppointmentAdmin(PhoneSearchAdmin[Appointment]):
    list_display = ["state", "waiting", "time", "patient_name", "patient_phone", "visit_type", "code"]
    list_display_links = ["time", "patient_name"]
    list_filter = ["status", "visit_type", DayFilter]
    search_fields = ["reference", "patient__name", "patient__email", "patient__phone"]
    search_help_text = gettext_lazy("Reference, name, e-mail or phone")
    list_per_page = 50
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        return Appointment.objects.waiting_first().select_related("visit_type", "patient")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()  # that of waiting_first

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        act = path("<int:pk>/<appointment_verb:verb>/", view, name="booking_appointment_act")
        return [act, *super().get_urls()]

    @admin.display(description=gettext_lazy("state"))
    def state(self, row: Appointment) -> SafeString:
        return words.appointment_state(row)

    @admin.display(description=gettext_lazy("when (Pacific time)"))
    def time(self, row: Appointment) -> str:
        return when.short(row.starts_at)

    @admin.display(description=gettext_lazy("patient"))
    def patient_name(self, row: Appointment) -> str:
        return row.patient.name

    @admin.display(description=gettext_lazy("phone"))
    def patient_phone(self, row: Appointment) -> SafeString:
        return format_html('<span class="num">{}</span>', row.patient.phone.as_national)

    @admin.display(description=gettext_lazy("answer"), empty_value="")
    def waiting(self, row: Appointment) -> SafeString | None:
        return words.waiting(row, practice=practice.current(), now=timezone.now())

    @admin.display(description=gettext_lazy("reference"))
    def code(self, row: Appointment) -> SafeString:
        return format_html('<span class="num">{}</span>', row.reference)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Appointment | None = None,
    ) -> HttpResponse:
        if obj:
            now = timezone.now()
            context |= {
                "title": _("%(kind)s for %(patient)s") % {"kind": obj.visit_type, "patient": obj.patient},
                "subtitle": None,
                "zone": when.zone(),
                "state": words.appointment_state(obj),
                "waiting": words.waiting(obj, practice=practice.current(), now=now),
                "steps": offered(obj, now=now) if self.may_act(request) else [],
                "history": [
                    (words.moment(event.at), words.what(event))
                    for event in obj.events.select_related("user").order_by("at", "pk")
                ],
                "sent": [
                    (message, words.message_state(message))
                    for message in Message.objects.filter(appointment=obj).order_by("created_at", "pk")
                ],
                "may_see_messages": request.user.has_perm("booking.view_message"),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    def act_view(self, request: HttpRequest, pk: int, verb: Verb) -> HttpResponse:
        """GET says what would happen and changes nothing; POST does it."""
        if not self.may_act(request):
            raise PermissionDenied
        appointment = get_object_or_404(self.get_queryset(request), pk=pk)
        step, now = STEPS[verb], timezone.now()
        if problem := out_of_time(verb, appointment, now=now):
            return self._back(request, appointment, problem, messages.ERROR)
        if request.method == "POST":
            return self._act(request, appointment, step, now=now)
        if not allowed(verb, appointment.status):
            last = appointment.events.select_related("user").order_by("-at", "-pk").first()
            return self._back(request, appointment, words.already(last, now=now), messages.ERROR)
        context = {
            **self.admin_site.each_context(request),
            "title": step.question,
            "opts": self.opts,
            "appointment": appointment,
            "step": step,
            "told": step.mail(appointment) if step.mail else None,
        }
        return render(request, "admin/booking/appointment/act.html", context)

    def _act(self, request: HttpRequest, appointment: Appointment, step: Step, *, now: datetime) -> HttpResponse:
        by = actions.staff(signed_in(request))
        try:
            moved = step.act(appointment=appointment, by=by, now=now)
        except actions.NotAllowed as refused:
            return self._back(request, appointment, words.already(refused.last, now=now), messages.ERROR)
        except Busy:
            problem = _("Many people are booking at this moment. Nothing was changed; please press again.")
            return self._back(request, appointment, problem, messages.ERROR)
        self.log_change(request, moved, str(step.done))
        return self._back(request, moved, self._with_next(request, flash(step, moved)), messages.SUCCESS)

    def _back(self, request: HttpRequest, appointment: Appointment, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_appointment_change", appointment.pk)

    def _with_next(self, request: HttpRequest, text: str) -> str:
        """The flash, and the way on to the request that has waited longest."""
        waiting = Appointment.objects.waiting().order_by("created_at", "pk").first()
        if waiting is None:
            return text
        url = reverse("admin:booking_appointment_change", args=[waiting.pk])
        return format_html('{} <a href="{}">{}</a>', text, url, _("Next waiting request"))
