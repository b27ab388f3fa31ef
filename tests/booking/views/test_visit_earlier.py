from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.models import Appointment, EarlierRequest, Hold, Offer, Resource, Verb, VisitType
from booking.slots import Span
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.views.own_page import held_offer, opened, words

THEN = later(START, days=7)
OFFERED = later(START, hours=2, minutes=30)


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    visit = make_appointment(first_visit, starts_at=THEN)
    return actions.confirm(appointment=visit, by=actions.staff(make_staff()), now=NOW)


def asks(appointment: Appointment) -> bool:
    return EarlierRequest.objects.filter(appointment=appointment, ended_at=None).exists()


def test_asking_and_stopping_take_a_press(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)
    page = words(client.get(f"{address}earlier/").content)
    assert "hold the time for you for 4 hours. Nights (8&nbsp;PM–8&nbsp;AM) don’t count." in page
    client.post(f"{address}earlier/", {"choice": "anything else"})
    assert not asks(ana)

    for _ in range(2):
        assert client.post(f"{address}earlier/", {"choice": "ask"})["Location"] == address
    assert asks(ana)
    assert "You have asked for an earlier time" in words(client.get(f"{address}earlier/").content)

    for _ in range(2):
        client.post(f"{address}earlier/", {"choice": "stop"})
    assert not asks(ana)
    verbs = ana.events.order_by("pk").values_list("verb", flat=True)
    assert list(verbs)[-2:] == [Verb.EARLIER, Verb.NO_EARLIER]


def test_what_is_free_already_is_shown_first(client: Client, ana: Appointment) -> None:
    """The earliest time that they may move to themselves, before they wait for one."""
    address = opened(client, ana)

    response = client.get(f"{address}earlier/")

    page = words(response.content)
    assert "An earlier time is free now Tuesday, December 1, 2026 9:00 AM Pacific time Move to this time" in page
    assert page.index("Move to this time") < page.index("Yes, offer me earlier times")
    assert f'href="{address}move/20261201T1700Z/"' in response.content.decode()
    assert "Move from Wed, Dec 9" in words(client.get(f"{address}move/20261201T1700Z/").content)


def test_where_nothing_sooner_is_free_they_can_only_wait(client: Client, ana: Appointment) -> None:
    """Their own hour does not count, nor does what is free after it."""
    actions.block_time(resource=Resource.objects.get(), span=Span(NOW, THEN), reason="Away")

    page = words(client.get(f"{opened(client, ana)}earlier/").content)

    assert "is free now" not in page
    assert "Yes, offer me earlier times" in page


def test_the_offer_shows_both_times_and_until_when(client: Client, ana: Appointment) -> None:
    held_offer(ana)
    address = opened(client, ana)

    page = words(client.get(f"{address}offer/").content)

    assert "It is held for you until 12:00 PM Pacific time today." in page
    assert "Your time now Wednesday, December 9, 2026 10:00 AM – 11:00 AM Pacific time" in page
    assert "The earlier time Wednesday, December 2, 2026 12:30 PM – 1:30 PM Pacific time" in page
    assert "only by calling us" not in page


def test_an_offer_within_the_cut_off_says_that_it_can_be_changed_by_calling_only(
    client: Client, ana: Appointment
) -> None:
    VisitType.objects.update(cutoff_hours=60)
    held_offer(ana)

    page = words(client.get(f"{opened(client, ana)}offer/").content)

    assert "once you have taken it, it can be moved or cancelled only by calling us." in page


def test_taking_moves_the_visit_once(client: Client, ana: Appointment) -> None:
    offer = held_offer(ana)
    address = opened(client, ana)

    for _ in range(2):
        response = client.post(f"{address}offer/", {"choice": "take", "offer": offer.pk})
        assert response["Location"] == address

    ana.refresh_from_db()
    assert ana.starts_at == OFFERED
    assert not asks(ana)
    assert ana.events.filter(verb=Verb.RESCHEDULE).count() == 1
    page = words(client.get(address).content)
    assert "Done. Your visit has a new time." in page
    assert "held for you" not in page


def test_refusing_keeps_the_time_and_the_place_in_line(client: Client, ana: Appointment) -> None:
    offer = held_offer(ana)
    address = opened(client, ana)

    assert client.post(f"{address}offer/", {"choice": "refuse", "offer": offer.pk})["Location"] == address

    ana.refresh_from_db()
    assert (ana.starts_at, asks(ana)) == (THEN, True)
    assert not Hold.objects.filter(offer=offer).exists()
    page = words(client.get(address).content)
    assert "Done. You keep the time you have." in page
    assert "held for you" not in page


@pytest.mark.parametrize("gone", ["run out", "withdrawn", "refused", "another's"])
def test_an_offer_that_has_gone_says_so_and_changes_nothing(client: Client, ana: Appointment, gone: str) -> None:
    offer = held_offer(ana)
    now = NOW
    if gone == "run out":  # and no sweep has been by
        now = offer.expires_at
    elif gone == "withdrawn":
        actions.stop_asking(appointment=ana, by=actions.PATIENT, now=NOW)
    elif gone == "refused":
        actions.refuse_offer(offer=offer, by=actions.PATIENT, now=NOW)
    else:
        other = make_appointment(ana.visit_type, starts_at=later(START, days=14), name="Bob Ray")
        Offer.objects.filter(pk=offer.pk).update(appointment=other)

    with time_machine.travel(now, tick=False):
        address = opened(client, ana)
        response = client.post(f"{address}offer/", {"choice": "take", "offer": offer.pk})
        shown = client.get(f"{address}offer/")

    for answer in (response, shown):
        assert answer.status_code == 410
        page = words(answer.content)
        assert "No earlier time is held for you now" in page
        assert "Nothing has changed: your visit is on Wednesday, December 9, 10:00 AM Pacific time." in page
    ana.refresh_from_db()
    assert ana.starts_at == THEN


def test_an_offer_that_can_no_longer_be_kept_says_so(client: Client, ana: Appointment) -> None:
    offer = held_offer(ana)
    Resource.objects.update(is_active=False)
    address = opened(client, ana)

    response = client.post(f"{address}offer/", {"choice": "take", "offer": offer.pk})

    assert response.status_code == 410
    assert "the office can’t keep it for you after all" in words(response.content)
    assert "is held for you" not in words(client.get(address).content)
    ana.refresh_from_db()
    assert ana.starts_at == THEN


@pytest.mark.parametrize("number", ["", "x", "-1", "9" * 30, "²"])
def test_an_offer_that_never_was(client: Client, ana: Appointment, number: str) -> None:
    held_offer(ana)
    address = opened(client, ana)

    assert client.post(f"{address}offer/", {"choice": "take", "offer": number}).status_code == 410
    assert Offer.objects.get().state == Offer.State.OPEN


def test_who_asked_may_stop_after_the_cut_off_but_nobody_asks_then(client: Client, ana: Appointment) -> None:
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=NOW)

    with time_machine.travel(THEN - timedelta(hours=23)):
        address = opened(client, ana)
        assert client.get(f"{address}earlier/").status_code == 200
        client.post(f"{address}earlier/", {"choice": "stop"})
        assert not asks(ana)
        client.post(f"{address}earlier/", {"choice": "ask"})
        assert client.get(f"{address}earlier/")["Location"] == address

    assert not asks(ana)
