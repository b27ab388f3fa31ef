"""Patients: found, read, not edited."""

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from booking.models import Appointment, Patient
from tests.booking.admin.pages import cells, text
from tests.booking.factories import START, later, make_appointment

URL = "/admin/booking/patient/"

# session, user, his permissions (two), the facts, count, rows
QUERIES = 7


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
    assert "Contact: By e-mail" in shown
    assert "Needs: An interpreter" in shown


def test_nothing_to_edit_or_delete(chief: Client, request_of_ana: Appointment) -> None:
    pk = request_of_ana.patient_id
    assert chief.post(f"{URL}{pk}/change/", {"name": "Other"}).status_code == 403
    assert chief.post(f"{URL}{pk}/delete/", {"post": "yes"}).status_code == 403
    assert [patient.name for patient in Patient.objects.all()] == ["Ana Diaz"]


def test_who_may_see_them(client: Client, outsider: Client, request_of_ana: Appointment) -> None:
    assert client.get(URL).status_code == 302
    assert outsider.get(URL).status_code == 403
