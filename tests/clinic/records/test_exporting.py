"""All that is held about a patient is handed over as one file, and that is written down."""

import json
import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from booking import actions
from booking.actions import Shown
from booking.models import Appointment, Clearance, Patient
from clinic.records import exporting
from clinic.records.exporting import ABOUT, INNER, LEFT_OUT
from clinic.records.hanging import reached
from clinic.records.models import Reading
from tests.booking.admin.pages import links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

LIST = "/admin/booking/patient/"


@pytest.fixture
def sam() -> User:
    user = make_staff()
    names = ["view_patient", "view_appointment", "export_patient"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


@pytest.fixture
def visit(sam: User) -> Appointment:
    """Ana's, on a record of which another is a part; a clearance, a reading and a stranger besides."""
    visit = make_appointment(needs=["hearing"])
    second = make_appointment(starts_at=later(START, hours=2), email="anna@other.test")
    make_appointment(starts_at=later(START, hours=4), name="Ben Roth", email="ben@test.test", phone="+12135550188")
    ana, anna = Patient.objects.get(pk=visit.patient_id), Patient.objects.get(pk=second.patient_id)
    actions.merge_records(
        stays=ana, other=anna, was=(Shown.of(ana), Shown.of(anna)), chosen=set(), by=actions.staff(sam), now=NOW
    )
    kind = make_visit_type("m", name="Monitored", open_to="cleared")
    Clearance.objects.create(patient=ana, visit_type=kind, by=sam, at=NOW)
    Reading.objects.create(at=NOW, user=sam, page="record", route="x", patients=[anna.pk], visits=[])
    return visit


def unpacked(response: Any) -> dict[str, str]:
    with ZipFile(BytesIO(response.content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_each_table_that_hangs_on_a_patient_is_in_it_or_said_not_to_be() -> None:
    labels = {model._meta.label for model in reached()}

    assert labels == set(ABOUT) | set(LEFT_OUT), "say in clinic/records/exporting.py what it is, or why it is left out"
    assert not set(ABOUT) & set(LEFT_OUT)
    fields = {model._meta.label: {field.name for field in model._meta.concrete_fields} for model in reached()}
    assert all(names <= fields[label] for label, names in INNER.items())


def test_everything_is_in_it_and_nothing_of_anybody_else(desk: Client, visit: Appointment) -> None:
    files = unpacked(desk.post(f"{LIST}{visit.patient_id}/export/"))

    assert sorted(files) == ["keys.txt", "record.html", "record.json"]
    told = json.loads(files["record.json"])
    tables = told["tables"]
    assert told["version"] == exporting.VERSION
    assert [row["email"] for row in tables["booking.Patient"]] == ["ana@example.test", "anna@other.test"]
    assert tables["booking.Appointment"][0]["reference"] == visit.reference
    assert len(tables["booking.Appointment"]) == 2
    assert tables["booking.Appointment"][0]["status_in_words"] == "requested"
    assert tables["booking.Appointment"][0]["visit_type"] == "First visit"
    assert "asked for by the patient" in [row["in_words"] for row in tables["booking.AppointmentEvent"]]
    assert {"kind", "state", "created_at"} <= set(tables["booking.Message"][0])
    assert tables["booking.Clearance"][0]["by"] == "Sam Lee"
    assert [(row["who"], row["page"]) for row in told["readings"]] == [("Sam Lee", "record")]
    assert "Patient entered" in [line["what"] for line in told["changes"]]
    assert {row["who"] for row in told["staff_actions"]} == {"Sam Lee"}
    for name, content in files.items():
        assert "Ben Roth" not in content, name
        assert visit.public_id not in content, name
    assert "ana@example.test" in files["record.html"]
    assert "An interpreter" not in files["record.html"]
    assert "Wednesday, December 2, 2026, 10:00 AM Pacific time" in " ".join(files["record.html"].split())
    assert "(310) 555-0123" in files["record.html"]
    assert not re.search(r"\d{4}-\d\d-\d\dT|\bTrue\b|\bFalse\b|\bNone\b|\+1310", files["record.html"])
    assert "tables / booking.Message: What was sent or was to be sent" in files["keys.txt"]


def test_each_key_is_explained(desk: Client, visit: Appointment) -> None:
    files = unpacked(desk.post(f"{LIST}{visit.patient_id}/export/"))
    explained = set(re.findall(r"^  (\w+): ", files["keys.txt"], re.M)) | {"in_words"}

    used = {
        key.removesuffix("_in_words")
        for rows in json.loads(files["record.json"])["tables"].values()
        for row in rows
        for key in row
    }

    assert used - {"in_words", ""} <= explained


def test_the_file_names_nobody_and_is_kept_by_no_cache(desk: Client, visit: Appointment) -> None:
    response = desk.post(f"{LIST}{visit.patient_id}/export/")

    name = re.fullmatch(r'attachment; filename="(record-\d+-\d{4}-\d\d-\d\d\.zip)"', response["Content-Disposition"])
    assert name
    assert response["Content-Type"] == "application/zip"
    assert "no-store" in response["Cache-Control"]


def test_it_is_written_down_as_an_export(desk: Client, visit: Appointment) -> None:
    desk.get(f"{LIST}{visit.patient_id}/export/")
    assert Reading.objects.latest("pk").page == Reading.Page.STEP, "the page that asks hands over nothing"

    desk.post(f"{LIST}{visit.patient_id}/export/")

    last = Reading.objects.latest("pk")
    assert (last.page, last.route) == (Reading.Page.EXPORT, "admin:booking_patient_export")
    assert last.patients == sorted(Patient.objects.one_person(visit.patient_id).values_list("pk", flat=True))
    assert len(last.visits) == 2


def test_the_page_says_what_is_in_it(desk: Client, visit: Appointment) -> None:
    assert links(desk.get(f"{LIST}{visit.patient_id}/change/"), "/export/") == [f"{LIST}{visit.patient_id}/export/"]

    said = text(desk.get(f"{LIST}{visit.patient_id}/export/"))

    assert "Visits, and requests for visits 2" in said
    assert "Who of the staff has opened a page with these data, and when" in said


def test_who_may_not_and_who_has_not_said_lately_that_it_is_they(desk: Client, sam: User, visit: Appointment) -> None:
    page = f"{LIST}{visit.patient_id}/export/"
    session = desk.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()
    for method in (desk.get, desk.post):
        assert method(page)["Location"].startswith("/admin/account/confirm/")
    kim = make_staff("kim")
    kim.user_permissions.set(Permission.objects.filter(codename__in=["view_patient", "change_patient"]))
    client = Client()
    client.force_login(kim)
    assert client.get(page).status_code == client.post(page).status_code == 403
    client.force_login(sam)
    assert client.post(f"{LIST}999999/export/").status_code == 404
