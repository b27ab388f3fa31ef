"""What staff fill in about courses: templates and their phases, the days of a new course, and the times of its plan."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking.admin.kinds import discreet
from booking.admin.reading import NamedRowsFormSet
from booking.course_plan import Phase, Target, Wish, fixed_sessions, target, target_at
from booking.models import CourseTemplate, WeeklyHours
from booking.models.visit_type import STAFF_HORIZON

MOST_SESSIONS = 40  # placed at once: a year of the usual courses, and a form that still fits
USUAL_DAYS = {1: (1,), 2: (1, 3), 3: (0, 2, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}  # spread over the week
WALL = "%Y-%m-%dT%H:%M"  # local time of a row
STAMP = "%Y%m%dT%H%MZ"  # a moment


class CourseTemplateForm(forms.ModelForm[CourseTemplate]):
    def clean_name(self) -> str:
        return discreet(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        least, most = values.get("min_gap_days"), values.get("max_gap_days")
        if least is not None and most is not None and most < least:
            self.add_error("max_gap_days", _("The longest distance can’t be shorter than the shortest."))
        return values


class PhaseFormSet(NamedRowsFormSet):
    """In their order, only the last phase may go on without an end."""

    def clean(self) -> None:
        super().clean()
        rows = [form.cleaned_data for form in self.forms if form.is_valid() and form.cleaned_data]
        kept = [row for row in rows if not row.get("DELETE")]
        if any(self.errors):
            return
        if not kept:
            raise ValidationError(_("Give at least one phase."))
        kept.sort(key=lambda row: row["order"])
        if any(row["sessions"] is None for row in kept[:-1]):
            raise ValidationError(_("Only the last phase may be without a number of sessions."))


class RhythmForm(forms.Form):
    """When a course begins, how many sessions, and on which days of the week at what time."""

    first_day = forms.DateField(
        label=gettext_lazy("Begin on or after"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    sessions = forms.IntegerField(label=gettext_lazy("Sessions"), min_value=1, max_value=MOST_SESSIONS)

    def __init__(
        self, *args: Any, phases: Sequence[Phase], today: date, clocks: Mapping[int, time], **kwargs: Any
    ) -> None:
        """`clocks` is a good time on each weekday, to begin with."""
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.today = today
        self.per_week = max(phase.per_week for phase in phases)
        self.fields["first_day"].initial = today + timedelta(days=1)
        self.fields["sessions"].initial = min(fixed_sessions(phases) or self.per_week * 4, MOST_SESSIONS)
        for number, weekday in enumerate(USUAL_DAYS[self.per_week], start=1):
            self.fields[f"weekday_{number}"] = forms.TypedChoiceField(
                label=_("Weekday %(number)s") % {"number": number} if self.per_week > 1 else _("Weekday"),
                choices=WeeklyHours.Weekday.choices,
                coerce=int,
                initial=weekday,
            )
            self.fields[f"clock_{number}"] = forms.TimeField(
                label=_("Time on weekday %(number)s") % {"number": number} if self.per_week > 1 else _("Time"),
                initial=clocks.get(weekday),
                widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            )

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if day < self.today:
            raise ValidationError(_("This day has passed. Choose today or later."))
        if day > self.today + STAFF_HORIZON:
            raise ValidationError(_("Please check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        days: list[int] = []
        for number in range(1, self.per_week + 1):
            weekday = values.get(f"weekday_{number}")
            if weekday in days:
                self.add_error(f"weekday_{number}", _("Choose a different day for each session of a week."))
            days.append(-1 if weekday is None else weekday)
        return values

    def wishes(self) -> list[Wish]:
        numbers = range(1, self.per_week + 1)
        return [Wish(self.cleaned_data[f"weekday_{n}"], self.cleaned_data[f"clock_{n}"]) for n in numbers]

    def wish_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"weekday_{n}"], self[f"clock_{n}"]) for n in range(1, self.per_week + 1)]

    def values(self) -> dict[str, str]:
        """What was filled in, as an address or hidden fields carry it on."""
        return {name: self[name].data for name in self.fields}


class _Moment(forms.Field):
    """A date and time in one exact form, naive or in UTC. Anything else counts as nothing."""

    def __init__(self, form: str, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.form = form

    def to_python(self, value: Any) -> datetime | None:
        try:
            found = datetime.strptime(str(value), self.form)  # noqa: DTZ007  made aware below, or meant naive
        except ValueError:
            return None
        return found.replace(tzinfo=UTC) if self.form == STAMP else found


class PickForm(forms.Form):
    """One row of the plan: the time wanted so far; one of those proposed instead; or another day and time, typed."""

    wanted = _Moment(WALL)
    pick = _Moment(STAMP)
    day = forms.DateField()
    clock = forms.TimeField()

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_day(self) -> date:
        day: date = self.cleaned_data["day"]
        if not self.today - timedelta(days=1) <= day <= self.today + STAFF_HORIZON + timedelta(days=365):
            raise ValidationError(_("Please check the year."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not self.errors and values.get("pick") and self._typed() != values["wanted"]:
            raise ValidationError(_("Two times were given. Choose one of those shown, or type another."))
        return values

    def is_changed(self) -> bool:
        """Whether another time than the one shown was chosen or typed."""
        if self.errors:
            return False
        return bool(self.cleaned_data["pick"]) or self._typed() != self.cleaned_data["wanted"]

    def _typed(self) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["clock"])

    def target(self) -> Target | None:
        """The time that is wanted now; None where what was typed can't be read."""
        if self.errors:
            return None
        zone = timezone.get_default_timezone()
        if self.cleaned_data["pick"]:
            return target_at(self.cleaned_data["pick"], zone)
        return target(self.cleaned_data["day"], self.cleaned_data["clock"], zone)

    def before(self) -> Target | None:
        """The time that the row had when the page was shown."""
        wanted = self.cleaned_data.get("wanted")
        if wanted is None or not 2000 <= wanted.year < 2200:
            return None
        return target(wanted.date(), wanted.time(), timezone.get_default_timezone())
