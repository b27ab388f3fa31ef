"""What was sent to whom, and what could not be."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import outbox, when
from booking.admin import words
from booking.admin.finding import FoundByVisitAdmin
from booking.models import Message
from booking.still_true import no_longer_true
from booking.transactions import Busy, in_transaction


@admin.register(Message)
class MessageAdmin(FoundByVisitAdmin[Message]):
    list_display = ["status", "kind", "to", "visit", "why", "attempts", "written_short", "sent_short"]
    list_display_links = ["status", "kind"]
    list_filter = ["state", "kind"]
    search_fields = ["appointment__reference"]
    search_help_text = gettext_lazy("Name, e-mail, phone or the visit’s reference")
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    sortable_by = ()
    fields = ["status", "why", "kind", "to", "visit", "attempts", "written", "due", "sent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return Message.objects.with_wait().select_related("appointment__patient").order_by("-created_at", "-pk")

    def get_fields(self, request: HttpRequest, obj: Message | None = None) -> Any:
        """Without what there is nothing to say about."""
        said: dict[Any, Any] = {"why": self.why, "due": self.due, "sent": self.sent}
        return [name for name in self.fields or () if obj is None or name not in said or said[name](obj)]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resend_view)
        return [path("<int:pk>/resend/", view, name="booking_message_resend"), *super().get_urls()]

    @admin.display(description=gettext_lazy("state"))
    def status(self, row: Message) -> SafeString:
        return words.message_state(row)

    @admin.display(description=gettext_lazy("why"))
    def why(self, row: Message) -> str:
        return words.failure(row)

    @admin.display(description=gettext_lazy("to"))
    def to(self, row: Message) -> str:
        return settings.OFFICE_EMAIL if row.is_to_staff else row.appointment.patient.email

    @admin.display(description=gettext_lazy("visit"))
    def visit(self, row: Message) -> SafeString:
        url = reverse("admin:booking_appointment_change", args=[row.appointment_id])
        return format_html('<a href="{}">{}</a>', url, row.appointment.reference)

    @admin.display(description=gettext_lazy("written"))
    def written(self, row: Message) -> str:
        return when.whole(row.created_at)

    @admin.display(description=gettext_lazy("written (Pacific time)"))
    def written_short(self, row: Message) -> str:
        return when.short(row.created_at)

    @admin.display(description=gettext_lazy("sent (Pacific time)"))
    def sent_short(self, row: Message) -> str | None:
        return when.short(row.sent_at) if row.sent_at else words.goes_out(row, now=timezone.now()) or None

    @admin.display(description=gettext_lazy("due"))
    def due(self, row: Message) -> str | None:
        return when.whole(row.due_at) if row.state == Message.State.QUEUED else None

    @admin.display(description=gettext_lazy("sent"))
    def sent(self, row: Message) -> str | None:
        return when.whole(row.sent_at) if row.sent_at else None

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Message | None = None,
    ) -> HttpResponse:
        may_resend = obj is not None and self.may_act(request) and self._in_the_way(obj) is None
        context |= {"may_resend": may_resend, "subtitle": None, "title": capfirst(str(obj))}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def resend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET says what would happen; POST sends a message once more, whatever has become of it."""
        if not self.may_act(request):
            raise PermissionDenied
        message = get_object_or_404(self.get_queryset(request), pk=pk)
        problem = self._in_the_way(message)
        if problem:
            return self._back(request, message, problem, messages.ERROR)
        if request.method == "POST":
            return self._resend(request, message)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Send this message again?"),
            "opts": self.opts,
            "message": message,
            "to": self.to(message),
            "sent": self.sent(message),
        }
        return render(request, "admin/booking/message/resend.html", context)

    def _resend(self, request: HttpRequest, message: Message) -> HttpResponse:
        try:
            queued = in_transaction(lambda: outbox.send_again(message, now=timezone.now()))
        except Busy:
            problem = _("The database is busy. Nothing was changed; please press again.")
            return self._back(request, message, problem, messages.ERROR)
        if not queued:
            return self._back(request, message, self._on_its_way(), messages.ERROR)
        self.log_change(request, message, _("Sent again."))
        return self._back(request, message, _("It is in the queue again."), messages.SUCCESS)

    def _in_the_way(self, message: Message) -> str | None:
        """Why it can't be sent again, in words."""
        if message.state in (Message.State.QUEUED, Message.State.SENDING):
            return self._on_its_way()
        outdated = no_longer_true(message, now=timezone.now())
        if outdated is None:
            return None
        return _("This message no longer holds, so it can't be sent: %(why)s Nothing was changed.") % {
            "why": outdated.label
        }

    def _on_its_way(self) -> str:
        return _("This message is on its way. Nothing was changed.")

    def _back(self, request: HttpRequest, message: Message, text: str, level: int) -> HttpResponse:
        self.message_user(request, text, level)
        return redirect("admin:booking_message_change", message.pk)
