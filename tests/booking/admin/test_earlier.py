"""Who waits for an earlier time, what they are offered, and taking somebody off the list."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from time_machine import Traveller

from booking import actions
from booking.models import Appointment, EarlierRequest, Offer, Verb
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import cells, flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_visit_type

LIST, OFFERS = "/admin/booking/earlierrequest/", "/admin/booking/offer/"


@pytest.fixture
def waiting(clock: Traveller, db: None) -> list[Appointment]:
    """Ana and Bob wait; Ana is offered Wednesday at 10."""
    make_visit_type(step_minutes=60)
    visits = [
        make_appointment(starts_at=later(START, days=7, hours=number), name=name)
        for number, name in enumerate(("Ana Diaz", "Bob Ray"))
    ]
    for number, visit in enumerate(visits):
        actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=later(NOW, minutes=number))
    actions.cancel(appointment=make_appointment(name="Cora Lane"), by=actions.PATIENT, now=NOW)
    actions.offer_freed_times(now=NOW)
    return visits


@pytest.fixture
def desk(sam: User) -> Client:
    grant(sam, "view_earlierrequest", "change_earlierrequest", "view_offer")
    return signed_in(sam)


def end_url(visit: Appointment) -> str:
    return f"{LIST}{EarlierRequest.objects.get(appointment=visit).pk}/end/"


def test_who_waits_in_order_of_asking(desk: Client, waiting: list[Appointment]) -> None:
    response = desk.get(LIST)
    assert cells(response) == [
        ["Ana Diaz", "First visit", "Wed, Dec 9, 10:00 AM", "Mon, Nov 30, 8:00 AM",
         "Wed, Dec 2, 10:00 AM, until Mon, Nov 30, 12:00 PM", "Take off the list : Ana Diaz"],
        ["Bob Ray", "First visit", "Wed, Dec 9, 11:00 AM", "Mon, Nov 30, 8:01 AM", "", "Take off the list : Bob Ray"],
    ]  # fmt: skip
    assert f"/admin/booking/appointment/{waiting[0].pk}/change/" in links(response, "/change/")


def test_whose_request_staff_have_not_looked_at_stands_last(
    desk: Client, sam: User, waiting: list[Appointment]
) -> None:
    actions.confirm(appointment=waiting[1], by=actions.staff(sam), now=NOW)
    assert [row[0] for row in cells(desk.get(LIST))] == ["Bob Ray", "Ana Diaz"]


def test_the_offers_with_state_and_until_when(desk: Client, waiting: list[Appointment]) -> None:
    offered = ["Ana Diaz", "earlier time", "Wed, Dec 2, 10:00 AM", "Mon, Nov 30, 8:00 AM", "Mon, Nov 30, 12:00 PM"]
    assert cells(desk.get(f"{OFFERS}?state__exact=open")) == [["open", *offered]]
    actions.take_offer(offer=Offer.objects.get(), by=actions.PATIENT, now=NOW)
    assert cells(desk.get(OFFERS)) == [["taken", *offered]]
    assert cells(desk.get(f"{OFFERS}?state__exact=open")) == []


def test_the_number_of_queries_is_constant(
    desk: Client, waiting: list[Appointment], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(9):  # type: ignore[operator]
        desk.get(LIST)


def test_staff_put_a_patient_on_the_list_from_the_visits_page(
    desk: Client, sam: User, clock: Traveller, db: None
) -> None:
    grant(sam, "view_appointment", "change_appointment")
    visit = make_appointment()
    page, act = f"/admin/booking/appointment/{visit.pk}/change/", f"/admin/booking/appointment/{visit.pk}/earlier/"
    assert act in links(desk.get(page), act)
    told = text(desk.get(act))
    assert "it is held for them and offered by e-mail. The patient gets no message now." in told
    assert not EarlierRequest.objects.exists()

    for _ in range(2):
        response = desk.post(act)
        assert flashes(response)[-1] == ("success", "They are on the list for an earlier time.")

    wish = EarlierRequest.objects.get()
    assert [(event.verb, event.user) for event in visit.events.exclude(verb="request")] == [(Verb.EARLIER, sam)]
    assert (links(desk.get(page), act), links(desk.get(page), "/end/")) == ([], [f"{LIST}{wish.pk}/end/"])
    clock.move_to(START)
    assert links(desk.get(page), act) == links(desk.get(page), "/end/") == []
    assert flashes(desk.post(act))[-1][1] == "The time of this visit has passed. Nothing was changed."


def test_taken_off_the_list_after_a_second_look(desk: Client, waiting: list[Appointment]) -> None:
    url = end_url(waiting[0])
    shown = text(desk.get(url))
    assert "Their visit stays as it is." in shown
    assert "Wednesday, December 2, 10:00 AM Pacific time, goes to the next in line." in shown
    assert EarlierRequest.objects.filter(ended_at=None).count() == 2

    response = desk.post(url)

    assert (response["Location"], flashes(response)) == (
        LIST,
        [("success", "Ana Diaz no longer waits for an earlier time.")],
    )
    assert [row[0] for row in cells(desk.get(LIST))] == ["Bob Ray"]
    event = waiting[0].events.latest("pk")
    assert (event.verb, event.user and event.user.username) == (Verb.NO_EARLIER, "sam")
    actions.offer_freed_times(now=NOW)
    assert Offer.objects.get(state=Offer.State.OPEN).appointment == waiting[1]


@pytest.mark.parametrize("method", ["get", "post"])
def test_taken_off_twice_is_said(desk: Client, waiting: list[Appointment], method: str) -> None:
    url = end_url(waiting[1])
    desk.post(url)
    events = waiting[1].events.count()
    told = [("info", "They no longer wait for an earlier time.")]
    assert flashes(getattr(desk, method)(url))[-1:] == told
    assert waiting[1].events.count() == events


def test_who_may(client: Client, outsider: Client, reader: Client, sam: User, waiting: list[Appointment]) -> None:
    url = end_url(waiting[0])
    grant(User.objects.get(username="kim"), "view_earlierrequest")
    for person, status in ((client, 302), (outsider, 403), (reader, 403)):
        assert (person.get(url).status_code, person.post(url).status_code) == (status, status)
    assert "Take off" not in text(reader.get(LIST))
    assert EarlierRequest.objects.filter(ended_at=None).count() == 2
