"""What staff do to a visit: a page that says what will happen, and the POST that does it.

The page also says which event was the newest when it was made. Of two people, or of a patient and staff, the second is
told what the first has done, and nothing is decided about a visit that is no longer as it was shown.
"""

from datetime import datetime
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import actions, offered
from booking.admin import words
from booking.admin.desk_forms import DeclineForm, RideForm
from booking.admin.finding import FindingAdmin
from booking.admin.leaving import Freed, freed_by
from booking.admin.reading import signed_in
from booking.admin.steps import (
    ANSWERS,
    NO_MESSAGE,
    STEPS,
    Act,
    Step,
    flash,
    in_the_way,
    out_of_time,
    possible,
    ride_can_be_told,
)
from booking.models import Appointment, AppointmentEvent, DeclineReason, Verb
from booking.transactions import Busy


def busy() -> str:
    return _("Many people are booking at this moment. Nothing was changed; please press again.")


def by_staff(request: HttpRequest) -> actions.By:
    """Who presses, and what they had before them."""
    seen = request.POST.get("seen", "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
    return actions.staff(signed_in(request), seen=number)


def then_desk(request: HttpRequest) -> bool:
    """Whether the button was pressed on the desk, which is where they go on."""
    return (request.POST if request.method == "POST" else request.GET).get("then") == "desk"


def clearing(request: HttpRequest) -> int | None:
    """The time to be cleared from whose page they came, to which they go back."""
    number = request.GET.get("block", "")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 19 else None


class ActingAdmin(FindingAdmin[Appointment]):
    whose = "patient__"

    def act_view(self, request: HttpRequest, pk: int, verb: Verb) -> HttpResponse:
        """GET says what would happen and changes nothing; POST does it."""
        appointment = self.to_act_on(request, pk)
        step, now = STEPS[verb], timezone.now()
        if problem := out_of_time(verb, appointment, now=now):
            return self.back(request, appointment, problem)
        form = DeclineForm(request.POST if request.method == "POST" else None) if verb == Verb.DECLINE else None
        if request.method == "POST" and (form is None or form.is_valid()):
            return self._act(request, appointment, step, _as_answered(request, step, form), now=now)
        if not possible(verb, appointment):
            return self.back(request, appointment, words.already(in_the_way(verb, appointment), now=now))
        told = step.mail(appointment) if step.mail else None
        effect = _effect(step, appointment, now=now)
        return self.page(
            request, "act", appointment, step.question,
            name=step.button, step=step, effect=effect, told=told, form=form,
        )  # fmt: skip

    def ride_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who takes the patient home, as staff have heard it on the phone."""
        appointment = self.to_act_on(request, pk)
        now = timezone.now()
        if not ride_can_be_told(appointment, now=now):
            return self.back(request, appointment, _("No ride home is asked for here any more. Nothing was changed."))
        form = RideForm(request.POST) if request.method == "POST" else RideForm.about(appointment)
        if form.is_valid() and (response := self._tell_ride(request, appointment, form, now=now)):
            return response
        return self.page(request, "ride", appointment, _("Who takes them home?"), name=_("Ride home"), form=form)

    def _act(
        self, request: HttpRequest, appointment: Appointment, step: Step, act: Act, *, now: datetime
    ) -> HttpResponse:
        try:
            moved = act(appointment=appointment, by=by_staff(request), now=now)
        except actions.NotAllowed as refused:
            return self.back(request, appointment, words.already(refused.last, now=now))
        except Busy:
            return self.back(request, appointment, busy())
        is_quiet = step.verb == Verb.CANCEL and "quiet" in request.POST
        text = f"{step.done} {NO_MESSAGE}" if is_quiet else flash(step, moved)
        is_answer = step.verb in ANSWERS and not then_desk(request)  # on the desk the next one stands there already
        return self.done(request, moved, step.done, with_next(text) if is_answer else text)

    def _tell_ride(
        self, request: HttpRequest, appointment: Appointment, form: RideForm, *, now: datetime
    ) -> HttpResponse | None:
        """None where the database was too busy: the form is then shown again as it was filled in."""
        told = {"ride": form.ride(), "sure": form.cleaned_data["sure"]}
        try:
            changed = actions.tell_ride(appointment=appointment, by=by_staff(request), now=now, **told)
        except actions.NotAllowed as refused:
            return self.back(request, appointment, words.already(refused.last, now=now))
        except Busy:
            self.message_user(request, busy(), messages.ERROR)
            return None
        return self.done(request, changed, _("Noted who takes them home."), _("Noted who takes them home."))

    def to_act_on(self, request: HttpRequest, pk: int) -> Appointment:
        if not self.may_act(request):
            raise PermissionDenied
        events = AppointmentEvent.objects.filter(appointment=OuterRef("pk")).order_by("-pk")
        visits = self.get_queryset(request).annotate(newest_event=Subquery(events.values("pk")[:1]))
        return get_object_or_404(visits, pk=pk)

    def page(
        self,
        request: HttpRequest,
        template: str,
        appointment: Appointment,
        title: object,
        *,
        status: int = 200,
        **more: object,
    ) -> HttpResponse:
        turn: datetime | None = getattr(appointment, "turn_at", None)
        now = timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "appointment": appointment,
            "then": "desk" if then_desk(request) else "",
            "clearing": clearing(request),
            "times_until": turn if turn and turn > now else None,  # other times are offered till then
            "turned_down": offered.is_turned_down(appointment, now=now),
            **more,
        }
        return render(request, f"admin/booking/appointment/{template}.html", context, status=status)

    def done(self, request: HttpRequest, appointment: Appointment, log: object, text: str) -> HttpResponse:
        self.log_change(request, appointment, str(log))
        return self.back(request, appointment, text, messages.SUCCESS)

    def back(
        self, request: HttpRequest, appointment: Appointment, text: str, level: int = messages.ERROR
    ) -> HttpResponse:
        """To the desk for who came from there, else to the visit's page."""
        self.message_user(request, text, level)
        if then_desk(request):
            return redirect("admin:index")
        closure = clearing(request)
        if closure:
            return redirect("admin:booking_hold_clear", closure)
        return redirect("admin:booking_appointment_change", appointment.pk)


CLEARED = {
    Freed.IN_PART: gettext_lazy(
        "What of its time is to be cleared goes to the block; the rest is free for others at once. This can’t be taken "
        "back."
    ),
    Freed.BLOCKED: gettext_lazy(
        "Its time is to be cleared: it goes to the block, and nobody else can book it. This can’t be taken back."
    ),
}


def _effect(step: Step, appointment: Appointment, *, now: datetime) -> Promise:
    if step.verb not in (Verb.CANCEL, Verb.DECLINE):
        return step.effect
    return CLEARED.get(freed_by(appointment, now=now), step.effect)


def _as_answered(request: HttpRequest, step: Step, form: DeclineForm | None) -> Act:
    """The verb, with what is asked on its page."""
    if form:
        return partial(actions.decline, reason=DeclineReason(form.cleaned_data["reason"]))
    if step.verb == Verb.CANCEL and "quiet" in request.POST:
        return partial(actions.cancel_quietly, as_asked="asked" in request.POST)
    return actions.cancel_as_asked if step.verb == Verb.CANCEL and "asked" in request.POST else step.act


def with_next(text: str) -> str:
    """The flash, and the way on to the request that has waited longest."""
    waiting = Appointment.objects.waiting().order_by("created_at", "pk").first()
    if waiting is None:
        return text
    url = reverse("admin:booking_appointment_change", args=[waiting.pk])
    return format_html('{} <a href="{}">{}</a>', text, url, _("Next waiting request"))
