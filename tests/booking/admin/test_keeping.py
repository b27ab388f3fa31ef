"""Keeping a patient's record beyond its time, and no longer."""

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client

from booking.models import Appointment, Patient
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import flashes, links, text
from tests.booking.factories import NOW, make_staff


@pytest.fixture
def page(request_of_ana: Appointment) -> str:
    return f"/admin/booking/patient/{request_of_ana.patient_id}/"


@pytest.fixture
def keeper(sam: User, desk: Client) -> Client:
    grant(sam, "keep_patient")
    return desk


def test_with_a_reason_it_is_kept_and_the_page_says_so(keeper: Client, sam: User, page: str) -> None:
    assert links(keeper.get(page + "change/"), "keep") == [page + "keep/"]
    assert "Keep this record beyond its time?" in text(keeper.get(page + "keep/"))

    response = keeper.post(page + "keep/", {"because": "Letter of Nov 3"})

    patient = Patient.objects.get()
    assert (patient.kept_because, patient.kept_by, patient.kept_since) == ("Letter of Nov 3", sam, NOW)
    assert flashes(response) == [("success", "This record is kept from now on.")]
    assert "kept Letter of Nov 3 Sam Lee, Monday, November 30, 2026" in text(keeper.get(page + "change/"))


def test_without_a_reason_it_is_not(keeper: Client, page: str) -> None:
    response = keeper.post(page + "keep/", {"because": " "})

    assert "Please correct what is marked below" in text(response)
    assert not Patient.objects.get().is_kept


def test_the_second_of_two_changes_nothing(keeper: Client, page: str) -> None:
    keeper.post(page + "keep/", {"because": "First"})
    other = make_staff("kim", "Kim", "Roe")
    grant(other, "keep_patient", "view_patient")

    response = signed_in(other).post(page + "keep/", {"because": "Second"})

    assert flashes(response) == [("info", "This record is kept already. Nothing was changed.")]
    assert Patient.objects.get().kept_because == "First"


def test_it_can_be_ended(keeper: Client, page: str) -> None:
    keeper.post(page + "keep/", {"because": "First"})
    assert "First" in text(keeper.get(page + "stop-keeping/"))
    assert Patient.objects.get().is_kept

    assert flashes(keeper.post(page + "stop-keeping/"))[-1] == ("success", "This record is no longer kept.")
    assert not Patient.objects.get().is_kept
    assert flashes(keeper.post(page + "stop-keeping/"))[-1][0] == "info"


@pytest.mark.parametrize("last", ["keep/", "stop-keeping/"])
def test_only_who_may(desk: Client, reader: Client, outsider: Client, page: str, last: str) -> None:
    for client in (desk, reader, outsider):
        assert client.get(page + last).status_code == 403
        assert client.post(page + last, {"because": "x"}).status_code == 403
    assert links(desk.get(page + "change/"), "keep") == []


def test_the_database_takes_no_half_of_it(request_of_ana: Appointment) -> None:
    with pytest.raises(DatabaseError):
        Patient.objects.update(kept_since=NOW)
