"""Tasks in the words that staff read: what is owed, by when, and how it ended."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.admin.words import moment, pill
from booking.models import Insurance, Task


@dataclass(frozen=True)
class Line:
    """A task as a row shows it."""

    task: Task
    what: str
    due: SafeString
    is_open: bool
    asks_insurance: bool  # whether they use insurance is to be asked first


def line(task: Task, *, today: date) -> Line:
    state = due(task, today=today) if task.is_open else settled(task)
    return Line(task, what(task), state, task.is_open, task.is_open and _asks(task))


def what(task: Task) -> str:
    """Good faith estimate for the course"""
    name = capfirst(task.get_kind_display())
    if task.kind != Task.Kind.ESTIMATE:
        return name
    if task.is_open and _asks(task):
        return _("Ask about insurance; without it, an estimate")
    if task.appointment.course_id:
        return _("%(name)s for the course") % {"name": name}
    return _("%(name)s, as they asked") % {"name": name} if task.occasion else name


def due(task: Task, *, today: date) -> SafeString:
    """2 days overdue"""
    days = (today - task.due_on).days
    if days > 0:
        return pill(ngettext("%(count)s day overdue", "%(count)s days overdue", days) % {"count": days}, "bad")
    if days == 0:
        return pill(_("today"), "wait")
    return pill(date_format(task.due_on, "D, M j"))


def settled(task: Task) -> SafeString:
    return pill(how(task), "good" if task.done_at else "")


def how(task: Task) -> str:
    """How it ended."""
    if task.done_at and task.done_by:
        name = task.done_by.get_full_name() or task.done_by.get_username()
        return _("done by %(who)s, %(at)s") % {"who": name, "at": moment(task.done_at)}
    return _("no longer needed: %(why)s") % {"why": task.get_dropped_because_display()}


def already(task: Task) -> str:
    """To who comes second."""
    if task.is_open:
        return _("This task is open already. Nothing was changed.")
    return _("This task is settled already: %(how)s. Nothing was changed.") % {"how": how(task)}


def _asks(task: Task) -> bool:
    return task.kind == Task.Kind.ESTIMATE and task.appointment.patient.insurance == Insurance.UNSURE
