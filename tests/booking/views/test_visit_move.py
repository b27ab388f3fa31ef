from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment, CourseTemplate, Kind, Status, VisitType
from booking.transactions import Busy
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician, make_staff
from tests.booking.views.own_page import opened, placed_course, words

THURSDAY = later(START, days=1)
TO_THURSDAY = "move/20261203T1800Z/"


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    return actions.confirm(appointment=make_appointment(first_visit), by=actions.staff(make_staff()), now=NOW)


def test_chosen_asked_about_and_moved(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    times = client.get(f"{address}move/").content.decode()
    assert f'href="{address}{TO_THURSDAY}"' in times
    assert "Your time now: Wednesday, December 2, 10:00 AM Pacific time" in words(times.encode())
    assert "9:30 AM 10:00 AM your time 10:30 AM" in words(times.encode())
    assert 'aria-label="Wednesday, December 2, 14 free times, your time"' in times
    asks = words(client.get(f"{address}{TO_THURSDAY}").content)
    assert "Move from Wed, Dec 2, 10:00 AM to Thu, Dec 3, 10:00 AM?" in asks
    ana.refresh_from_db()
    assert ana.starts_at == START

    for _ in range(2):  # pressed twice
        assert client.post(f"{address}{TO_THURSDAY}")["Location"] == address

    ana.refresh_from_db()
    assert (ana.starts_at, ana.status, ana.sequence) == (THURSDAY, Status.CONFIRMED, 1)
    assert ana.messages.filter(kind=Kind.CHANGED).count() == 1
    page = words(client.get(address).content)
    assert "Done. Your visit has a new time." in page
    assert "Thursday, December 3, 2026 10:00 AM" in page


def test_a_request_stays_a_request(client: Client, first_visit: VisitType) -> None:
    ana = make_appointment(first_visit)
    address = opened(client, ana)
    assert "it stays a request" in words(client.get(f"{address}{TO_THURSDAY}").content)

    client.post(f"{address}{TO_THURSDAY}")

    ana.refresh_from_db()
    assert (ana.starts_at, ana.status) == (THURSDAY, Status.REQUESTED)
    page = words(client.get(address).content)
    assert "Your request has a new time. We still need to confirm it." in page
    assert "Done." not in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_time_that_has_gone_leads_to_the_nearest_ones(
    client: Client, ana: Appointment, first_visit: VisitType, method: str
) -> None:
    make_appointment(first_visit, starts_at=THURSDAY, name="Bob Ray")
    address = opened(client, ana)

    response = getattr(client, method)(f"{address}{TO_THURSDAY}")

    assert response.status_code == 409
    page = words(response.content)
    assert "Sorry, Thursday, December 3, 10:00 AM Pacific time is no longer available." in page
    assert "Nothing has changed: your visit is still on Wednesday, December 2, 10:00 AM Pacific time." in page
    for nearest in ("9:00 AM", "11:00 AM", "11:30 AM"):  # not the one taken, and none that overlaps it
        assert f"Thursday, December 3, {nearest}" in page
    ana.refresh_from_db()
    assert ana.starts_at == START


def test_its_own_time_does_not_stand_in_its_way(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    client.post(f"{address}move/20261202T1830Z/")  # half an hour later, within the hour it has

    ana.refresh_from_db()
    assert ana.starts_at == later(START, minutes=30)


def test_a_patient_is_never_in_two_places(client: Client, ana: Appointment, first_visit: VisitType) -> None:
    """Another clinician would be free then."""
    make_clinician("Dr. Other")
    other = make_appointment(first_visit, starts_at=THURSDAY)
    Appointment.objects.filter(pk=other.pk).update(patient=ana.patient)
    address = opened(client, ana)

    assert "move/20261203T1730Z/" not in client.get(f"{address}move/?week=2026-W49").content.decode()
    for answer in (client.get(f"{address}{TO_THURSDAY}"), client.post(f"{address}{TO_THURSDAY}")):
        assert answer.status_code == 409
        assert f"{address}{TO_THURSDAY}" not in answer.content.decode()
    ana.refresh_from_db()
    assert ana.starts_at == START


def test_a_session_stays_between_its_neighbours_and_apart(client: Client, ana: Appointment) -> None:
    course = placed_course(ana, starts=[later(START, days=days) for days in (1, 6, 9)])
    CourseTemplate.objects.update(min_gap_days=2)
    second = course.appointments.get(course_position=2)
    address = opened(client, second)

    def status(days: int) -> int:
        start = later(START, days=days, hours=3)
        return client.post(f"{address}move/{start:%Y%m%dT%H%MZ}/").status_code

    assert [status(days) for days in (0, 1, 2, 8, 12)] == [409] * 5
    second.refresh_from_db()
    assert second.starts_at == later(START, days=6)
    assert status(5) == 302


def test_the_time_it_has_is_not_asked_about(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    assert client.get(f"{address}move/20261202T1800Z/")["Location"] == address


def test_after_the_cut_off_the_page_says_so(client: Client, ana: Appointment) -> None:
    with time_machine.travel(START - timedelta(hours=24)):
        address = opened(client, ana)
        for answer in (client.get(f"{address}{TO_THURSDAY}"), client.post(f"{address}{TO_THURSDAY}")):
            assert answer["Location"] == address
        assert "It is now too late to move or cancel this visit here." in words(client.get(address).content)

    ana.refresh_from_db()
    assert ana.starts_at == START


@pytest.mark.parametrize("start", ["20261201T0130Z", "20261206T1800Z", "20280101T1800Z", "20000101T0000Z"])
def test_what_is_not_offered_is_not_had(client: Client, ana: Appointment, start: str) -> None:
    """Too soon, a Sunday, beyond the horizon, long past."""
    address = opened(client, ana)

    assert client.get(f"{address}move/{start}/").status_code == 409
    assert client.post(f"{address}move/{start}/").status_code == 409


def test_a_database_that_makes_everybody_wait_is_told(
    client: Client, ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(**kwargs: object) -> None:
        raise Busy

    address = opened(client, ana)
    monkeypatch.setattr(actions, "reschedule", busy)
    response = client.post(f"{address}{TO_THURSDAY}", {"kept": "as it was"})

    assert response.status_code == 503
    assert "Nothing has changed. Please press again." in words(response.content)
    assert '<input type="hidden" name="kept" value="as it was">' in response.content.decode()
