"""Placing a course, page by page: which template, which days, the plan with every clash, and then all or nothing.

The first pages are addresses that can be opened again. The plan is posted back until it is placed; nothing is stored
before that.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import actions, when
from booking.admin import course_words
from booking.admin.course_forms import STAMP, WALL, PickForm, RhythmForm
from booking.admin.course_proposal import Proposal, propose
from booking.admin.course_times import Draft, Row, usual_clocks
from booking.admin.reading import signed_in
from booking.course_plan import targets
from booking.forms import SubmissionField
from booking.models import Course, CourseTemplate, Patient, VisitType
from booking.transactions import Busy, SlotTaken

FOLDER = "admin/booking/course"
REVIEW = "review"  # prefix of the review visit's fields; those of the sessions are s1, s2, …


@dataclass(frozen=True)
class Line:
    """A row of the plan as the page shows it."""

    prefix: str
    label: str
    row: Row
    form: PickForm | None
    problem: str = ""

    @property
    def words(self) -> str:
        return course_words.wall(self.row.planned.target.wall)

    @property
    def wanted(self) -> str:
        return self.row.planned.target.wall.strftime(WALL)

    @property
    def typed(self) -> tuple[str, str]:
        """What stands in the fields for another day and time: what was typed and can't be read, else the time shown."""
        if self.form and self.form.errors:
            return self.form.data.get(f"{self.prefix}-day", ""), self.form.data.get(f"{self.prefix}-clock", "")
        day, _sep, clock = self.wanted.partition("T")
        return day, clock

    @property
    def choices(self) -> list[tuple[str, str, list[str]]]:
        return [(choice.at.strftime(STAMP), when.short(choice.at), choice.notes) for choice in self.row.choices]


def place(desk: ModelAdmin[Course], request: HttpRequest, patient: Patient) -> HttpResponse:
    """One of the pages, by what is known already."""
    now = timezone.now()
    given = request.POST if request.method == "POST" else request.GET
    rows = _templates(patient)
    open_ones = [row.template for row in rows if not row.not_cleared]
    chosen = next((one for one in open_ones if str(one.pk) == given.get("template")), None)
    if chosen is None and len(rows) == 1:
        chosen = next(iter(open_ones), None)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "patient": patient,
        "title": _("Place a course for %(patient)s") % {"patient": patient},
        "rows": rows,
        "zone": when.zone(),
    }
    if chosen is None:
        return render(request, f"{FOLDER}/place_template.html", context)
    bound = given if "first_day" in given else None
    clocks = usual_clocks(chosen.visit_type) if bound is None else {}
    form = RhythmForm(bound, phases=chosen.spacing().phases, today=when.local(now).date(), clocks=clocks)
    context |= {"template": chosen, "form": form, "rhythm": next(row.rhythm for row in rows if row.template is chosen)}
    if not form.is_valid() or "change" in request.GET:
        return render(request, f"{FOLDER}/place_days.html", context)
    draft = _first_draft(patient, chosen, form)
    if request.method == "POST":
        return _answer(desk, request, draft, form, context, now=now)
    return _show(request, draft, propose(draft, now=now), form, context)


@dataclass(frozen=True)
class TemplateRow:
    template: CourseTemplate
    not_cleared: list[VisitType]  # the kinds of visit in it that the patient has not been cleared for

    @property
    def rhythm(self) -> str:
        return course_words.rhythm(list(self.template.phases.all()))


def _templates(patient: Patient) -> list[TemplateRow]:
    cleared = set(patient.clearances.values_list("visit_type_id", flat=True))
    rows = []
    for template in CourseTemplate.objects.offered():
        kinds = [kind for kind in (template.visit_type, template.review_type) if kind]
        missing = [kind for kind in kinds if kind.open_to == VisitType.OpenTo.CLEARED and kind.pk not in cleared]
        rows.append(TemplateRow(template, missing))
    return rows


def _first_draft(patient: Patient, template: CourseTemplate, form: RhythmForm) -> Draft:
    wanted = targets(
        template.spacing().phases,
        first_day=form.cleaned_data["first_day"],
        wishes=form.wishes(),
        sessions=form.cleaned_data["sessions"],
        zone=timezone.get_default_timezone(),
    )
    return Draft(patient, template, form.cleaned_data["first_day"], wanted)


def _answer(
    desk: ModelAdmin[Course],
    request: HttpRequest,
    draft: Draft,
    form: RhythmForm,
    context: dict[str, Any],
    *,
    now: datetime,
) -> HttpResponse:
    """The plan comes back with what was chosen: looked at again, or placed."""
    submission = SubmissionField().clean(request.POST.get("submission"))
    placed = Course.objects.filter(submission_id=submission).first()
    if placed and placed.patient_id != draft.patient.pk:
        return _start_anew(request, draft)
    if placed:
        messages.info(request, _("This course was placed already. Nothing was changed."))
        return redirect("admin:booking_course_change", placed.pk)
    picks = {
        prefix: PickForm(request.POST, prefix=prefix, today=when.local(now).date())
        for prefix in [*(f"s{number + 1}" for number in range(len(draft.wanted))), REVIEW]
    }
    draft = _with_picks(draft, picks, request.POST)
    proposal = propose(draft, now=now)
    problem = ""
    if "place" in request.POST:
        problem = _unsettled(proposal, picks) or _unseen(proposal, request.POST.get("seen", ""))
        if not problem:
            done = _place(desk, request, draft, proposal, now=now)
            if isinstance(done, HttpResponse):
                return done
            problem, draft = done
            proposal = propose(draft, now=now)
    return _show(request, draft, proposal, form, context, picks=picks, problem=problem)


def _start_anew(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The page was used before, for a course of somebody else."""
    problem = _("This page was used before, for another patient’s course. Nothing was placed; please start anew.")
    messages.error(request, problem)
    return redirect("admin:booking_course_place", draft.patient.pk)


def _with_picks(draft: Draft, picks: dict[str, PickForm], given: QueryDict) -> Draft:
    sessions = [picks[f"s{number + 1}"] for number in range(len(draft.wanted))]
    review = picks[REVIEW]
    return replace(
        draft,
        wanted=[pick.target() or pick.before() or first for pick, first in zip(sessions, draft.wanted, strict=True)],
        with_review="with_review" in given,
        review=review.target() or review.before(),
        review_chosen="review_chosen" in given or review.is_changed(),
    )


def _unsettled(proposal: Proposal, picks: dict[str, PickForm]) -> str:
    """Why nothing can be placed yet."""
    open_ones = [label for prefix, label, row in _labelled(proposal) if not row.is_free or picks[prefix].errors]
    if not open_ones:
        return ""
    named = get_text_list(open_ones, _("and"))
    return _("Choose a free time for: %(named)s. Nothing was placed yet.") % {"named": named}


def _unseen(proposal: Proposal, seen: str) -> str:
    """What the chosen times bring with them is shown before it is placed."""
    if set(_warnings(proposal)) <= set(seen.splitlines()):
        return ""
    return _(
        "Nothing was placed yet. Please read the notes on the times you chose; then place the course, or change it."
    )


def _warnings(proposal: Proposal) -> list[str]:
    return [f"{prefix} {note}" for prefix, _label, row in _labelled(proposal) for note in row.notes]


def _labelled(proposal: Proposal) -> list[tuple[str, str, Row]]:
    named = [(f"s{row.planned.number}", _("session %(n)s") % {"n": row.planned.number}, row) for row in proposal.rows]
    return [*named, *([(REVIEW, _("the review visit"), proposal.review)] if proposal.review else [])]


def _place(
    desk: ModelAdmin[Course], request: HttpRequest, draft: Draft, proposal: Proposal, *, now: datetime
) -> HttpResponse | tuple[str, Draft]:
    """On to the course, placed; or why not, and the draft without what can't be had."""
    try:
        course = actions.place_course(
            patient=draft.patient,
            template=draft.template,
            starts=[row.planned.target.at for row in proposal.rows],
            review_start=proposal.review.planned.target.at if proposal.review else None,
            submission_id=SubmissionField().clean(request.POST.get("submission")),
            by=actions.staff(signed_in(request)),
            now=now,
        )
    except actions.CourseClash as clash:
        refused = {*clash.starts, *([clash.review] if clash.review else [])}
        return _taken(proposal, refused), replace(draft, refused=frozenset(refused))
    except actions.NotCleared as missing:
        return _("%(patient)s has not been cleared for “%(kind)s”. Nothing was placed.") % {
            "patient": draft.patient,
            "kind": missing.visit_type,
        }, draft
    except actions.UsedBefore:
        return _start_anew(request, draft)
    except SlotTaken:
        return _("Some times were taken this moment. Nothing was placed."), draft
    except Busy:
        return _("Many people are booking at this moment. Nothing was placed; please press again."), draft
    desk.log_addition(request, course, [{"added": {}}])
    text = _("Placed. %(patient)s will get one e-mail with all of it.") % {"patient": draft.patient}
    messages.success(request, text)
    return redirect("admin:booking_course_change", course.pk)


def _taken(proposal: Proposal, refused: set[datetime]) -> str:
    named = [label for _prefix, label, row in _labelled(proposal) if row.planned.target.at in refused]
    return _("No longer free: %(named)s. Nothing was placed. Choose other times; the rest is kept.") % {
        "named": get_text_list(named, _("and"))
    }


def _show(
    request: HttpRequest,
    draft: Draft,
    proposal: Proposal,
    form: RhythmForm,
    context: dict[str, Any],
    *,
    picks: dict[str, PickForm] | None = None,
    problem: str = "",
) -> HttpResponse:
    lines = _lines(draft, proposal, picks or {})
    count = len(proposal.rows)
    button = ngettext("Place %(count)s session", "Place all %(count)s sessions", count) % {"count": count}
    context |= {
        "draft": draft,
        "lines": [line for line in lines if line.prefix != REVIEW],
        "review": next((line for line in lines if line.prefix == REVIEW), None),
        "button": button,
        "free": sum(row.is_free for row in proposal.rows),
        "clashes": [line for line in lines if not line.row.is_free],
        "ends": max(row.planned.target.at for row in proposal.rows),
        "seen": "\n".join(_warnings(proposal)),
        "problem": problem,
        "carried": {"template": draft.template.pk, **form.values()},
        "back": "?" + urlencode({"template": draft.template.pk, **form.values(), "change": "1"}),
        "submission": request.POST.get("submission") or uuid4(),
    }
    return render(request, f"{FOLDER}/place_plan.html", context)


def _lines(draft: Draft, proposal: Proposal, picks: dict[str, PickForm]) -> Sequence[Line]:
    def problem(prefix: str) -> str:
        pick = picks.get(prefix)
        return " ".join(str(text) for errors in pick.errors.values() for text in errors) if pick else ""

    return [
        Line(prefix, label[:1].upper() + label[1:], row, picks.get(prefix), problem(prefix))
        for prefix, label, row in _labelled(proposal)
    ]
