"""The page of the practice's facts."""

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from clinic import practice
from clinic.models import Practice
from tests.booking.admin.pages import text

LIST = "/admin/clinic/practice/"
ADD = f"{LIST}add/"
ROW = f"{LIST}1/change/"

# Exactly what the form shows for the row below.
VALUES = {
    "name": "Psychiatry Unplugged",
    "clinician": "Soroya Bacchus, MD",
    "street": "6801 Park Terrace, Suite 530B",
    "city": "Los Angeles",
    "state": "CA",
    "postal_code": "90045",
    "phone": "+13105550100",
    "reply_working_days": "1",
    "nasal_products": "unknown",
} | dict.fromkeys(
    [
        *("email", "hours_text", "languages_text", "parking_text", "access_text", "transit_text", "pickup_text"),
        *("ride_home_text", "license_number", "license_url", "board_certification", "training_text", "npi"),
        *("conflicts_text", "fictitious_name_permit", "rems_certified_on", "monitoring_text", "fees_text"),
        *("insurers_text", "cancellation_text", "privacy_notice_on", "privacy_notice_text", "accessibility_contact"),
        "first_visit_text",
    ],
    "",
)


@pytest.fixture
def row(db: None) -> Practice:
    return Practice.objects.create(
        pk=1, phone="+13105550100", reply_working_days=1, demo_fields=["phone", "reply_working_days"]
    )


def test_without_a_row_the_list_leads_to_the_form_and_makes_nothing(chief: Client) -> None:
    assert chief.get(LIST)["Location"] == ADD
    assert chief.get(ADD).status_code == 200
    assert Practice.objects.count() == 0


def test_the_first_save_makes_the_one_row(chief: Client) -> None:
    assert chief.post(ADD, VALUES).status_code == 302
    assert list(Practice.objects.values_list("pk", "phone", "demo_fields")) == [(1, "+13105550100", [])]


def test_with_the_row_there_is_nothing_to_add_or_delete(chief: Client, row: Practice) -> None:
    assert chief.get(LIST)["Location"] == ROW
    assert chief.post(ADD, VALUES).status_code == 403
    assert chief.post(f"{LIST}1/delete/", {"post": "yes"}).status_code == 403
    assert Practice.objects.count() == 1


def test_the_example_values_are_named(chief: Client, row: Practice) -> None:
    shown = text(chief.get(ROW))
    assert "Fields that hold example values: phone; we answer requests within (working days)" in shown


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({}, ["phone", "reply_working_days"]),
        ({"phone": "(310) 555-0199"}, ["reply_working_days"]),
        ({"phone": ""}, ["reply_working_days"]),
        ({"city": "Culver City"}, ["phone", "reply_working_days"]),
        ({"phone": "(310) 555-0199", "reply_working_days": "2"}, []),
        ({"demo_fields": ""}, ["phone", "reply_working_days"]),
        ({"accepted": "reply_working_days"}, ["phone"]),
    ],
)
def test_what_staff_change_is_no_longer_an_example(
    chief: Client, row: Practice, changes: dict[str, str], left: list[str]
) -> None:
    assert chief.post(ROW, VALUES | changes).status_code == 302
    assert Practice.objects.get().demo_fields == left


def test_every_fact_can_be_entered(chief: Client, row: Practice) -> None:
    asked = {field.name for field in Practice._meta.concrete_fields} - {"id", "demo_fields", "updated_at"}
    assert asked == VALUES.keys() | {"free_language_help"}
    entered = {
        "npi": "1234567893",
        "rems_certified_on": "2026-01-02",
        "free_language_help": "on",
        "access_text": "A ramp.",
    }
    assert chief.post(ROW, VALUES | entered).status_code == 302
    facts = Practice.objects.get()
    assert (facts.npi, str(facts.rems_certified_on), facts.free_language_help, facts.access_text) == (
        *("1234567893", "2026-01-02"),
        *(True, "A ramp."),
    )


def test_a_number_that_cannot_be_one_is_refused(chief: Client, row: Practice) -> None:
    assert "Ten digits." in text(chief.post(ROW, VALUES | {"npi": "12345"}))


def test_a_change_is_seen_at_once(
    chief: Client, row: Practice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    assert practice.current().city == "Los Angeles"
    with django_capture_on_commit_callbacks(execute=True):
        chief.post(ROW, VALUES | {"city": "Culver City"})
    assert practice.current().city == "Culver City"


def test_who_may(client: Client, outsider: Client, row: Practice) -> None:
    for method in ("get", "post"):
        assert getattr(client, method)(ROW, VALUES).status_code == 302
        assert getattr(outsider, method)(ROW, VALUES | {"city": "Elsewhere"}).status_code == 403
    assert client.get(LIST)["Location"] == f"/admin/login/?next={LIST}"
    assert Practice.objects.get().city == "Los Angeles"
