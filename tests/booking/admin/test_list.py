"""The list of appointments."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.models import Appointment, Holiday
from clinic.models import Practice
from tests.booking.admin.pages import cells
from tests.booking.factories import NOW, START, make_appointment, make_visit_type

URL = reverse("admin:booking_appointment_changelist")

# session, user, his permissions (two), the facts, the filter's kinds of visit, count, rows,
# and the note of who has read it
QUERIES = 9


def names(client: Client, **params: str) -> list[str]:
    return [row[3] for row in cells(client.get(URL, params))]


def test_requests_stand_first_and_oldest_first(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=START + timedelta(hours=2), now=NOW - timedelta(hours=5), name="Ben Old")
    later = make_appointment(starts_at=START + timedelta(days=1), name="Cy Agreed")
    actions.confirm(appointment=later, by=actions.staff(sam), now=NOW)
    assert names(desk) == ["Ben Old", "Ana Diaz", "Cy Agreed"]


def test_a_row_in_words(desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=2))
    assert cells(desk.get(URL)) == [
        [
            "requested",
            "waiting 2 hours",
            "Wed, Dec 2, 10:00 AM",
            "Ana Diaz",
            "(310) 555-0123",
            "First visit",
            request_of_ana.reference,
        ]
    ]


@pytest.mark.parametrize(("promised", "late"), [(None, True), (1, True), (2, False)])
def test_a_request_past_the_promise_is_red_and_says_so(
    desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller, promised: int | None, late: bool
) -> None:
    Practice.objects.create(pk=1, reply_working_days=promised)
    clock.shift(timedelta(days=1, minutes=1))
    response = desk.get(URL)
    assert cells(response)[0][1] == ("waiting 1 day, late" if late else "waiting 1 day")
    assert ('<span class="pill bad">' in response.content.decode()) is late


def test_an_answered_request_no_longer_waits(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    row = cells(desk.get(URL))[0]
    assert (row[0], row[1]) == ("confirmed", "")


def test_a_closed_holiday_makes_no_request_late(desk: Client, request_of_ana: Appointment) -> None:
    Appointment.objects.update(created_at=NOW - timedelta(days=3))  # Friday
    Holiday.objects.create(day=NOW.date(), name="Closed", decision="closed")
    assert cells(desk.get(URL))[0][1] == "waiting 3 days"
    Holiday.objects.update(decision="open")
    assert cells(desk.get(URL))[0][1] == "waiting 3 days"
    Appointment.objects.update(created_at=NOW - timedelta(days=3, minutes=1))
    assert cells(desk.get(URL))[0][1] == "waiting 3 days, late"
    Holiday.objects.update(decision="closed")
    assert cells(desk.get(URL))[0][1] == "waiting 3 days"


@pytest.mark.parametrize(
    "typed",
    ["Diaz", "ana@example", "+13105550123", "(310) 555-0123", "310 555 0123", "310.555.0123", "555-0123"],
)
def test_search(desk: Client, request_of_ana: Appointment, typed: str) -> None:
    make_appointment(starts_at=START + timedelta(hours=2), name="Ben", email="ben@test.test", phone="+12135550199")
    assert names(desk, q=typed) == ["Ana Diaz"]


@pytest.mark.parametrize("reference", ["4F7K-QM2D", "2345-6789"])
def test_search_by_reference(desk: Client, request_of_ana: Appointment, reference: str) -> None:
    make_appointment(starts_at=START + timedelta(hours=2), name="Ben")
    Appointment.objects.filter(pk=request_of_ana.pk).update(reference=reference)
    assert names(desk, q=reference) == ["Ana Diaz"]


def test_filters(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    short = make_visit_type("follow-up", length_minutes=30, clinician_minutes=30)
    other = make_appointment(short, starts_at=START + timedelta(days=14), name="Ben")
    actions.confirm(appointment=other, by=actions.staff(sam), now=NOW)
    assert names(desk, status__exact="requested") == ["Ana Diaz"]
    assert names(desk, visit_type__id__exact=str(short.pk)) == ["Ben"]
    assert names(desk, day="week") == ["Ana Diaz"]
    assert names(desk, day="later") == ["Ben"]
    assert names(desk, day="today") == names(desk, day="tomorrow") == names(desk, day="past") == []
    assert names(desk, day="nonsense") == ["Ana Diaz", "Ben"]


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_do_not_grow_with_the_rows(
    desk: Client,
    request_of_ana: Appointment,
    rows: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for day in range(1, rows):
        make_appointment(starts_at=START + timedelta(days=day))
    with django_assert_num_queries(QUERIES):
        response = desk.get(URL)
    assert len(cells(response)) == rows


def test_nothing_to_add_delete_or_edit(chief: Client, request_of_ana: Appointment) -> None:
    page = chief.get(URL).content.decode()
    assert "action-toggle" not in page
    assert "/admin/booking/appointment/add/" not in page
    assert chief.get(reverse("admin:booking_appointment_add")).status_code == 403
    delete = reverse("admin:booking_appointment_delete", args=[request_of_ana.pk])
    assert chief.post(delete, {"post": "yes"}).status_code == 403
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize("name", ["appointment", "holiday", "visittype", "message", "resource"])
def test_the_room_goes_to_the_columns(chief: Client, name: str) -> None:
    """No list of all pages beside the table, and the filters above it."""
    page = chief.get(reverse(f"admin:booking_{name}_changelist")).content.decode()
    assert 'id="nav-sidebar"' not in page
    assert page.count('id="changelist-filter"') == 1
    assert page.index('id="changelist-filter"') < page.index('id="changelist-form"')


def test_a_filter_can_be_cleared(desk: Client, request_of_ana: Appointment) -> None:
    assert "Clear all filters" not in desk.get(URL).content.decode()
    assert '<a href="?">Clear all filters</a>' in desk.get(URL, {"day": "later"}).content.decode()


def test_who_may_see_it(client: Client, outsider: Client, reader: Client, request_of_ana: Appointment) -> None:
    assert client.get(URL).status_code == 302
    assert outsider.get(URL).status_code == 403
    assert reader.get(URL).status_code == 200
