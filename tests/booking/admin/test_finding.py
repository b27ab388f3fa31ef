"""Whoever is on record is found by what is heard on the phone."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.models import Appointment, Course, CourseTemplate, Kind, Offer, Patient, Task
from tests.booking.admin.pages import cells, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff

URL = "/admin/booking/patient/find/"


@pytest.fixture
def zoe(db: None, clock: object) -> Appointment:
    visit = make_appointment(name="Zoë O’Núñez-Bell", email="zb@mail.test", phone="+12135550199")
    Appointment.objects.filter(pk=visit.pk).update(reference="4F7K-QM2D")
    return visit


@pytest.mark.parametrize(
    "heard",
    ["zoe nunez", "NUÑEZ zoë", "bell o'nunez", "onunez", "(213) 555-0199", "213 555 0199", "555-0199 zoe",
     "+1 213.555.0199", "zb@mail.test", "4F7K-QM2D", "4f7kqm2d", "qm2d bell"],
)  # fmt: skip
def test_found_in_any_order_and_without_accents(desk: Client, zoe: Appointment, heard: str) -> None:
    make_appointment(starts_at=later(START, days=1))
    response = desk.get(URL, {"q": heard})
    assert [one.name for one in response.context["people"]] == ["Zoë O’Núñez-Bell"]
    assert [row[2] for row in cells(desk.get("/admin/booking/appointment/", {"q": heard}))] != []
    assert len(cells(desk.get("/admin/booking/appointment/", {"q": heard}))) == 1
    assert len(cells(desk.get("/admin/booking/patient/", {"q": heard}))) == 1


@pytest.mark.parametrize("heard", ["nunez zoe", "213 555 0199", "qm2d"])
@pytest.mark.parametrize("rows", ["message", "task", "offer", "earlierrequest", "course"])
def test_what_hangs_on_a_visit_is_found_as_it_is(chief: Client, zoe: Appointment, rows: str, heard: str) -> None:
    other = make_appointment(starts_at=later(START, days=1))
    for visit in (zoe, other):
        hang(rows, visit)
    assert len(cells(chief.get(f"/admin/booking/{rows}/", {"q": heard}))) == 1


def test_what_is_only_asked_for_does_not_look_booked(desk: Client, sam: User, zoe: Appointment) -> None:
    assert "10:00 AM First visit requested Book a visit" in text(desk.get(URL, {"q": "zoe"}))
    actions.confirm(appointment=zoe, by=actions.staff(sam), now=NOW)
    assert "10:00 AM First visit confirmed Book a visit" in text(desk.get(URL, {"q": "zoe"}))


def hang(rows: str, visit: Appointment) -> None:
    """One such row on the visit; a message was written when it was asked for."""
    match rows:
        case "message":
            visit.messages.filter(kind=Kind.STAFF_NEW_REQUEST).delete()
        case "task":
            Task.objects.create(appointment=visit, kind=Task.Kind.ESTIMATE, due_on=NOW.date(), created_at=NOW)
        case "offer":
            Offer.objects.create(appointment=visit, starts_at=START, offered_at=NOW, expires_at=later(NOW, hours=4))
        case "earlierrequest":
            visit.earlier_requests.create(asked_at=NOW)
        case _:
            template, _ = CourseTemplate.objects.get_or_create(name="Eight", visit_type=visit.visit_type)
            nurse = make_staff(f"nurse{visit.pk}")
            course = Course.objects.create(
                patient=visit.patient,
                template=template,
                sessions=1,
                submission_id=uuid4(),
                placed_at=NOW,
                placed_by=nurse,
            )
            Appointment.objects.filter(pk=visit.pk).update(course=course, course_position=1)


def test_a_visit_is_found_by_what_stood_in_the_record_it_came_from(desk: Client, zoe: Appointment) -> None:
    part = make_appointment(starts_at=later(START, days=1)).patient
    part.appointments.update(patient=zoe.patient)
    Patient.objects.filter(pk=part.pk).update(merged_into=zoe.patient)
    assert len(cells(desk.get("/admin/booking/appointment/", {"q": "diaz"}))) == 2


@pytest.mark.parametrize("heard", ["zoe diaz", "310", "%", "_", "\\", "\0 nobody", "---"])
def test_every_word_must_fit_and_signs_mean_nothing(desk: Client, zoe: Appointment, heard: str) -> None:
    assert "Nobody. Try fewer words" in text(desk.get(URL, {"q": heard}))


def test_their_next_visit_and_the_way_on(desk: Client, reader: Client, zoe: Appointment) -> None:
    response = desk.get(URL, {"q": "zoe"})
    assert "Wed, Dec 2, 10:00 AM First visit requested Book a visit" in text(response)
    book = f"/admin/booking/patient/{zoe.patient_id}/book/"
    assert links(response, "/book/") == [book, "/admin/booking/patient/book/"]
    assert links(reader.get(URL, {"q": "zoe"}), "/book/") == []


def test_nobody_is_listed_unasked_nor_shown_to_others(client: Client, outsider: Client, desk: Client) -> None:
    make_appointment()
    assert "Ana Diaz" not in text(desk.get(URL))
    assert client.get(URL, {"q": "ana"}).status_code == 302
    assert outsider.get(URL, {"q": "ana"}).status_code == 403


@pytest.mark.parametrize("people", [1, 4])
def test_queries_do_not_grow_with_the_people(
    desk: Client, zoe: Appointment, people: int, django_assert_num_queries: object
) -> None:
    for day in range(people - 1):
        make_appointment(starts_at=later(START, hours=day + 1), name=f"Zoe {day}")
    # session, user, permissions (two), facts, people, visits, and the note of who has read them
    with django_assert_num_queries(8):  # type: ignore[operator]
        desk.get(URL, {"q": "zoe"})
