"""What a verb makes the front desk owe, and what it makes needless: steps inside the verb's own transaction.

An estimate is owed once a visit is agreed, not while it is a request: nothing is scheduled before staff have said yes.
A course is scheduled at once and of one scope, so one estimate covers it (45 CFR 149.610(b)(1)(x) allows that for
services that recur): due by the earliest day that any of its visits asks for. A move is a new scheduling: it may bring
an estimate about, or make it due sooner, and it never grants more time. One that was given stays good: with another
time its scope has not changed.

Somebody who is not sure about insurance is treated as paying themselves until staff have asked: the days run from the
scheduling, whatever the answer.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db.models import Q

from booking import deadlines, holidays, when
from booking.models import COUNTING, NOTED, OPEN, Appointment, Insurance, Patient, Status, Task, Verb
from booking.models.task import TaskQuerySet

REACH = timedelta(days=31)  # beyond the last day that is counted


def follow(visit: Appointment, verb: Verb, *, now: datetime) -> None:
    """After a change of state."""
    if verb == Verb.CONFIRM:
        owe_estimate([visit], now=now)
    elif verb == Verb.COMPLETE:
        _owe_what_was_missed(visit)
        owe_form(visit, now=now)
    elif verb == Verb.MISS:
        Task.objects.open().filter(appointment=visit, kind=Task.Kind.FORM).update(
            dropped_at=now, dropped_because=Task.Dropped.MISSED
        )
        drop_needless(visit, Task.Dropped.MISSED, now=now)
    elif visit.status not in OPEN:
        drop_needless(visit, Task.Dropped.OFF, now=now)


def owe_estimate(visits: Sequence[Appointment], *, now: datetime) -> None:
    """For visits that are just agreed or moved: one, or those of one course."""
    agreed = [visit for visit in visits if visit.status == Status.CONFIRMED]
    if not agreed or _insurance(agreed[0]) == Insurance.YES:
        return
    due = _earliest_due(agreed, now=now)
    if due is None:
        return
    known = list(estimates_for(agreed[0]).select_for_update(of=("self",)))
    if any(task.done_at for task in known):
        return
    still = [task for task in known if task.is_open]
    for task in still:
        if due < task.due_on:
            task.due_on = due
            task.save(update_fields=["due_on"])
    if not still:
        _write(agreed[0], Task.Kind.ESTIMATE, due, now=now)


def owe_asked_estimate(visit: Appointment, *, now: datetime) -> Task:
    """The patient has asked for one. Where one is owed already, it is due by the sooner of the two days."""
    today = _day(now)
    due = deadlines.asked_estimate_due(today, holidays.federal(today, today + REACH))
    for task in estimates_for(visit).open().select_for_update(of=("self",)):
        task.due_on = min(task.due_on, due)
        task.save(update_fields=["due_on"])
        return task
    task = _write(visit, Task.Kind.ESTIMATE, due, now=now, occasion=today.isoformat())
    if task.done_at:  # the one of this morning was given, and now they want another
        task.due_on, task.done_at, task.done_by = due, None, None
        task.save(update_fields=["due_on", "done_at", "done_by"])
    return task


def owe_form(visit: Appointment, *, now: datetime) -> None:
    """It took place: what is to be sent in about it."""
    if visit.visit_type.needs_monitoring_form:
        _write(visit, Task.Kind.FORM, deadlines.form_due(_day(visit.starts_at)), now=now)


def drop_needless(visit: Appointment, because: Task.Dropped, *, now: datetime) -> None:
    """It will not take place. What they have asked for stays owed, and so does the estimate of a course that goes on.

    The tasks are locked first: of two who cancel the last two sessions, the second sees what the first has done.
    """
    tasks = estimates_for(visit).open().filter(occasion="")
    if not list(tasks.select_for_update(of=("self",)).values_list("pk", flat=True)):
        return
    if visit.course_id and Appointment.objects.filter(course=visit.course_id, status__in=OPEN).exists():
        return
    tasks.update(dropped_at=now, dropped_because=because)


def follow_insurance(patient: Patient, visits: Sequence[Appointment], *, now: datetime) -> None:
    """Staff have heard whether they use insurance. `visits` are theirs that are still to come, in order of time.

    What was owed while they were not sure stays due when it was, also where they were thought to be insured meanwhile.
    What is learned later counts from that day on.
    """
    if patient.insurance == Insurance.YES:
        _drop_insured(Task.objects.filter(appointment__patient=patient), now=now)
    else:
        _owe_again(patient, visits)
        _owe_each(visits, now=now)


def follow_answer(patient: Patient, visits: Collection[int], *, was: str, now: datetime) -> None:
    """Records were put together or taken apart: these visits stood under the answer that `was`, and now under theirs.

    Where it means the same, nothing becomes due sooner, and what was asked for stays owed.
    """
    if (was == Insurance.YES) == (patient.insurance == Insurance.YES):
        return
    if patient.insurance == Insurance.YES:
        _drop_insured(Task.objects.filter(appointment__in=visits), now=now)
    else:
        to_come = Appointment.objects.filter(pk__in=visits, status__in=OPEN, starts_at__gt=now)
        still = list(to_come.order_by("starts_at", "pk"))
        _owe_again(patient, still)
        _owe_each(still, now=now)


def _drop_insured(tasks: TaskQuerySet, *, now: datetime) -> None:
    owed = tasks.open().filter(kind=Task.Kind.ESTIMATE)
    owed.update(dropped_at=now, dropped_because=Task.Dropped.INSURED)


def _owe_each(visits: Sequence[Appointment], *, now: datetime) -> None:
    """For each visit, and for each course once."""
    groups: dict[tuple[str, int], list[Appointment]] = {}
    for visit in visits:
        groups.setdefault(("course", visit.course_id) if visit.course_id else ("visit", visit.pk), []).append(visit)
    for group in groups.values():
        owe_estimate(group, now=now)


def drop_if_needless(task: Task, visit: Appointment, *, now: datetime) -> None:
    """Opened again by somebody's slip: it may have become needless while it was ticked off."""
    if task.kind != Task.Kind.ESTIMATE:
        if visit.status == Status.NO_SHOW:
            Task.objects.filter(pk=task.pk).update(dropped_at=now, dropped_because=Task.Dropped.MISSED)
    elif _insurance(visit) == Insurance.YES:
        Task.objects.filter(pk=task.pk).update(dropped_at=now, dropped_because=Task.Dropped.INSURED)
    elif visit.status not in COUNTING:
        because = Task.Dropped.MISSED if visit.status == Status.NO_SHOW else Task.Dropped.OFF
        drop_needless(visit, because, now=now)


def _owe_what_was_missed(visit: Appointment) -> None:
    """They had come after all: what was owed stays owed."""
    if _insurance(visit) != Insurance.YES:
        missed = estimates_for(visit).filter(occasion="", dropped_because=Task.Dropped.MISSED)
        missed.update(dropped_at=None, dropped_because="")


def _owe_again(patient: Patient, visits: Sequence[Appointment]) -> None:
    """What was dropped because of an insurance that they do not use after all: for visits still to come, and what they
    have asked for. Not where an estimate was given since.
    """
    courses = {visit.course_id for visit in visits if visit.course_id}
    theirs = Task.objects.filter(appointment__patient=patient, dropped_because=Task.Dropped.INSURED).order_by("pk")
    asked = ~Q(occasion="") & ~Q(appointment__status__in=NOTED)  # it is over, whatever they had asked
    needed = asked | Q(appointment__in=visits) | Q(appointment__course__in=courses)
    for task in theirs.filter(needed).select_related("appointment").select_for_update(of=("self",)):
        known = list(estimates_for(task.appointment).select_for_update(of=("self",)))
        if any(one.done_at and task.dropped_at and one.done_at >= task.dropped_at for one in known):
            continue
        still = next((one for one in known if one.is_open), None)
        if still is None:
            still, task.dropped_at, task.dropped_because = task, None, ""
        still.due_on = min(still.due_on, task.due_on)
        still.save(update_fields=["due_on", "dropped_at", "dropped_because"])


def estimates_for(visit: Appointment) -> TaskQuerySet:
    """Of the visit; of one in a course those of the whole course. Lock them alone: visits are locked before tasks."""
    tasks = Task.objects.filter(kind=Task.Kind.ESTIMATE).order_by("pk")
    if visit.course_id:
        return tasks.filter(appointment__course=visit.course_id)
    return tasks.filter(appointment=visit)


def _earliest_due(visits: Sequence[Appointment], *, now: datetime) -> date | None:
    today, days = _day(now), [_day(visit.starts_at) for visit in visits]
    free = holidays.federal(today, max(days) + REACH)
    dues = [due for day in days if (due := deadlines.estimate_due(today, day, free))]
    return min(dues, default=None)


def _write(visit: Appointment, kind: Task.Kind, due: date, *, now: datetime, occasion: str = "") -> Task:
    """One that was no longer needed, and is again, is the same row."""
    task, is_new = Task.objects.select_for_update().get_or_create(
        appointment=visit, kind=kind, occasion=occasion, defaults={"due_on": due, "created_at": now}
    )
    if not is_new and task.dropped_at:
        task.due_on, task.dropped_at, task.dropped_because = due, None, ""
        task.save(update_fields=["due_on", "dropped_at", "dropped_because"])
    return task


def _insurance(visit: Appointment) -> str:
    """As it stands now: staff may correct it while others book."""
    return Patient.objects.values_list("insurance", flat=True).get(pk=visit.patient_id)


def _day(moment: datetime) -> date:
    return when.local(moment).date()
