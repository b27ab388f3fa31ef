"""Requests and visits. Staff read everything here and change a visit's state by its buttons alone."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.admin import offering, sent, tasks, words
from booking.admin.diary_pages import SPANS, diary_page
from booking.admin.leaving import to_leave
from booking.admin.offering import OfferingAdmin
from booking.admin.steps import ABOUT_LINKS, STEPS, movable, offered, ride_can_be_told
from booking.models import OPEN, Appointment, Holiday, Offer, Status, Verb
from booking.offered import with_turn
from clinic import practice

DAY = timedelta(days=1)


class VerbConverter:
    """Only the verbs there are: /change/ and /history/ stay Django's."""

    regex = "|".join(STEPS)

    def to_python(self, value: str) -> Verb:
        return Verb(value)

    def to_url(self, value: str) -> str:
        return str(value)


class DiarySpanConverter(StringConverter):
    regex = "|".join(SPANS)


register_converter(VerbConverter, "appointment_verb")
register_converter(DiarySpanConverter, "diary_span")


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
        today = _midnight(timezone.now())
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


class RideFilter(admin.SimpleListFilter):
    """Visits to come after which the patient must not drive, and nobody has yet agreed to take them home."""

    title = gettext_lazy("ride home")
    parameter_name = "ride"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", _("Not confirmed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        if self.value() != "open":
            return queryset
        return rides_open(queryset, now=timezone.now())


def _midnight(now: datetime) -> datetime:
    return when.local(now).replace(hour=0, minute=0, second=0, microsecond=0)


def soon(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    """As “Next 7 days” in the list."""
    return visits.filter(starts_at__gte=_midnight(now), starts_at__lt=_midnight(now) + 7 * DAY)


def rides_open(visits: QuerySet[Appointment], *, now: datetime) -> QuerySet[Appointment]:
    return visits.filter(
        visit_type__needs_ride=True, ride_confirmed_at=None, status=Status.CONFIRMED, starts_at__gt=now
    )


@admin.register(Appointment)
class AppointmentAdmin(OfferingAdmin):
    list_display = ["state", "waiting", "time", "patient_name", "patient_phone", "visit_type", "code"]
    list_display_links = ["time", "patient_name"]
    list_filter = ["status", "visit_type", DayFilter, RideFilter]
    search_fields = ["reference", "patient__name", "patient__email", "patient__phone"]
    search_help_text = gettext_lazy("Name, e-mail, phone or reference")
    list_per_page = 50
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appointment]:
        closed = ArraySubquery(Holiday.objects.closed().values("day"))  # read once for all rows
        visits = Appointment.objects.waiting_first().with_arrival().select_related("visit_type", "patient", "course")
        return with_turn(visits.annotate(closed_days=closed))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()  # that of waiting_first

    def get_urls(self) -> list[URLPattern]:
        staff_only = self.admin_site.admin_view
        name = "booking_appointment_{}".format
        return [
            path("<int:pk>/move/", staff_only(self.move_view), name=name("move")),
            path("<int:pk>/move/<start:start>/", staff_only(self.move_to_view), name=name("move_to")),
            path("<int:pk>/offer/", staff_only(self.offer_view), name=name("offer")),
            path("<int:pk>/offer/check/", staff_only(self.offer_check_view), name=name("offer_check")),
            path("<int:pk>/ride/", staff_only(self.ride_view), name=name("ride")),
            path("<int:pk>/<appointment_verb:verb>/", staff_only(self.act_view), name=name("act")),
            path("diary/<diary_span:span>/", staff_only(self.diary_view), name=name("diary")),
            *super().get_urls(),
        ]

    def diary_view(self, request: HttpRequest, span: str) -> HttpResponse:
        return diary_page(request, {**self.admin_site.each_context(request), "opts": self.opts}, span)

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
        return _waiting(row, now=timezone.now())

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
            prefetch_related_objects([obj], "offers")
            context |= {
                "title": _("%(kind)s for %(patient)s") % {"kind": obj.visit_type, "patient": obj.patient},
                "subtitle": None,
                **_buttons(obj, may_act=self.may_act(request), now=now),
                **_standing(obj, now=now),
                **_past(obj, now=now),
                "tasks": tasks.of_visit(obj) if request.user.has_perm("booking.view_task") else [],
            }
        return super().render_change_form(request, context, add, change, form_url, obj)


def _waiting(visit: Appointment, *, now: datetime) -> SafeString | None:
    closed: list[date] = getattr(visit, "closed_days", [])
    return words.waiting(visit, practice=practice.current(), closed=closed, now=now)


def _buttons(visit: Appointment, *, may_act: bool, now: datetime) -> dict[str, Any]:
    return {
        "steps": offered(visit, now=now) if may_act else [],
        "can_move": may_act and movable(visit, now=now),
        "can_tell_ride": may_act and ride_can_be_told(visit, now=now),
        "earlier_step": STEPS[Verb.EARLIER] if may_act and movable(visit, now=now) else None,
        "withdraw_step": STEPS[Verb.WITHDRAW] if may_act else None,
        "cost_step": STEPS[Verb.ASK_COST] if may_act and movable(visit, now=now) else None,
        "link_steps": [STEPS[verb] for verb in ABOUT_LINKS] if may_act else [],
    }


def _standing(visit: Appointment, *, now: datetime) -> dict[str, Any]:
    """How things stand with it at this moment."""
    is_open = visit.status in OPEN and now < visit.starts_at
    return {
        "zone": when.zone(),
        "state": words.appointment_state(visit),
        "waiting": _waiting(visit, now=now),
        "arrival": words.arrival(visit),
        "ride": words.ride(visit),
        "is_open": is_open,
        "to_leave": to_leave(visit, now=now) if is_open else [],
        "patient_may_change": visit.can_be_changed_by_patient(now),
        "wish": visit.earlier_requests.filter(ended_at=None).first() if is_open else None,
        "offer": next((one for one in visit.offers.all() if one.batch is None and one.state == Offer.State.OPEN), None)
        if is_open
        else None,
        **offering.standing(visit, now=now),
    }


def _past(visit: Appointment, *, now: datetime) -> dict[str, Any]:
    return {
        "history": [
            (words.moment(event.at), words.what(event))
            for event in visit.events.select_related("user").order_by("at", "pk")
        ],
        "sent": sent.of_visit(visit, now=now),
    }
