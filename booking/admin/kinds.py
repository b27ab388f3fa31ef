"""The kinds of visit, and what patients are told to do before them."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking.admin import affected, why
from booking.admin.reading import KeptWhileInUseAdmin, NamedRowsFormSet
from booking.discreet import gives_away
from booking.models import Preparation, VisitType
from booking.text import has_forbidden

WATCHED_MINUTES = 120  # from the start on, whoever has been treated in a chair is watched for so long
BRACES = re.compile(r"\{(?!time\})|(?<!\{time)\}")


def discreet(text: str) -> str:
    """What patients are told names nothing; it stands in messages and on screens that others see."""
    if any(has_forbidden(line) for line in text.splitlines()):
        raise ValidationError(_("Please leave out special control characters."), code="forbidden")
    word = gives_away(text)
    if word:
        problem = _("Patients see this where others may read along. Please leave out “%(word)s”.")
        raise ValidationError(problem, code="gives_away", params={"word": word})
    return text


# What a visit holds is written down when it is booked: a change of these is for the visits to come after it.
HELD_AS_BOOKED = frozenset(
    {"length_minutes", "clinician_minutes", "buffer_before_minutes", "buffer_after_minutes", "needs_chair"}
)


class VisitTypeForm(forms.ModelForm[VisitType]):
    class Meta:
        help_texts = {
            "order": gettext_lazy("The smallest stands first on the booking page."),
            "place": gettext_lazy("Visits that are booked already show it, too."),
            "is_active": gettext_lazy("Unticked, nobody can book it any more. Visits that are booked stay."),
            "open_to": gettext_lazy("Who is cleared is said on the patient’s page, by the clinician."),
            "suits": gettext_lazy("What is for those who are new is not offered again to who has been here."),
            "length_minutes": gettext_lazy("As the patient is told it. Visits that are booked keep theirs."),
            "clinician_minutes": gettext_lazy("From the start on, the clinician can see nobody else."),
            "buffer_before_minutes": gettext_lazy("Kept free before the visit; the patient is not told."),
            "buffer_after_minutes": gettext_lazy("Kept free after the clinician’s part; the patient is not told."),
            "needs_chair": gettext_lazy("One is held for the whole stay."),
            "needs_ride": gettext_lazy("Patients are asked who takes them home, also for visits that are booked."),
            "step_minutes": gettext_lazy("30: at 9:00, 9:30, 10:00. Counted from the beginning of the hours."),
            "notice_hours": gettext_lazy("24: nobody asks for a time within the next day. Staff may."),
            "horizon_days": gettext_lazy("60: patients see two months. Staff see further."),
            "daily_limit": gettext_lazy("Of this kind, for the whole practice. Empty: as many as there is room for."),
            "cutoff_hours": gettext_lazy("Later they are asked to call. It holds for visits that are booked, too."),
            "bring_text": gettext_lazy("Reminders say it, also of visits that are booked."),
        }

    def clean_slug(self) -> str:
        return discreet(self.cleaned_data["slug"])

    def clean_name(self) -> str:
        return discreet(self.cleaned_data["name"])

    def clean_description(self) -> str:
        return discreet(self.cleaned_data["description"])

    def clean_bring_text(self) -> str:
        return discreet(self.cleaned_data["bring_text"])

    def clean_join_url(self) -> str:
        return discreet(self.cleaned_data["join_url"])

    def clean_daily_limit(self) -> int | None:
        limit: int | None = self.cleaned_data["daily_limit"]
        if limit == 0:
            raise ValidationError(_("Give 1 or more, or leave it empty. To offer it no longer, untick “offered”."))
        return limit

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and values["notice_hours"] >= values["horizon_days"] * 24:
            self.add_error("horizon_days", _("The latest must be after the earliest, or no time is ever offered."))
        if values.get("needs_chair") and values.get("length_minutes", WATCHED_MINUTES) < WATCHED_MINUTES:
            problem = _("A visit in a treatment chair lasts at least %(count)s minutes: so long a patient is watched.")
            self.add_error("length_minutes", problem % {"count": WATCHED_MINUTES})
        if values.get("place") == VisitType.Place.VIDEO:
            for name in ("needs_chair", "needs_ride"):
                if values.get(name):
                    self.add_error(name, _("A visit by video needs neither a chair nor a ride home."))
        elif values.get("join_url"):
            self.add_error("join_url", _("Only a visit by video has an address to join."))
        return values


class PreparationForm(forms.ModelForm[Preparation]):
    def clean_text(self) -> str:
        text = discreet(self.cleaned_data["text"])
        if BRACES.search(text):
            raise ValidationError(_("The only thing in braces is {time}."), code="braces")
        return text


class PreparationInline(admin.TabularInline[Preparation, VisitType]):
    model = Preparation
    form = PreparationForm
    formset = NamedRowsFormSet
    ordering = ["order", "pk"]
    extra = 1
    # Read when a page or a reminder is made, so it reaches who is booked already.
    verbose_name_plural = gettext_lazy("what to do before the visit (also told for visits that are booked)")


@admin.register(VisitType)
class VisitTypeAdmin(KeptWhileInUseAdmin[VisitType]):
    form = VisitTypeForm
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = [PreparationInline]
    list_display = ["name", "place", "suits", "open_to", "length_minutes", "needs_chair", "is_active", "is_demo"]
    list_filter = ["is_active", "open_to", "is_demo"]
    ordering = ["order", "pk"]
    change_list_template = "admin/booking/visittype/change_list.html"
    fieldsets = [
        (gettext_lazy("What patients see"), {"fields": ["name", "slug", "description", "place", "join_url", "order"]}),
        (gettext_lazy("Who may ask for it"), {"fields": ["is_active", "open_to", "suits", "needs_confirmation"]}),
        (
            gettext_lazy("What it takes"),
            {
                "fields": [
                    "length_minutes", "clinician_minutes", "buffer_before_minutes", "buffer_after_minutes",
                    "needs_chair", "needs_ride", "needs_monitoring_form",
                ]
            },
        ),
        (
            gettext_lazy("When it is offered"),
            {"fields": ["step_minutes", "notice_hours", "horizon_days", "cutoff_hours", "daily_limit"]},
        ),
        (
            gettext_lazy("Before the visit"),
            {
                "fields": ["bring_text"],
                "description": gettext_lazy("It stands on the patient’s own page."),
            },
        ),
        (
            gettext_lazy("Example values"),
            {
                "fields": ["is_demo"],
                "description": gettext_lazy("Untick once the practice has agreed to what stands above."),
            },
        ),
    ]  # fmt: skip

    def save_model(self, request: HttpRequest, obj: VisitType, form: Any, change: bool) -> None:
        """What is booked stands as it was agreed, and whoever changes the kind is told so."""
        super().save_model(request, obj, form, change)
        booked = affected.visits_of_kind(obj, now=timezone.now()).count() if change else 0
        if booked and HELD_AS_BOOKED & set(form.changed_data):
            text = ngettext(
                "%(count)s visit of this kind is booked and keeps the length that it was booked with.",
                "%(count)s visits of this kind are booked and keep the lengths that they were booked with.",
                booked,
            )
            self.message_user(request, text % {"count": booked}, messages.WARNING)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.why_view)
        return [path("why/", view, name="booking_visittype_why"), *super().get_urls()]

    def why_view(self, request: HttpRequest) -> Any:
        return why.page(request, self.admin_site.each_context(request))
