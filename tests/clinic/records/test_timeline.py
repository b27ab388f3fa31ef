"""The changes as staff read them, on the pages of the patient and of the visit."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.models import Appointment, Patient
from clinic.records import timeline
from tests.booking.admin.pages import text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit() -> Appointment:
    return make_appointment(insurance="yes")  # for which no estimate is owed


@pytest.fixture
def sam() -> User:
    user = make_staff()
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_appointment", "view_patient"]))
    return user


def permit(user: User) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_appointmentchange", "view_patientchange"]))


def told(lines: list[timeline.Line]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [(line.title, [(field.label, field.before, field.after) for field in line.fields]) for line in lines]


def test_before_and_after_in_words(visit: Appointment, sam: User) -> None:
    actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)

    [changed, entered] = told(timeline.of_visit(visit))

    assert changed[0] == "Appointment changed"
    assert ("State", "requested", "confirmed") in changed[1]
    assert entered[0] == "Appointment entered"
    assert ("Starts", "", "Wednesday, December 2, 2026, 10:00\xa0AM") in entered[1]
    assert ("Kind of visit", "", "First visit") in entered[1]


def test_what_was_owed_for_a_visit_and_who_ticked_it_off(sam: User) -> None:
    visit = make_appointment(insurance="no", starts_at=later(START, days=2))
    actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)
    actions.tick_off(task=visit.tasks.get(), by=actions.staff(sam), now=NOW)

    lines = [line for line in told(timeline.of_visit(visit)) if line[0].startswith("Task")]

    assert [title for title, _fields in lines] == ["Task changed", "Task entered"]
    assert ("Done by", "", "Sam Lee") in lines[0][1]
    assert ("What", "", "good faith estimate") in lines[1][1]


def test_nothing_is_told_that_says_nothing_to_a_person(visit: Appointment) -> None:
    said = str(told(timeline.of_visit(visit)))

    assert visit.public_id not in said
    assert str(visit.submission_id) not in said


def test_of_a_patient_also_what_they_are_cleared_for(visit: Appointment, sam: User) -> None:
    kind = make_visit_type("m", name="Monitored")
    actions.clear_for(patient=visit.patient, visit_type=kind, by=actions.staff(sam), now=NOW)
    actions.withdraw_clearance(patient=visit.patient, visit_type=kind)
    Patient.objects.update(needs=["hearing"], voicemail_ok=True)

    [changed, withdrawn, cleared, entered] = told(timeline.of_patient(visit.patient))

    assert changed == (
        "Patient changed",
        [("A voicemail may be left", "no", "yes"), ("Needs", "", "Help with hearing")],
    )
    assert withdrawn[0] == "Clearance removed"
    assert ("Who", "Sam Lee", "") in withdrawn[1]
    assert ("Kind of visit", "", "Monitored") in cleared[1]
    assert entered[0] == "Patient entered"


def test_another_patients_changes_are_not_shown(visit: Appointment) -> None:
    other = make_appointment(visit.visit_type, starts_at=visit.ends_at, name="Bo Lind", email="bo@example.test")

    assert "Bo Lind" not in str(told(timeline.of_patient(visit.patient)))
    assert "Bo Lind" in str(told(timeline.of_patient(other.patient)))


def test_only_who_may_sees_them(visit: Appointment, sam: User, client: Client) -> None:
    client.force_login(sam)
    pages = [f"/admin/booking/appointment/{visit.pk}/change/", f"/admin/booking/patient/{visit.patient_id}/change/"]
    assert ["Every change" in text(client.get(page)) for page in pages] == [False, False]

    permit(sam)

    assert ["Every change" in text(client.get(page)) for page in pages] == [True, True]
    assert "{" not in text(client.get(pages[1])).partition("Every change")[2]


def test_queries_do_not_grow_with_the_changes(visit: Appointment) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            timeline.of_patient(visit.patient)
        return len(captured)

    before = queries()
    for number in range(5):
        Patient.objects.update(name=f"Ana {number}")

    assert queries() == before
    assert len(timeline.of_patient(visit.patient)) == 6
