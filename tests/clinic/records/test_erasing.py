"""All that is held about a patient is erased: nowhere in the database is anything left that names them."""

import re
import threading
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client

from booking import actions
from booking.actions import Shown
from booking.actions.taking_apart import newest_merge
from booking.models import Appointment, Clearance, EarlierRequest, Merge, Message, Patient, Task
from clinic.records.erasing import NotErased, erase
from clinic.records.models import Erasure, Reading
from tests.booking.admin.pages import flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type
from tests.signing_in import by_password_alone

pytestmark = pytest.mark.django_db

LIST = "/admin/booking/patient/"
NAMES = ("Zelda Quixote", "zelda@quixote.test", "+13105557777", "5557777")


def made(name: str = NAMES[0], email: str = NAMES[1], phone: str = NAMES[2], **more: Any) -> Appointment:
    return make_appointment(name=name, email=email, phone=phone, **more)


def give(user: User, *names: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))


@pytest.fixture
def sam() -> User:
    user = make_staff()
    give(user, *(f"view_{name}" for name in ("appointment", "patient", "message", "erasure")))
    give(
        user, "erase_patient", "change_patient", "change_appointment", "merge_patient", "add_clearance", "keep_patient"
    )
    return user


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def found(*words: str) -> list[str]:
    """The tables in which any of these stands, in any column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables"
            " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
        )
        tables = [table for (table,) in cursor.fetchall()]
        hits = []
        for table in tables:
            for word in words:
                cursor.execute(f"SELECT count(*) FROM {table} AS one WHERE one::text ILIKE %s", [f"%{word}%"])  # noqa: S608
                hits += [f"{table}: {word}"] * int(cursor.fetchone()[0] > 0)
        return hits


def cancelled(visit: Appointment, by: User) -> Appointment:
    return actions.cancel(appointment=visit, by=actions.staff(by), now=NOW)


def erased(patient: Patient, by: User) -> Erasure:
    return erase(patient=patient, reason=Erasure.Reason.ASKED, by=by, now=NOW)


def test_nothing_that_names_them_is_left_anywhere(desk: Client, sam: User) -> None:
    visit = made()
    other = made(name="Zelda Q. Quixote", email="q@quixote.test", starts_at=later(START, hours=2))
    stranger = make_appointment(starts_at=later(START, hours=4))
    kind = make_visit_type("m", open_to="cleared")
    page = f"{LIST}{visit.patient_id}/"
    desk.post(f"{page}clear/{kind.pk}/")
    desk.post(f"{page}keep/", {"because": "Letter about Zelda Quixote"})
    desk.post(f"{page}stop-keeping/")
    actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=NOW)
    compare = f"{page}same/{other.patient_id}/"
    shown = re.search(r'name="shown" value="(\w+)"', desk.get(compare).content.decode())
    assert shown
    desk.post(compare, {"shown": shown[1], "name": "other", "email": "stays", "sure": "yes"})
    for one in (visit, other):
        desk.post(f"/admin/booking/appointment/{one.pk}/cancel/")
    desk.get(f"{page}change/")
    assert found(*NAMES)
    assert found("q@quixote.test")
    readings = Reading.objects.count()

    response = desk.post(f"{page}erase/", {"reason": "asked", "number": str(visit.patient_id)})

    assert flashes(response)[-1] == (
        "success",
        f"Record {visit.patient_id} is erased, with 2 visits. Who did it and why is written down.",
    )
    assert found(*NAMES, "Quixote", visit.reference, other.reference, visit.public_id) == []
    assert list(Patient.objects.all()) == [stranger.patient]
    assert Reading.objects.count() == readings, "who has read it stays, by number"
    line = Erasure.objects.get()
    assert (line.by, line.reason, line.records) == (sam, "asked", sorted([visit.patient_id, other.patient_id]))
    assert (line.visits, line.messages > 3, line.changes > 3, line.others > 5) == (2, True, True, True)
    assert not Clearance.objects.exists()
    assert not EarlierRequest.objects.exists()
    assert stranger.messages.count() == 2


def test_what_another_record_carried_of_them_for_a_while_goes_too(desk: Client, sam: User) -> None:
    """Two people were taken for one, and apart again: the changes kept of the one quote the other."""
    ana, zelda = make_appointment().patient, made(starts_at=later(START, hours=2)).patient
    third = make_appointment(starts_at=later(START, hours=4), email="third@test.test").patient
    for stays, went in ((ana, zelda), (third, ana)):
        rows = Patient.objects.get(pk=stays.pk), Patient.objects.get(pk=went.pk)
        actions.merge_records(
            stays=rows[0],
            other=rows[1],
            was=(Shown.of(rows[0]), Shown.of(rows[1])),
            chosen={"name", "email", "phone"},
            by=actions.staff(sam),
            now=NOW,
        )
    visit = Appointment.objects.earliest("pk")  # of Ana, under Zelda's name
    task = Task.objects.create(appointment=visit, kind="estimate", due_on=NOW.date(), created_at=NOW)
    give(sam, "view_task", "change_task")
    desk.post(f"/admin/booking/task/{task.pk}/tick/")
    for stays in (third, ana):
        merge = newest_merge(Patient.objects.get(pk=stays.pk))
        assert merge
        was = Shown.of(Patient.objects.get(pk=stays.pk))
        actions.take_apart(merge=merge, was=was, by=actions.staff(sam), now=NOW)
    cancelled(zelda.appointments.get(), sam)

    erased(zelda, sam)

    assert found(*NAMES) == []
    assert Patient.objects.get(pk=ana.pk).name == "Ana Diaz"
    assert not Merge.objects.exists()


def test_it_says_what_would_go_and_for_how_long_it_would_be_kept(desk: Client, sam: User) -> None:
    visit = cancelled(made(), sam)

    said = text(desk.get(f"{LIST}{visit.patient_id}/erase/"))

    assert "Visits, and requests for visits 1" in said
    assert "Requests that were never confirmed: 1 year after the time asked for. Here that is" in said
    assert "so this goes before its time" in said
    assert "messages are still to be sent; they would not go." in said
    assert Patient.objects.count() == 1


def test_an_open_visit_stands_in_the_way(desk: Client, sam: User) -> None:
    visit = made()
    page = f"{LIST}{visit.patient_id}/erase/"

    response = desk.post(page, {"reason": "asked", "number": visit.reference})

    assert "Not while a visit is open" in text(response)
    assert links(response, f"/appointment/{visit.pk}/change/")
    assert Patient.objects.count() == 1
    with pytest.raises(NotErased):
        erased(visit.patient, sam)


def test_a_record_that_is_kept_is_not_erased(desk: Client, sam: User) -> None:
    visit = cancelled(made(), sam)
    actions.keep_record(patient=visit.patient, because="Letter of Nov 3", by=actions.staff(sam), now=NOW)
    page = f"{LIST}{visit.patient_id}/erase/"

    response = desk.post(page, {"reason": "asked", "number": visit.reference})

    assert "This record is kept Letter of Nov 3 Sam Lee" in text(response)
    assert "Erase for good" not in text(response)
    assert Patient.objects.count() == 1
    with pytest.raises(NotErased):
        erased(visit.patient, sam)


@pytest.mark.parametrize(
    "values", [{}, {"reason": "asked"}, {"reason": "x", "number": "{pk}"}, {"reason": "asked", "number": "{pk}0"}]
)
def test_a_reason_and_the_number_are_asked_for(desk: Client, sam: User, values: dict[str, str]) -> None:
    visit = cancelled(made(), sam)
    typed = {name: value.format(pk=visit.patient_id) for name, value in values.items()}

    assert "Please correct what is marked below." in text(desk.post(f"{LIST}{visit.patient_id}/erase/", typed))
    assert Patient.objects.count() == 1


def test_a_reference_does_as_well_as_the_number_but_not_anothers(desk: Client, sam: User) -> None:
    visit, other = cancelled(made(), sam), make_appointment(starts_at=later(START, hours=2))
    page = f"{LIST}{visit.patient_id}/erase/"
    desk.post(page, {"reason": "asked", "number": other.reference})
    assert Patient.objects.count() == 2

    desk.post(page, {"reason": "asked", "number": visit.reference.lower().replace("-", "")})

    assert list(Patient.objects.all()) == [other.patient]


def test_who_may_not_and_who_has_not_said_lately_that_it_is_they(desk: Client, sam: User) -> None:
    visit = cancelled(made(), sam)
    page, values = f"{LIST}{visit.patient_id}/erase/", {"reason": "asked", "number": visit.reference}
    session = desk.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()
    for method in (desk.get, desk.post):
        assert method(page, values)["Location"].startswith("/admin/account/confirm/")
    kim = make_staff("kim")
    give(kim, "view_patient", "change_patient", "export_patient")
    client = Client()
    client.force_login(kim)
    assert client.get(page).status_code == client.post(page, values).status_code == 403
    assert by_password_alone(kim).post(page, values).status_code in (302, 403)
    assert Patient.objects.count() == 1


def test_one_that_is_not_there(desk: Client) -> None:
    assert desk.get(f"{LIST}999999/erase/").status_code == desk.post(f"{LIST}999999/erase/").status_code == 404


def test_the_line_is_read_by_who_may(desk: Client, sam: User) -> None:
    visit = cancelled(made(), sam)
    erased(visit.patient, sam)

    shown = text(desk.get("/admin/records/erasure/"))

    assert f"Sam Lee The patient has asked for it {visit.patient_id} 1" in shown


@pytest.mark.django_db(transaction=True)
def test_two_erase_at_once_and_a_message_is_on_its_way() -> None:
    sam = make_staff()
    visit = cancelled(made(), sam)
    Message.objects.filter(pk=visit.messages.earliest("pk").pk).update(due_at=NOW)
    outcomes: list[str] = []

    def go() -> None:
        try:
            outcomes.append(type(erased(visit.patient, sam)).__name__)
        except NotErased:
            outcomes.append("NotErased")
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["Erasure", "NotErased"]
    assert not Patient.objects.exists()
