"""Staff offer other times: ticking them, what will happen, holding them, and taking them back."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.models import Appointment, Hold, Kind, Message, Offer, Status, Verb
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import between, flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician

NOON, ONE, NEXT_DAY = "20261202T2000Z", "20261202T2100Z", "20261203T1800Z"


def url(appointment: Appointment, page: str = "") -> str:
    return f"/admin/booking/appointment/{appointment.pk}/offer/{page}"


def boxes(response: Any, *, checked: bool = False) -> list[str]:
    content = response.content.decode()
    inputs = re.findall(r'name="at" value="(\w+)"( checked)?', content)
    return [value for value, is_checked in inputs if is_checked or not checked]


def offer(desk: Client, appointment: Appointment, *values: str, **more: str) -> Any:
    return desk.post(url(appointment, "check/"), {"at": values or [NOON, NEXT_DAY], "until": "2026-12-01", **more})


def test_what_is_free_can_be_ticked_where_it_leaves_time_to_answer(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.get(url(request_of_ana))
    assert "Monday, November 30 – Friday, December 4, 2026" in text(response)
    found = boxes(response)
    assert found[0] == "20261130T1900Z"  # three hours from now
    assert NOON in found
    assert "20261202T1800Z" not in found  # the one it has
    assert "selected>Wednesday, December 2, 8:00" in response.content.decode()  # the second working day


def test_ticks_are_carried_from_week_to_week(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.get(
        url(request_of_ana), {"at": [NOON, NEXT_DAY, "nonsense"], "week": "2026-W51", "until": "2026-12-04"}
    )
    assert between(response, "Ticked besides", "The patient may answer until") == (
        "Wednesday, December 2, 12:00 PM Pacific time Thursday, December 3, 10:00 AM Pacific time"
    )
    assert boxes(response, checked=True) == [NOON, NEXT_DAY]
    assert "selected>Friday, December 4" in response.content.decode()
    response = desk.get(url(request_of_ana), {"at": [NOON, NEXT_DAY]})
    assert boxes(response, checked=True) == [NOON, NEXT_DAY]
    assert "Ticked besides" not in text(response)


def test_enter_shows_the_week_typed_and_goes_on_from_a_tick(desk: Client, request_of_ana: Appointment) -> None:
    pressed = {"at": [NOON], "until": "2026-12-04", "enter": "2026-W49"}
    typed = desk.get(url(request_of_ana), {**pressed, "day": "2026-12-09"})
    assert "Monday, December 7 – Friday, December 11, 2026" in text(typed)
    assert boxes(typed, checked=True) == [NOON]
    ticked = desk.get(url(request_of_ana), {**pressed, "day": "2026-11-30"}, follow=True)
    assert "Offer these times?" in text(ticked)
    assert "To answer until Tuesday, December 1" not in text(ticked)
    assert "Tick at least" not in text(desk.get(url(request_of_ana), {"enter": "2026-W49", "day": "2026-11-30"}))


def test_after_what_was_wrong_another_week_is_shown_all_the_same(desk: Client, request_of_ana: Appointment) -> None:
    wrong = desk.get(url(request_of_ana, "check/"), {"at": []})
    assert f'<form method="get" action="{url(request_of_ana)}"' in wrong.content.decode()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "Tick at least one time."),
        (
            [f"2026120{day}T{hour}00Z" for day in (2, 3) for hour in (19, 20, 21, 22)],
            "Tick at most 6 times; you have ticked 8.",
        ),
    ],
)
def test_too_few_or_too_many_are_told_with_the_ticks_kept(
    desk: Client, request_of_ana: Appointment, values: list[str], told: str
) -> None:
    response = desk.get(url(request_of_ana, "check/"), {"at": values})
    assert response.status_code == 200
    assert told in text(response)
    assert boxes(response, checked=True) == values


def test_what_will_happen_is_said_before_and_done_after(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    response = desk.get(url(request_of_ana, "check/"), {"at": [NOON, NEXT_DAY], "until": "2026-12-01"})
    assert between(response, "Offered instead", "What will happen") == (
        "Wednesday, December 2, 2026, 12:00 PM – 1:00 PM Pacific time"
        " Thursday, December 3, 2026, 10:00 AM – 11:00 AM Pacific time"
        " To answer until Tuesday, December 1, 8:00 PM Pacific time"
    )
    assert (
        "that we can’t offer Wednesday, December 2, 10:00 AM Pacific time, with these times, each held for them,"
        " and the link to choose one or say that none suits, by Tuesday, December 1, 8:00 PM Pacific time."
    ) in text(response)
    assert not Offer.objects.exists()

    response = offer(desk, request_of_ana)

    told = "2 times are offered until Tuesday, December 1, 8:00 PM Pacific time. Ana Diaz will get an e-mail."
    assert flashes(response)[0][1].startswith(told)
    assert Offer.objects.count() == 2
    assert Hold.objects.exclude(offer=None).count() == 2
    page = desk.get(f"/admin/booking/appointment/{request_of_ana.pk}/change/")
    assert "times offered, answer by Dec 1, 8:00 PM" in text(page)
    assert (
        "other times offered by Sam Lee: Wed, Dec 2, 12:00 PM; Thu, Dec 3, 10:00 AM; answer by Dec 1, 8:00 PM"
    ) in text(page)


def test_it_ends_where_a_later_answer_would_be_of_no_use(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.get(url(request_of_ana, "check/"), {"at": ["20261201T2000Z"], "until": "2026-12-04"})
    assert "To answer until Tuesday, December 1, 10:00 AM Pacific time Later it would be of no use" in text(response)


def test_what_is_gone_is_named_and_the_other_ticks_stay(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=START + timedelta(hours=2), name="Ben")
    for response in (
        desk.get(url(request_of_ana, "check/"), {"at": [NOON, NEXT_DAY]}),
        offer(desk, request_of_ana),
    ):
        assert response.status_code == 409
        assert "No longer free: Wed, Dec 2, 12:00 PM. Nothing was offered yet; your other ticks are kept." in text(
            response
        )
        assert boxes(response, checked=True) == [NEXT_DAY]
    assert not Offer.objects.exists()


def test_times_that_overlap_are_told_apart_from_those_that_are_gone(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.get(url(request_of_ana, "check/"), {"at": [NOON, "20261202T2030Z"]})
    assert "or with the one that the visit has: Wed, Dec 2, 12:30 PM." in text(response)
    own = desk.get(url(request_of_ana, "check/"), {"at": ["20261202T1830Z"]})  # its own hour stays held
    assert "or with the one that the visit has: Wed, Dec 2, 10:30 AM." in text(own)
    assert "20261202T1830Z" not in boxes(desk.get(url(request_of_ana)))
    make_clinician("Dr. Other")
    assert desk.get(url(request_of_ana, "check/"), {"at": [NOON, "20261202T2030Z"]}).status_code == 200


def test_the_patients_other_visits_are_shown(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    make_clinician("Dr. Other")
    other = make_appointment(starts_at=START + timedelta(hours=2))
    Appointment.objects.filter(pk=other.pk).update(patient=request_of_ana.patient)
    response = desk.get(url(request_of_ana, "check/"), {"at": [NOON]})
    assert "It overlaps with another visit of this patient: First visit, Wed, Dec 2, 12:00 PM." in text(response)


def test_who_comes_second_is_told(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    shown = str(request_of_ana.events.latest("pk").pk)
    offer(desk, request_of_ana, seen=shown)
    told = flashes(offer(desk, request_of_ana, seen=shown))[-1][1]
    assert told.startswith("Something happened meanwhile, at 8:00 AM: other times offered by Sam Lee")
    assert Offer.objects.count() == 2


def test_the_record_and_the_visit_say_so_too(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    grant(sam, "view_patient")
    page = f"/admin/booking/patient/{request_of_ana.patient_id}/change/"
    assert "times offered" not in text(desk.get(page))
    offer(desk, request_of_ana, NOON, NEXT_DAY, until="2026-12-01")
    assert "requested times offered, answer by" in text(desk.get(page))


def test_a_newer_offer_says_what_it_replaces(desk: Client, request_of_ana: Appointment) -> None:
    offer(desk, request_of_ana)
    assert "2 times are offered to them until Tuesday, December 1, 8:00 PM" in text(desk.get(url(request_of_ana)))
    check = desk.get(url(request_of_ana, "check/"), {"at": [NOON]})
    assert "What was offered to them before is withdrawn." in text(check)
    offer(desk, request_of_ana, ONE)
    assert Offer.objects.filter(state="open").count() == 1


def test_withdrawn_after_a_second_look(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    offer(desk, request_of_ana)
    page = f"/admin/booking/appointment/{request_of_ana.pk}/withdraw/"
    assert page in links(desk.get(f"/admin/booking/appointment/{request_of_ana.pk}/change/"), page)
    assert "if the one that offers the times has not gone yet, it does not go." in text(desk.get(page))
    assert flashes(desk.post(page))[-1] == ("success", "The times offered are withdrawn.")
    assert not Offer.objects.filter(state="open").exists()
    for response in (desk.get(page), desk.post(page)):
        assert "the times offered withdrawn by Sam Lee. Nothing was changed" in flashes(response)[-1][1]
    assert request_of_ana.events.filter(verb=Verb.WITHDRAW).count() == 1


@pytest.mark.parametrize("page", ["confirm", "decline", "cancel", "move/20261203T1900Z"])
def test_what_withdraws_them_says_so_before(desk: Client, request_of_ana: Appointment, page: str) -> None:
    told = (
        "Other times are offered to them until Tuesday, December 1, 8:00 PM Pacific time. These are withdrawn with it."
    )
    address = f"/admin/booking/appointment/{request_of_ana.pk}/{page}/"
    assert told not in text(desk.get(address))
    offer(desk, request_of_ana)
    assert told in text(desk.get(address))


def test_the_desk_shows_whose_turn_it_is(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    grant(sam, "view_offer")
    desk = signed_in(sam)
    make_appointment(starts_at=later(START, days=6), name="Ben Old")
    offer(desk, request_of_ana, "20261207T1800Z", "20261207T2000Z", until="2026-12-02")
    page = desk.get("/admin/")
    assert between(page, "Month 1", "request waiting") == ""
    assert between(page, "Offers out", "Appointments") == "Ana Diaz 2 other times until Wed, Dec 2, 10:00 AM"
    shown = between(page, "Requests waiting", "Offers out")
    assert shown.index("Ben Old") < shown.index("Ana Diaz")
    assert "Ana Diaz times offered, answer by Dec 2, 10:00 AM" in shown
    assert links(page, f"/{request_of_ana.pk}/confirm/") == []
    assert "1 patient has an offer to answer" in text(page)


def test_no_answer_brings_it_back(desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller) -> None:
    later_visit = make_appointment(starts_at=later(START, days=5), name="Ben Old")
    offer(desk, later_visit, "20261208T1800Z", until="2026-12-03")
    Message.objects.filter(kind=Kind.OTHER_OFFERED).update(state="sent", sent_at=NOW)
    clock.move_to(later(NOW, days=3, hours=13))  # past the promise, and the sweep has not been by
    shown = text(desk.get("/admin/"))
    assert "waiting 1 hour no answer to the times offered" in shown
    actions.expire_offers(now=later(NOW, days=3, hours=13))
    shown = text(desk.get("/admin/"))
    assert "waiting 1 hour no answer to the times offered" in shown


def test_a_request_for_which_none_suits_says_so_at_once(desk: Client, request_of_ana: Appointment) -> None:
    offer(desk, request_of_ana)
    actions.refuse_times(appointment=request_of_ana, batch=1, by=actions.PATIENT, now=NOW)
    shown = text(desk.get("/admin/"))
    assert "Ana Diaz just now none of the times offered suits" in shown
    assert "1 request waiting" in shown


def primary(response: Any) -> list[str]:
    """The verbs of the links that stand out, of a request."""
    return re.findall(r'class="button ?" href="/admin/booking/appointment/\d+/(\w+)/', response.content.decode())


@pytest.mark.parametrize("answer", ["none suits", "no answer"])
def test_whose_time_was_turned_down_is_offered_others_first(
    desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller, answer: str
) -> None:
    visit, confirm = f"/admin/booking/appointment/{request_of_ana.pk}/change/", "could not be offered"
    check = f"/admin/booking/appointment/{request_of_ana.pk}/confirm/"
    assert primary(desk.get("/admin/")) == primary(desk.get(visit)) == ["confirm"]
    offer(desk, request_of_ana)
    assert primary(desk.get(visit)) == ["confirm"]
    assert confirm not in text(desk.get(check))
    if answer == "none suits":
        actions.refuse_times(appointment=request_of_ana, batch=1, by=actions.PATIENT, now=NOW)
    clock.move_to(later(NOW, days=1, hours=13))
    for page in (desk.get("/admin/"), desk.get(visit)):
        assert primary(page) == ["offer"]
        assert len(links(page, "/offer/")) == len(links(page, "/confirm/")) == 1
    assert f"The patient was told that this time {confirm}." in text(desk.get(check))
    assert confirm not in text(desk.get(f"/admin/booking/appointment/{request_of_ana.pk}/decline/"))


def test_a_time_given_since_was_not_turned_down(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    offer(desk, request_of_ana)
    actions.refuse_times(appointment=request_of_ana, batch=1, by=actions.PATIENT, now=NOW)
    actions.reschedule(
        appointment=request_of_ana, starts_at=later(START, hours=3), by=actions.staff(sam), now=later(NOW, minutes=1)
    )
    assert primary(desk.get("/admin/")) == ["confirm"]


def test_a_confirmed_visit_offered_in_vain_stands_on_the_desk(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    check = desk.get(url(request_of_ana, "check/"), {"at": [NOON]})
    assert "that we have to move the visit of Wednesday, December 2, 10:00 AM" in text(check)
    offer(desk, request_of_ana)
    assert "Offered in vain" not in text(desk.get("/admin/"))
    actions.refuse_times(appointment=request_of_ana, batch=1, by=actions.PATIENT, now=later(NOW, minutes=1))
    clock.move_to(later(NOW, minutes=2))
    page = desk.get("/admin/")
    assert "Offered in vain Ana Diaz Wed, Dec 2, 10:00 AM none of the times offered suits" in text(page)
    assert "none of the times offered suits, said by the patient" in text(page)
    actions.reschedule(
        appointment=request_of_ana, starts_at=later(START, hours=3), by=actions.staff(sam), now=later(NOW, minutes=2)
    )
    assert "Offered in vain" not in text(desk.get("/admin/"))


@pytest.mark.parametrize("page", ["", "check/"])
def test_what_is_over_or_too_near_is_not_offered(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller, page: str
) -> None:
    clock.move_to(later(START, minutes=-59))
    assert "begins too soon for the patient to answer by link" in flashes(desk.get(url(request_of_ana, page)))[-1][1]
    clock.move_to(later(START, minutes=1))
    assert "The time of this visit has passed." in flashes(desk.get(url(request_of_ana, page)))[-1][1]
    actions.cancel(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    assert flashes(desk.get(url(request_of_ana, page)))[-1][1].startswith("Already cancelled by Sam Lee")


def test_who_may(client: Client, outsider: Client, reader: Client, request_of_ana: Appointment) -> None:
    assert client.get(url(request_of_ana)).status_code == 302
    for person in (outsider, reader):
        assert person.get(url(request_of_ana)).status_code == 403
        assert offer(person, request_of_ana).status_code == 403
    assert not Offer.objects.exists()
    assert links(reader.get(f"/admin/booking/appointment/{request_of_ana.pk}/change/"), "/offer/") == []
    assert Appointment.objects.get().status == Status.REQUESTED
