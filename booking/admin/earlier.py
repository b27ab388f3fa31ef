"""Earlier times: who waits for one, and what was offered to whom. Both only to look at, but for one button."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, when
from booking.admin.acting import busy
from booking.admin.finding import FoundByVisitAdmin
from booking.admin.reading import signed_in
from booking.admin.words import pill
from booking.models import Appointment, EarlierRequest, Offer
from booking.transactions import Busy

TONES = {Offer.State.OPEN: "wait", Offer.State.TAKEN: "good"}


def visit_link(appointment: Appointment) -> SafeString:
    url = reverse("admin:booking_appointment_change", args=[appointment.pk])
    return format_html('<a href="{}">{}</a>', url, appointment.patient.name)


@admin.register(EarlierRequest)
class EarlierRequestAdmin(FoundByVisitAdmin[EarlierRequest]):
    """Who waits at this moment, in the order in which they are asked. What has ended stands in the visit's history."""

    list_display = ["patient", "kind", "has", "asked", "offered", "button"]
    list_display_links = None
    list_select_related = ["appointment__patient", "appointment__visit_type"]
    search_fields = ["appointment__reference", "appointment__patient__name"]
    search_help_text = gettext_lazy("Name, e-mail, phone or the visit’s reference")
    list_per_page = 50
    sortable_by = ()
    fields = ["patient", "kind", "has", "asked", "offered"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[EarlierRequest]:
        open_offers = Offer.objects.earlier().filter(state=Offer.State.OPEN)
        still = EarlierRequest.objects.waiting(timezone.now())
        return still.prefetch_related(Prefetch("appointment__offers", open_offers, to_attr="open_offers"))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("-is_known", "asked_at", "pk")

    def get_list_display(self, request: HttpRequest) -> Any:
        return self.list_display if self.may_act(request) else self.list_display[:-1]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.end_view)
        return [path("<int:pk>/end/", view, name="booking_earlierrequest_end"), *super().get_urls()]

    @admin.display(description=gettext_lazy("patient"))
    def patient(self, row: EarlierRequest) -> SafeString:
        return visit_link(row.appointment)

    @admin.display(description=gettext_lazy("kind of visit"))
    def kind(self, row: EarlierRequest) -> str:
        return row.appointment.visit_type.name

    @admin.display(description=gettext_lazy("has (Pacific time)"))
    def has(self, row: EarlierRequest) -> str:
        return when.short(row.appointment.starts_at)

    @admin.display(description=gettext_lazy("waits since"))
    def asked(self, row: EarlierRequest) -> str:
        return when.short(row.asked_at)

    @admin.display(description=gettext_lazy("is offered"), empty_value="")
    def offered(self, row: EarlierRequest) -> str | None:
        offers: list[Offer] = getattr(row.appointment, "open_offers", [])
        if not offers:
            return None
        times = {"time": when.short(offers[0].starts_at), "until": when.short(offers[0].expires_at)}
        return _("%(time)s, until %(until)s") % times

    @admin.display(description="")
    def button(self, row: EarlierRequest) -> SafeString:
        url = reverse("admin:booking_earlierrequest_end", args=[row.pk])
        return format_html(
            '<a class="button quiet" href="{}">{}<span class="visually-hidden">: {}</span></a>',
            url,
            _("Take off the list"),
            row.appointment.patient.name,
        )

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what will happen and changes nothing; POST takes them off the list."""
        if not self.may_act(request):
            raise PermissionDenied
        wish = get_object_or_404(EarlierRequest.objects.select_related("appointment__patient"), pk=pk)
        if request.method == "POST":
            return self._end(request, wish)
        if wish.ended_at:
            return self._back(request, _("They no longer wait for an earlier time."), messages.INFO)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Take this patient off the list?"),
            "opts": self.opts,
            "wish": wish,
            "offer": wish.appointment.offers.earlier().filter(state=Offer.State.OPEN).first(),
        }
        return render(request, "admin/booking/earlierrequest/end.html", context)

    def _end(self, request: HttpRequest, wish: EarlierRequest) -> HttpResponse:
        by = actions.staff(signed_in(request))
        try:
            ended = actions.stop_asking(appointment=wish.appointment, by=by, now=timezone.now())
        except Busy:
            return self._back(request, busy(), messages.ERROR)
        if not ended:
            return self._back(request, _("They no longer wait for an earlier time."), messages.INFO)
        self.log_change(request, wish, _("Taken off the list."))
        name = {"name": wish.appointment.patient.name}
        return self._back(request, _("%(name)s no longer waits for an earlier time.") % name, messages.SUCCESS)

    def _back(self, request: HttpRequest, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_earlierrequest_changelist")


@admin.register(Offer)
class OfferAdmin(FoundByVisitAdmin[Offer]):
    list_display = ["status", "patient", "what", "time", "offered", "until"]
    list_display_links = None
    list_filter = ["state"]
    list_select_related = ["appointment__patient"]
    search_fields = ["appointment__reference", "appointment__patient__name"]
    search_help_text = gettext_lazy("Name, e-mail, phone or the visit’s reference")
    ordering = ["-offered_at", "-pk"]
    list_per_page = 50
    sortable_by = ()
    fields = ["status", "patient", "what", "time", "offered", "until", "ended"]

    def get_fields(self, request: HttpRequest, obj: Offer | None = None) -> Any:
        return [name for name in self.fields or () if name != "ended" or obj is None or obj.ended_at]

    @admin.display(description=gettext_lazy("state"))
    def status(self, row: Offer) -> SafeString:
        return pill(row.get_state_display(), TONES.get(Offer.State(row.state), ""))

    @admin.display(description=gettext_lazy("patient"))
    def patient(self, row: Offer) -> SafeString:
        return visit_link(row.appointment)

    @admin.display(description=gettext_lazy("as"))
    def what(self, row: Offer) -> str:
        return _("earlier time") if row.batch is None else _("one of other times")

    @admin.display(description=gettext_lazy("offered time (Pacific time)"))
    def time(self, row: Offer) -> str:
        return when.short(row.starts_at)

    @admin.display(description=gettext_lazy("offered"))
    def offered(self, row: Offer) -> str:
        return when.short(row.offered_at)

    @admin.display(description=gettext_lazy("until"))
    def until(self, row: Offer) -> str:
        return when.short(row.expires_at)

    @admin.display(description=gettext_lazy("ended"))
    def ended(self, row: Offer) -> str | None:
        return when.short(row.ended_at) if row.ended_at else None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **more: Any
    ) -> HttpResponse:
        context |= {"subtitle": None, "title": capfirst(self.opts.verbose_name)}
        return super().render_change_form(request, context, *args, **more)
