"""Patients: found, read, set right by steps of their own."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.models import Appointment, Clearance, Patient
from tests.booking.admin.conftest import grant
from tests.booking.admin.pages import cells, flashes, text
from tests.booking.factories import NOW, START, later, make_appointment, make_visit_type

URL = "/admin/booking/patient/"

# session, user, his permissions (two), the facts, count, rows, and the note of who has read it
QUERIES = 8


def test_list_and_search(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=later(START, hours=2), name="Ben", email="ben@test.test", phone="+12135550199")
    ana = ["Ana Diaz", "(310) 555-0123", "ana@example.test", "By e-mail", "Monday, November 30, 2026"]
    assert [row[0] for row in cells(desk.get(URL))] == ["Ben", "Ana Diaz"]
    assert cells(desk.get(URL, {"q": "diaz"})) == [ana]
    assert cells(desk.get(URL, {"q": "(310) 555"})) == [ana]


@pytest.mark.parametrize("people", [1, 3])
def test_queries_do_not_grow_with_the_rows(
    desk: Client, request_of_ana: Appointment, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, people):
        make_appointment(starts_at=later(START, days=day))
    with django_assert_num_queries(QUERIES):
        desk.get(URL)


def test_the_page_reads_in_words(desk: Client, clock: object) -> None:
    patient = make_appointment(needs=["interpreter"]).patient
    shown = text(desk.get(f"{URL}{patient.pk}/change/"))
    assert "Contact By e-mail" in shown
    assert "Needs An interpreter" in shown


def test_nothing_to_edit_or_delete(chief: Client, request_of_ana: Appointment) -> None:
    pk = request_of_ana.patient_id
    assert chief.post(f"{URL}{pk}/change/", {"name": "Other"}).status_code == 403
    assert chief.post(f"{URL}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert [patient.name for patient in Patient.objects.all()] == ["Ana Diaz"]


def test_who_may_see_them(client: Client, outsider: Client, request_of_ana: Appointment) -> None:
    assert client.get(URL).status_code == 302
    assert outsider.get(URL).status_code == 403


def contact(**changes: str) -> dict[str, str]:
    values = {"name": "Ana Diaz", "email": "ana@example.test", "phone": "(310) 555-0123", "contact_by": "email"}
    return values | changes


def shown(client: Client, page: str) -> dict[str, str]:
    found = re.search(r'name="shown" value="(\w+)"', client.get(page).content.decode())
    assert found
    return {"shown": found[1]}


@pytest.fixture
def corrector(sam: User, desk: Client) -> Client:
    grant(sam, "change_patient", "add_clearance", "delete_clearance")
    return desk


def test_another_address_closes_every_link_and_gets_new_ones(corrector: Client, request_of_ana: Appointment) -> None:
    page = f"{URL}{request_of_ana.patient_id}/correct/"
    values = contact(email="ana@new.test") | shown(corrector, page)
    check = text(corrector.post(page, values))
    assert "E-mail ana@example.test → ana@new.test" in check
    assert "A new link goes to ana@new.test for this visit" in check
    assert Patient.objects.get().email == "ana@example.test"
    assert flashes(corrector.post(page, values | {"sure": "Correct"})) == [("success", "Corrected.")]
    assert Patient.objects.get().email == "ana@new.test"
    after = Appointment.objects.get()
    assert after.link_version == 2
    assert list(after.events.order_by("pk").values_list("verb", flat=True)) == ["request", "contact", "revoke"]
    assert after.messages.filter(kind="fresh_link").count() == 1


def test_another_phone_closes_nothing(corrector: Client, request_of_ana: Appointment) -> None:
    page = f"{URL}{request_of_ana.patient_id}/correct/"
    corrector.post(page, contact(phone="(310) 555-0199") | shown(corrector, page) | {"sure": "Correct"})
    assert str(Patient.objects.get().phone) == "+13105550199"
    assert Appointment.objects.get().link_version == 1
    assert not Appointment.objects.get().messages.filter(kind="fresh_link").exists()


def test_what_the_patient_chose_meanwhile_is_not_overwritten(corrector: Client, request_of_ana: Appointment) -> None:
    page = f"{URL}{request_of_ana.patient_id}/correct/"
    values = contact(name="Ana Dias") | shown(corrector, page) | {"sure": "Correct"}
    actions.choose_contact(
        appointment=request_of_ana,
        contact_by="phone",
        voicemail_ok=True,
        plain_messages=True,
        by=actions.PATIENT,
        now=NOW,
    )
    assert flashes(corrector.post(page, values))[0][0] == "error"
    assert (Patient.objects.get().name, Patient.objects.get().contact_by) == ("Ana Diaz", "phone")


def test_cleared_and_withdrawn(corrector: Client, request_of_ana: Appointment) -> None:
    kind = make_visit_type("monitored-visit", name="Monitored visit", open_to="cleared")
    base = f"{URL}{request_of_ana.patient_id}/"
    assert "Monitored visit not cleared Clear" in text(corrector.get(f"{base}change/"))
    assert corrector.get(f"{base}clear/{kind.pk}/").status_code == 200
    assert not Clearance.objects.exists()
    assert flashes(corrector.post(f"{base}clear/{kind.pk}/")) == [("success", "Cleared for “Monitored visit”.")]
    assert "Monitored visit cleared Sam Lee" in text(corrector.get(f"{base}change/"))
    assert flashes(corrector.post(f"{base}withdraw/{kind.pk}/"))[-1][0] == "success"
    assert flashes(corrector.post(f"{base}withdraw/{kind.pk}/"))[-1][0] == "info"
    assert not Clearance.objects.exists()


@pytest.mark.parametrize("page", ["correct", "clear/1", "withdraw/1"])
def test_who_may_settle_it(reader: Client, desk: Client, request_of_ana: Appointment, page: str) -> None:
    address = f"{URL}{request_of_ana.patient_id}/{page}/"
    assert [client.post(address).status_code for client in (reader, desk)] == [403, 403]
