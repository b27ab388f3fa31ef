"""What staff fill in to block time, and what stands in the way of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.actions import By, block_times, close_time
from booking.admin.steps import movable
from booking.forms import OneLine
from booking.models import Appointment, Closure, Hold, Resource
from booking.slots import Span
from booking.transactions import Busy, SlotTaken

FIELDS = ["resource", "whole_office", "starts_at", "ends_at", "whole_days", "reason"]
REACH = timedelta(days=2 * 366)  # further off is a slip in the year
NAMED = 40  # of what stands in the way: a week of visits
MIDNIGHT = "00:00"


def _date_and_time(**names: Any) -> forms.SplitDateTimeWidget:
    """Two fields, each with a name of its own."""
    return forms.SplitDateTimeWidget(
        date_attrs={"type": "date", "aria-label": names["date"]},
        time_attrs={"type": "time", "aria-label": names["time"]},
        date_format="%Y-%m-%d",
        time_format="%H:%M",
    )


class BlockForm(forms.Form):
    resource = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Clinicians and chairs"),
        queryset=Resource.objects.order_by("kind", "name"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    whole_office = forms.BooleanField(
        label=gettext_lazy("The whole office"),
        help_text=gettext_lazy("All clinicians and chairs in use."),
        required=False,
    )
    starts_at = forms.SplitDateTimeField(
        label=gettext_lazy("From"),
        widget=_date_and_time(date=gettext_lazy("From: date"), time=gettext_lazy("From: time")),
    )
    ends_at = forms.SplitDateTimeField(
        label=gettext_lazy("To"), widget=_date_and_time(date=gettext_lazy("To: date"), time=gettext_lazy("To: time"))
    )
    whole_days = forms.BooleanField(
        label=gettext_lazy("Whole days"),
        help_text=gettext_lazy("From the first day to the end of the last; the times above don’t count."),
        required=False,
    )
    reason = OneLine(
        label=gettext_lazy("Reason"),
        max_length=120,
        help_text=gettext_lazy("For the staff; no patient’s name."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        if data and data.get("whole_days"):
            data = data.copy()
            data["starts_at_1"] = data["ends_at_1"] = MIDNIGHT
        super().__init__(data, **kwargs)
        self.in_the_way: list[InTheWay] = []
        for name in ("starts_at", "ends_at"):
            self.fields[name].help_text = when.zone()

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        now = timezone.now()
        for name in ("starts_at", "ends_at"):
            if name in values and not now - REACH < values[name] < now + REACH:
                self.add_error(name, _("Please check the year."))
        if values.get("whole_days") and "ends_at" in values:
            values["ends_at"] = when.whole_day(when.local(values["ends_at"]).date()).end
        if "starts_at" in values and "ends_at" in values and values["ends_at"] <= values["starts_at"]:
            self.add_error("ends_at", _("The end must be after the start."))
        if "resource" in values and not self.resources():
            self.add_error("resource", _("Choose who or what is not to be booked."))
        return values

    def resources(self) -> list[Resource]:
        if self.cleaned_data.get("whole_office"):
            return list(Resource.objects.active().order_by("kind", "name"))
        return list(self.cleaned_data["resource"])

    @property
    def span(self) -> Span:
        return Span(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])

    def block(self) -> list[Hold]:
        """The blocked times; none where something stands in the way, which is then said in the form's errors."""
        try:
            return block_times(resources=self.resources(), span=self.span, reason=self.cleaned_data["reason"])
        except SlotTaken:
            self.in_the_way = in_the_way(self.resources(), self.span)
            self.add_error(None, self._problem())
        except Busy:
            self.add_error(None, _("Many people are booking at this moment. Please press again."))
        return []

    def close(self, by: By, *, now: datetime) -> Closure | None:
        """Blocks what is free; None where the database was too busy."""
        reason = self.cleaned_data["reason"]
        try:
            return close_time(resources=self.resources(), span=self.span, reason=reason, by=by, now=now)
        except (SlotTaken, Busy):
            self.add_error(None, _("Many people are booking at this moment. Please press again."))
        return None

    def _problem(self) -> str:
        if not self.in_the_way:
            return _("Something stood in the way a moment ago and is gone. Please press again.")
        return _("Something stands in the way. Nothing was blocked.")


@dataclass(frozen=True)
class InTheWay:
    """One hold that overlaps, in the words that staff read; with its visit, where one can be looked at or moved."""

    period: str
    what: str
    visit: Appointment | None = None
    can_move: bool = False


def sees_visits(request: HttpRequest) -> bool:
    """Whether this person is told whose visits stand in the way."""
    return any(request.user.has_perm(f"booking.{may}_appointment") for may in ("view", "change"))


def in_the_way(resources: Sequence[Resource], span: Span) -> list[InTheWay]:
    """Which visits, offers and blocks overlap, in order of time. A visit that holds two of them stands there once."""
    holds = Hold.objects.within(span).filter(resource__in=resources).order_by("period", "pk")
    return named(holds[: 2 * NAMED + 1], now=timezone.now())


def named(holds: QuerySet[Hold], *, now: datetime) -> list[InTheWay]:
    found: dict[tuple[int | None, int | None, int | None], InTheWay] = {}
    for hold in holds.select_related(
        "resource", "appointment__patient", "appointment__visit_type", "offer__appointment__patient"
    ):
        is_block = hold.appointment_id is None and hold.offer_id is None
        key = (hold.appointment_id, hold.offer_id, hold.pk if is_block else None)
        found.setdefault(key, _named(hold, now=now))
    return list(found.values())


def _named(hold: Hold, *, now: datetime) -> InTheWay:
    period = hold.period_in_words()
    if hold.appointment:
        visit = hold.appointment
        return InTheWay(period, f"{visit.reference}: {visit.visit_type}", visit, movable(visit, now=now))
    if hold.offer:
        until = {"until": when.whole(hold.offer.expires_at)}
        return InTheWay(period, _("offered to a patient, until %(until)s") % until, hold.offer.appointment)
    return InTheWay(period, f"“{hold.reason}”")
