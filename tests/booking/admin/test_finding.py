"""Whoever is on record is found by what is heard on the phone."""

import pytest
from django.test import Client

from booking.models import Appointment
from tests.booking.admin.pages import cells, links, text
from tests.booking.factories import START, later, make_appointment

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


@pytest.mark.parametrize("heard", ["zoe diaz", "310", "%", "_", "\\", "\0 nobody", "---"])
def test_every_word_must_fit_and_signs_mean_nothing(desk: Client, zoe: Appointment, heard: str) -> None:
    assert "Nobody. Try fewer words" in text(desk.get(URL, {"q": heard}))


def test_their_next_visit_and_the_way_on(desk: Client, reader: Client, zoe: Appointment) -> None:
    response = desk.get(URL, {"q": "zoe"})
    assert "Wed, Dec 2, 10:00 AM First visit Book a visit" in text(response)
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
