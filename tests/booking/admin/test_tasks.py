"""Tasks at the desk: what is due, ticked off with one press, taken back, and who is told what."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions, reminders
from booking.models import Appointment, Kind, Message, Patient, ReminderDay, Task
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import between, cells, flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff

INDEX = reverse("admin:index")
LIST = "/admin/booking/task/"
FRIDAY = later(START, days=2)
TUESDAY = timedelta(days=1)  # after NOW: the day by which Ana's estimate is due


@pytest.fixture
def sam(sam: User) -> User:
    grant(sam, "view_task", "change_task", "change_patient")
    return sam


@pytest.fixture
def task(sam: User, clock: time_machine.Traveller) -> Task:
    visit = make_appointment(starts_at=FRIDAY, insurance="no")
    actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)
    return visit.tasks.get()


def url(task: Task, last: str = "tick") -> str:
    return f"{LIST}{task.pk}/{last}/"


def test_the_desk_shows_what_is_due_and_how_late_it_is(desk: Client, task: Task, clock: time_machine.Traveller) -> None:
    page = desk.get(INDEX)
    assert "Due Ana Diaz Tue, Dec 1 Good faith estimate Done : Good faith estimate, Ana Diaz" in text(page)
    assert "0 tasks due today" in text(page)

    clock.move_to(NOW + TUESDAY)
    assert "Ana Diaz today Good faith estimate Done" in text(desk.get(INDEX))
    clock.move_to(NOW + TUESDAY * 3)
    page = desk.get(INDEX)
    assert "Ana Diaz 2 days overdue Good faith estimate Done" in text(page)
    assert "1 task overdue" in text(page)
    assert f"{LIST}?state=overdue" in links(page, LIST)


def test_what_is_due_later_than_a_week_is_in_the_list_alone(desk: Client, task: Task) -> None:
    Task.objects.update(due_on="2026-12-08")
    assert "Good faith estimate" not in text(desk.get(INDEX))
    assert cells(desk.get(LIST))[0][:3] == ["Tue, Dec 8", "Good faith estimate", "Ana Diaz"]


def test_the_desk_asks_no_more_for_more_tasks(
    desk: Client, sam: User, task: Task, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk.get(INDEX)
    with CaptureQueriesContext(connection) as one:
        desk.get(INDEX)
    for hour in range(3):
        visit = make_appointment(starts_at=later(FRIDAY, hours=1 + hour), insurance="no", name=f"Patient {hour}")
        actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)
    assert Task.objects.open().count() == 4
    with django_assert_num_queries(len(one)):
        assert text(desk.get(INDEX)).count("Tue, Dec 1 Good faith estimate") == 4


def test_one_press_ticks_it_off_and_the_next_page_offers_to_undo(desk: Client, sam: User, task: Task) -> None:
    response = desk.post(url(task), {"back": "desk"})

    assert response["Location"] == INDEX
    assert flashes(response) == [("success", "Done: Good faith estimate, Ana Diaz. Undo")]
    page = desk.get(INDEX)
    [undo] = links(page, "/take-back/")
    task.refresh_from_db()
    assert (task.done_at, task.done_by) == (NOW, sam)

    assert "Is this not done after all?" in text(desk.get(undo))
    response = desk.post(undo, {"back": "desk"})
    assert flashes(response) == [("success", "To be done still: Good faith estimate, Ana Diaz.")]
    task.refresh_from_db()
    assert task.is_open


def test_the_history_of_the_visit_says_who_ticked_it_off(desk: Client, task: Task) -> None:
    desk.post(url(task))
    page = desk.get(reverse("admin:booking_appointment_change", args=[task.appointment_id]))
    assert "estimate given, ticked off by Sam Lee" in between(page, "History", "Messages")
    assert "done by Sam Lee, Nov 30, 8:00 AM" in text(page)


def test_who_presses_second_is_told_who_was_first(desk: Client, task: Task) -> None:
    kim = make_staff("kim", "Kim", "Roe")
    actions.tick_off(task=task, by=actions.staff(kim), now=NOW)
    told = "This task is settled already: done by Kim Roe, Nov 30, 8:00 AM. Nothing was changed."
    assert flashes(desk.post(url(task))) == [("warning", told)]


def test_what_has_become_needless_is_said(desk: Client, sam: User, task: Task) -> None:
    actions.cancel(appointment=task.appointment, by=actions.staff(sam), now=NOW)
    told = "This task is settled already: no longer needed: the visit is off. Nothing was changed."
    assert flashes(desk.post(url(task))) == [("warning", told)]


def test_opening_it_asks_and_changes_nothing(desk: Client, task: Task) -> None:
    page = desk.get(url(task), {"back": "list"})
    assert "Is this done?" in text(page)
    assert LIST in links(page, LIST)
    task.refresh_from_db()
    assert task.is_open


@pytest.mark.parametrize("last", ["tick", "take-back"])
def test_only_who_may_tick_does(reader: Client, outsider: Client, task: Task, last: str) -> None:
    assert [client.post(url(task, last)).status_code for client in (reader, outsider)] == [403, 403]
    assert "Good faith estimate" not in text(reader.get(INDEX))


def test_the_list_by_state_and_kind_and_its_press(desk: Client, sam: User, task: Task) -> None:
    settled = Task.objects.create(
        appointment=task.appointment, kind="form", due_on="2026-12-01", created_at=NOW, done_at=NOW, done_by=sam
    )
    rows = cells(desk.get(LIST))
    assert [row[1] for row in rows] == ["Good faith estimate", "Monitoring form"]
    assert rows[1][0] == "done by Sam Lee, Nov 30, 8:00 AM"
    for query, names in (
        ("state=open", ["Good faith estimate"]),
        ("state=overdue", []),
        ("state=done", ["Monitoring form"]),
        ("state=dropped", []),
        ("kind__exact=form", ["Monitoring form"]),
        ("q=ana+diaz", ["Good faith estimate", "Monitoring form"]),
        ("q=nobody", []),
    ):
        assert [row[1] for row in cells(desk.get(f"{LIST}?{query}"))] == names
    markup = desk.get(LIST).content.decode()
    assert f'formaction="{url(task)}"' in markup
    assert f'formaction="{url(settled, "take-back")}"' in markup
    assert desk.post(url(task), {"back": "list"})["Location"] == LIST


def test_a_task_has_no_page_but_that_of_its_visit(desk: Client, task: Task) -> None:
    there = reverse("admin:booking_appointment_change", args=[task.appointment_id])
    assert desk.get(f"{LIST}{task.pk}/change/")["Location"] == there


# --- Insurance and estimates
def insurance(patient: Patient) -> str:
    return f"/admin/booking/patient/{patient.pk}/insurance/"


def test_somebody_not_sure_is_asked_first(desk: Client, task: Task) -> None:
    patient = task.appointment.patient
    Patient.objects.update(insurance="unsure")
    page = desk.get(INDEX)
    assert "Tue, Dec 1 Ask about insurance; without it, an estimate Note insurance : Ana Diaz Done" in text(page)
    assert insurance(patient) in links(page, "/insurance/")

    response = desk.post(insurance(patient), {"insurance": "yes", "was": "unsure"})

    assert flashes(response) == [("success", "Noted. The tasks follow what they said.")]
    task.refresh_from_db()
    assert (task.is_open, task.dropped_because) == (False, "insured")
    assert "insurance corrected by Sam Lee" in text(
        desk.get(reverse("admin:booking_appointment_change", args=[task.appointment_id]))
    )


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (
            {"insurance": "yes", "was": "unsure"},
            "Somebody else has changed this meanwhile. Nothing of yours was stored; please look again.",
        ),
        ({"insurance": "no", "was": "no"}, "Nothing was changed."),
    ],
)
def test_what_was_not_changed_is_said(desk: Client, task: Task, data: dict[str, str], told: str) -> None:
    assert [flash for _level, flash in flashes(desk.post(insurance(task.appointment.patient), data))] == [told]


def test_an_answer_is_needed(desk: Client, task: Task) -> None:
    response = desk.post(insurance(task.appointment.patient), {"was": "no"})
    assert "This field is required." in text(response)


def test_they_asked_for_an_estimate(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    address = f"/admin/booking/appointment/{request_of_ana.pk}/ask_cost/"
    change = reverse("admin:booking_appointment_change", args=[request_of_ana.pk])
    assert address in links(desk.get(change), "/ask_cost/")
    assert "within 3 business days" in text(desk.get(address))

    desk.post(address)

    assert Task.objects.get().due_on.isoformat() == "2026-12-03"
    assert "an estimate asked for, noted by Sam Lee" in text(desk.get(change))


# --- Reminders and reviews
def test_reminders_of_today_are_counted(desk: Client, sam: User, clock: time_machine.Traveller) -> None:
    ReminderDay.objects.all().delete()
    ReminderDay.objects.create(about="visit", days_before=1)
    visits: list[Any] = []
    for hour in range(3):  # tomorrow at 10, 11 and 12: reminded today at these hours
        clock.move_to(NOW - timedelta(days=3))
        visit = make_appointment(starts_at=later(START, days=-1, hours=hour), now=NOW - timedelta(days=3))
        visits.append(actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW - timedelta(days=3)))
    clock.move_to(NOW)
    assert reminders.today(now=NOW) == reminders.Today(3, 0)
    assert "3 reminders today" in text(desk.get(INDEX))

    at_eleven = later(NOW, hours=3)
    reminders.write_due(now=at_eleven)
    Message.objects.filter(appointment=visits[0], kind=Kind.REMINDER).update(
        state=Message.State.SUPPRESSED, reason="is_cancelled", created_at=at_eleven
    )
    Message.objects.filter(appointment=visits[1], kind=Kind.REMINDER).update(created_at=at_eleven)

    assert reminders.today(now=at_eleven) == reminders.Today(2, 1)


def test_another_reader_sees_no_task(sam: User, task: Task) -> None:
    kim = make_staff("kim", "Kim", "Roe")
    grant(kim, "view_task", "view_appointment")
    page = signed_in(kim).get(INDEX)
    assert "Good faith estimate" in text(page)
    assert links(page, "/tick/") == []
    assert 'action="/admin/booking/task/' not in page.content.decode()
