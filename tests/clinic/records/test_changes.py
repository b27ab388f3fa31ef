"""What the triggers keep, whoever changes a row and however; and that nobody changes what they have kept."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, models, transaction
from django.test import Client
from django.utils import timezone

from booking import actions, tasks
from booking.models import Appointment, Clearance, Closure, Hold, Holiday, Patient, Resource, Task, VisitType
from booking.slots import Span
from clinic.models import Practice
from clinic.records import because
from clinic.records.models import CHANGES, GUARDED, allow_removing
from content.models import Page
from tests.booking.factories import (
    NOW,
    START,
    form_data,
    later,
    make_appointment,
    make_clinician,
    make_staff,
    make_visit_type,
)
from tests.booking.views.own_page import opened

pytestmark = pytest.mark.django_db


def kept(tracked: type[models.Model], *names: str) -> list[tuple[Any, ...]]:
    """Label and these fields of each change, in order."""
    return list(CHANGES[tracked]._default_manager.order_by("pgh_id").values_list("pgh_label", *names))


def reasons(tracked: type[models.Model]) -> list[Any]:
    return list(CHANGES[tracked]._default_manager.order_by("pgh_id").values_list("pgh_context", flat=True))


def test_a_row_is_kept_as_it_came_changed_and_went() -> None:
    patient = make_appointment().patient
    Patient.objects.filter(pk=patient.pk).update(name="Ana Diaz-Roe")
    Clearance.objects.create(patient=patient, visit_type=make_visit_type("m"), by=make_staff(), at=timezone.now())
    Clearance.objects.all().delete()

    assert kept(Patient, "name") == [("insert", "Ana Diaz"), ("update", "Ana Diaz-Roe")]
    assert kept(Clearance, "patient") == [("insert", patient.pk), ("delete", patient.pk)]


def test_what_passes_by_django_is_kept_too() -> None:
    patient = make_appointment().patient
    with connection.cursor() as cursor:
        cursor.execute("UPDATE booking_patient SET email = 'other@example.test' WHERE id = %s", [patient.pk])

    assert kept(Patient, "email")[-1] == ("update", "other@example.test")
    assert reasons(Patient)[-1] is None, "nobody said who it was"


def test_an_update_that_changes_nothing_leaves_nothing() -> None:
    visit = make_appointment()
    before = kept(Appointment)
    visit.save()
    Appointment.objects.update(in_calendar=True)  # what a message has told is of no interest

    assert kept(Appointment) == before


def test_of_holds_those_that_staff_block_are_kept() -> None:
    make_appointment()
    assert Hold.objects.count() == 1
    assert kept(Hold) == []

    clinician = make_clinician("Dr. Two")
    block = actions.block_time(resource=clinician, span=Span(START, later(START, hours=1)), reason="Away")
    actions.free_time(block=block, now=NOW)

    assert kept(Hold, "reason") == [("insert", "Away"), ("delete", "Away")]


def test_what_is_owed_and_time_to_be_cleared_are_kept() -> None:
    sam = actions.staff(make_staff())
    visit = make_appointment(insurance="no", starts_at=later(START, days=2))
    actions.confirm(appointment=visit, by=sam, now=NOW)
    actions.tick_off(task=visit.tasks.get(), by=sam, now=NOW)
    span = Span(START, later(START, hours=1))
    closure = actions.close_time(resources=list(Resource.objects.all()), span=span, reason="Away", by=sam, now=NOW)
    actions.end_closure(closure=closure, now=NOW)

    assert kept(Task, "done_at") == [("insert", None), ("update", NOW)]
    assert kept(Closure, "ended_at") == [("insert", None), ("update", NOW)]


def test_a_page_is_kept_without_what_is_rendered_from_it() -> None:
    page = Page.objects.create(path="a", kind="hub", title="A", h1="A", summary="A.", body="Text")
    Page.objects.filter(pk=page.pk).update(html="<p>Text</p>", updated_at=timezone.now())
    Page.objects.filter(pk=page.pk).update(body="Other")

    assert kept(Page, "body") == [("insert", "Text"), ("update", "Other")]


def test_the_facts_and_the_kinds_of_visit_are_kept() -> None:
    Practice.objects.create(pk=1, phone="+13105550100")
    kind = make_visit_type()
    VisitType.objects.filter(pk=kind.pk).update(cutoff_hours=48)

    assert kept(Practice, "phone") == [("insert", "+13105550100")]
    assert kept(VisitType, "cutoff_hours") == [("insert", 24), ("update", 48)]


# --- Who and why -------------------------------------------------------------------------------------------------
@pytest.fixture
def monday() -> Iterator[None]:
    """It is Monday, November 30, 2026, 8:00 in Los Angeles."""
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_visitor_asks(client: Client, monday: None) -> None:
    make_clinician()
    make_visit_type()
    client.post("/book/first-visit/20261202T1800Z/send/?secret=word", form_data())

    assert reasons(Patient) == [{"who": "visitor", "why": "booking:send"}]
    assert reasons(Appointment) == [{"who": "visitor", "why": "booking:send"}]


def test_staff_press_a_button(client: Client, monday: None) -> None:
    visit, sam = make_appointment(), make_staff()
    User.objects.filter(pk=sam.pk).update(is_superuser=True)
    client.force_login(sam)
    client.post(f"/admin/booking/appointment/{visit.pk}/confirm/?q=Ana", {"seen": visit.events.get().pk})

    assert kept(Appointment, "status")[-1] == ("update", "confirmed")
    assert reasons(Appointment)[-1] == {"who": "staff", "user": sam.pk, "why": "admin:booking_appointment_act"}


def test_a_patient_comes_by_their_link(client: Client, monday: None) -> None:
    visit = make_appointment()
    client.post(opened(client, visit) + "cancel/")

    assert kept(Appointment, "status")[-1] == ("update", "cancelled")
    assert reasons(Appointment)[-1] == {"who": "patient", "why": "visit:cancel"}


def test_a_task_names_itself() -> None:
    tasks.propose_holidays()

    assert reasons(Holiday)[0] == {"who": "system", "why": "booking.tasks.propose_holidays"}


def test_a_command_is_named_without_what_follows_it() -> None:
    with because.command(["manage.py", "load_demo", "--secret"]):
        make_visit_type()

    assert reasons(VisitType) == [{"who": "system", "why": "manage.py load_demo"}]


def test_a_page_for_the_public_reads_no_session(client: Client) -> None:
    response = client.get("/book/")

    assert "Cookie" not in response.get("Vary", "")


# --- Append-only ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("statement", ["UPDATE {} SET name = 'x'", "DELETE FROM {}", "TRUNCATE {}"])
def test_a_change_kept_is_neither_changed_nor_removed(statement: str) -> None:
    make_appointment()
    run("SET LOCAL records.may_empty = 'off'")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(statement.format(CHANGES[Patient]._meta.db_table))

    assert kept(Patient, "name") == [("insert", "Ana Diaz")]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_job_that_removes_may_remove_and_not_change() -> None:
    make_appointment()
    rows = CHANGES[Patient]._default_manager.all()
    with transaction.atomic():
        allow_removing()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(pgh_label="x")
        rows.delete()

    assert kept(Patient) == []


def test_each_model_with_changes_has_its_triggers() -> None:
    tracked = sorted(model._meta.db_table for model in CHANGES)
    own = [model for model in apps.get_app_config("records").get_models() if not model._meta.proxy]
    records = sorted([model._meta.db_table for model in own] + [model._meta.db_table for model in GUARDED])

    assert with_trigger("keep_") == sorted([*(3 * tracked), "auth_user"])  # a new password, besides
    assert with_trigger("append_only") == with_trigger("never_emptied") == records


def with_trigger(name: str) -> list[str]:
    """The tables, one for each trigger of such a name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE %s", [f"pgtrigger_{name}%"])
        return sorted(table for (table,) in cursor.fetchall())
