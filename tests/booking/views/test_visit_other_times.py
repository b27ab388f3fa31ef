"""The patient answers the times that staff have offered."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment, Message, Offer, Status, Verb, VisitType
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician, make_staff
from tests.booking.views.own_page import opened, words

NOON, NEXT_DAY = later(START, hours=2), later(START, days=1)
UNTIL = later(NOW, hours=30)


@pytest.fixture
def sam(first_visit: VisitType) -> actions.By:
    return actions.staff(make_staff())


@pytest.fixture
def ana(sam: actions.By, first_visit: VisitType) -> Appointment:
    return make_appointment(first_visit)


def offer(visit: Appointment, sam: actions.By, *starts: datetime) -> list[Offer]:
    return actions.offer_times(appointment=visit, starts=starts or (NOON, NEXT_DAY), until=UNTIL, by=sam, now=NOW)


def test_the_page_says_what_cannot_be_had_and_what_can(client: Client, ana: Appointment, sam: actions.By) -> None:
    offer(ana, sam)
    page = words(client.get(opened(client, ana)).content)
    assert "You asked for Wednesday, December 2, 10:00 AM Pacific time. We can’t offer that time." in page
    assert "These times are held for you until 2:00 PM Pacific time on Tuesday, December 1." in page
    assert "Wednesday, December 2, 2026 12:00 PM – 1:00 PM Pacific time" in page
    assert "Thursday, December 3, 2026 10:00 AM – 11:00 AM Pacific time" in page
    assert "None of these suits me" in page
    assert "We have your request" not in page


def test_one_press_takes_one_and_it_is_confirmed(client: Client, ana: Appointment, sam: actions.By) -> None:
    _, second = offer(ana, sam)
    address = opened(client, ana)
    for _ in range(2):
        assert client.post(f"{address}times/", {"offer": second.pk})["Location"] == address
    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.CONFIRMED, NEXT_DAY)
    assert ana.events.filter(verb=Verb.RESCHEDULE).count() == 1
    page = words(client.get(address).content)
    assert "Done. Your visit has a new time." in page
    assert "Your appointment is confirmed" in page


def test_in_another_browser_they_learn_that_they_have_chosen(client: Client, ana: Appointment, sam: actions.By) -> None:
    first, second = offer(ana, sam)
    address = opened(client, ana)
    client.post(f"{address}times/", {"offer": second.pk})
    for posted in ({"offer": first.pk}, {"none": 1}):
        response = client.post(f"{address}times/", posted)
        assert response.status_code == 410
        page = words(response.content)
        assert "You have chosen a time already" in page
        assert "Your visit is on Thursday, December 3, 10:00 AM Pacific time. Nothing else was changed." in page


def test_none_suits(client: Client, ana: Appointment, sam: actions.By) -> None:
    offer(ana, sam)
    address = opened(client, ana)
    assert client.post(f"{address}times/", {"none": 1})["Location"] == address
    page = words(client.get(address).content)
    assert "Thank you for telling us. We get in touch with you." in page
    assert "None of the times that we offered suits you. We get in touch with you. Your request stays with us." in page
    assert "The visit is booked once we have agreed on a time with you." in page
    assert "We hold the time" not in page, "it is the one they can’t have"
    assert ana.messages.filter(kind="staff_none_suits").count() == 1
    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.REQUESTED, START)


@pytest.mark.parametrize("ending", ["run out", "swept", "withdrawn", "replaced", "never was", "another's"])
def test_what_has_gone_says_what_to_do_next(client: Client, ana: Appointment, sam: actions.By, ending: str) -> None:
    first, _ = offer(ana, sam)
    number, now = str(first.pk), NOW
    Message.objects.filter(kind="other_offered").update(state="sent", sent_at=NOW)
    if ending in ("run out", "swept"):
        now = UNTIL
        if ending == "swept":
            actions.expire_offers(now=UNTIL)
    elif ending == "withdrawn":
        actions.withdraw_times(appointment=ana, by=sam, now=NOW)
    elif ending == "replaced":
        offer(ana, sam, NEXT_DAY)
    elif ending == "never was":
        number = "9" * 30
    else:
        other = make_appointment(ana.visit_type, starts_at=later(START, days=5), name="Bob Ray")
        number = str(offer(other, sam, later(START, days=6))[0].pk)
    still = ending in ("replaced", "never was", "another's")

    with time_machine.travel(now, tick=False):
        address = opened(client, ana)
        response = client.post(f"{address}times/", {"offer": number})
        page = words(client.get(address).content)

    assert response.status_code == 410
    told = words(response.content)
    assert ("This time can’t be had any more" if still else "These times are no longer held for you") in told
    assert (
        "See the times held for you" if still else "Your request stays with us, and we get in touch with you."
    ) in told
    if not still:
        ended = (
            "The times that we offered are no longer held" if ending == "withdrawn" else "The time to answer our offer"
        )
        assert ended in page
        assert "None of these suits me" not in page
    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.REQUESTED, START)


def test_a_confirmed_visit_is_asked_about_in_other_words(client: Client, ana: Appointment, sam: actions.By) -> None:
    actions.confirm(appointment=ana, by=sam, now=NOW)
    first, _ = offer(ana, sam)
    address = opened(client, ana)
    page = words(client.get(address).content)
    assert "We have to move your visit of Wednesday, December 2" in page
    assert "When you choose one, your visit moves there at once." in page
    assert "We look forward" not in page
    client.post(f"{address}times/", {"offer": first.pk})
    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.CONFIRMED, NOON)


def test_after_another_settlement_nothing_is_said_of_old_offers(
    client: Client, ana: Appointment, sam: actions.By
) -> None:
    offer(ana, sam)
    actions.confirm(appointment=ana, by=sam, now=NOW)
    page = words(client.get(opened(client, ana)).content)
    assert "We look forward to seeing you." in page
    assert "no longer held" not in page


def test_a_visit_of_theirs_at_that_time_is_named(client: Client, ana: Appointment, sam: actions.By) -> None:
    make_clinician("Dr. Other")
    other = make_appointment(ana.visit_type, starts_at=NOON)
    Appointment.objects.filter(pk=other.pk).update(patient=ana.patient)
    offer(ana, sam)
    page = words(client.get(opened(client, ana)).content)
    assert page.count("You have another visit then") == 1
    assert "You have another visit then: Wednesday, December 2, 12:00 PM Pacific time." in page


def test_looking_changes_nothing_and_leads_to_the_visit(client: Client, ana: Appointment, sam: actions.By) -> None:
    first, _ = offer(ana, sam)
    address = opened(client, ana)
    for query in ("", f"?offer={first.pk}", "?none=1"):
        assert client.get(f"{address}times/{query}")["Location"] == address
    assert client.post(f"{address}times/", {}).status_code == 410
    assert Offer.objects.filter(state="open").count() == 2


def test_who_has_not_come_by_the_link_answers_nothing(client: Client, ana: Appointment, sam: actions.By) -> None:
    first, _ = offer(ana, sam)
    assert client.post(f"/visit/{ana.public_id}/times/", {"offer": first.pk}).status_code == 404
    assert Offer.objects.filter(state="open").count() == 2


def test_moving_it_themselves_takes_the_offer_back(client: Client, ana: Appointment, sam: actions.By) -> None:
    offer(ana, sam)
    address = opened(client, ana)
    assert "Move to another time" in words(client.get(address).content)
    client.post(f"{address}move/{START + timedelta(days=2):%Y%m%dT%H%MZ}/")
    assert not Offer.objects.filter(state="open").exists()
    assert "Please choose another time" not in words(client.get(address).content)
