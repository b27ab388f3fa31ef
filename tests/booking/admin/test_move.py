"""Staff move a visit: a week of free times, what will happen, and the POST that does it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.models import Appointment, CourseTemplate, Message
from booking.when import plain
from tests.booking.admin.pages import between, flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician
from tests.booking.views.own_page import placed_course

LATER = START + timedelta(hours=2)


def url(appointment: Appointment, start: str = "") -> str:
    return f"/admin/booking/appointment/{appointment.pk}/move/{start}"


def test_a_week_of_free_times_without_the_one_it_has(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=LATER)
    response = desk.get(url(request_of_ana))
    assert "Monday, November 30 – Friday, December 4, 2026" in text(response)
    times = links(response, "/move/2026")
    assert url(request_of_ana, "20261130T1700Z/") in times  # an hour from now: a patient's notice binds no staff
    assert url(request_of_ana, "20261202T1700Z/") in times
    assert url(request_of_ana, "20261202T1800Z/") not in times
    assert url(request_of_ana, "20261202T2000Z/") not in times
    assert "Monday, December 14" in text(desk.get(url(request_of_ana), {"day": "2026-12-16"}))
    assert "Monday, December 14" in text(desk.get(url(request_of_ana), {"week": "2026-W51"}))
    assert "Monday, November 30" in text(desk.get(url(request_of_ana), {"week": "nonsense", "day": "0001-01-01"}))


def test_moved_with_the_old_and_the_new_time_said_before(desk: Client, request_of_ana: Appointment) -> None:
    page = url(request_of_ana, "20261202T2000Z/")
    response = desk.get(page)
    assert between(response, "Now", "What will happen") == (
        "Wednesday, December 2, 10:00 AM Pacific time Then Wednesday, December 2, 12:00 PM Pacific time"
    )
    assert "that we have changed the time of the visit they asked for." in text(response)
    response = desk.post(page)
    told = "Moved to Wednesday, December 2, 12:00 PM Pacific time. Ana Diaz will get an e-mail."
    assert flashes(response) == [("success", told)]
    assert Appointment.objects.get().starts_at == LATER
    assert Message.objects.filter(kind="changed").count() == 1


def test_the_patients_other_visits_are_warned_of_and_forbid_nothing(
    desk: Client, sam: User, request_of_ana: Appointment
) -> None:
    make_clinician("Dr. Other")
    course = placed_course(request_of_ana, starts=[later(START, days=days) for days in (1, 6, 9)])
    CourseTemplate.objects.update(min_gap_days=3)
    second = course.appointments.get(course_position=2)
    expected = {
        "20261202T1830Z": [
            "It overlaps with another visit of this patient: First visit, Wed, Dec 2, 10:00 AM.",
            "It would no longer come after session 1 of the same course, Thu, Dec 3, 10:00 AM.",
        ],
        "20261203T1900Z": ["It is closer than 3 days to session 1, Thu, Dec 3, 10:00 AM."],
        "20261203T1830Z": ["It overlaps with another visit of this patient: session 1, Thu, Dec 3, 10:00 AM."],
        "20261211T2000Z": ["It would no longer come before session 3 of the same course, Fri, Dec 11, 10:00 AM."],
        "20261207T1800Z": [],
    }
    for start, warnings in expected.items():
        response = desk.get(url(second, f"{start}/"))
        assert [plain(warning) for warning in response.context["warnings"]] == warnings
        assert all(warning in text(response) for warning in warnings)
        assert ("you may move the visit there all the same" in text(response)) is bool(warnings)

    assert desk.post(url(second, "20261203T1830Z/")).status_code == 302
    second.refresh_from_db()
    assert second.starts_at == later(START, days=1, minutes=30)


def test_a_time_taken_meanwhile_brings_the_nearest(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=LATER, name="Ben")
    response = desk.post(url(request_of_ana, "20261202T2000Z/"))
    assert response.status_code == 409
    assert "Wednesday, December 2, 12:00 PM Pacific time is not free for this visit. Nothing was changed." in text(
        response
    )
    assert links(response, "/move/2026") == [
        url(request_of_ana, f"20261202T{time}Z/") for time in ("1830", "1900", "2100")
    ]
    assert Appointment.objects.get(pk=request_of_ana.pk).starts_at == START


def test_who_moves_a_visit_that_has_moved_is_told(desk: Client, request_of_ana: Appointment) -> None:
    shown = str(request_of_ana.events.latest("pk").pk)
    actions.reschedule(appointment=request_of_ana, starts_at=LATER, by=actions.PATIENT, now=NOW)
    response = desk.post(url(request_of_ana, "20261203T1800Z/"), {"seen": shown})
    assert flashes(response)[0][1].startswith("Something happened meanwhile, at 8:00 AM: moved by the patient")
    assert Appointment.objects.get().starts_at == LATER


@pytest.mark.parametrize("page", ["", "20261203T1800Z/"])
def test_what_is_over_is_not_moved(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller, page: str
) -> None:
    clock.move_to(later(START, minutes=1))
    told = "The time of this visit has passed. Nothing was changed."
    assert flashes(desk.post(url(request_of_ana, page))) == [("error", told)]
    actions.cancel(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    assert flashes(desk.get(url(request_of_ana, page)))[-1][1].startswith("Already cancelled by Sam Lee")


def test_who_may(client: Client, outsider: Client, reader: Client, request_of_ana: Appointment) -> None:
    page = url(request_of_ana, "20261202T2000Z/")
    assert client.post(page).status_code == 302
    assert outsider.post(page).status_code == reader.post(page).status_code == 403
    assert reader.get(url(request_of_ana)).status_code == 403
    assert Appointment.objects.get().starts_at == START
