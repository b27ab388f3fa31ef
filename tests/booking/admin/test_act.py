"""The buttons: a page that says what will happen, and the POST that does it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.actions import answers
from booking.admin import steps
from booking.admin.steps import STEPS
from booking.models import MOVES, Appointment, AppointmentEvent, DeclineReason, Hold, Message, Verb
from booking.transactions import Busy
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import between, flashes, links, text
from tests.booking.factories import NOW, START, make_appointment, make_staff


def url(appointment: Appointment, verb: str) -> str:
    return f"/admin/booking/appointment/{appointment.pk}/{verb}/"


def detail(appointment: Appointment) -> str:
    return reverse("admin:booking_appointment_change", args=[appointment.pk])


def everything() -> list[object]:
    tables = (Appointment, AppointmentEvent, Hold, Message, LogEntry)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (
            "confirm",
            (
                "The visit is agreed. Its time stays held."
                " Ana Diaz will get an e-mail at ana@example.test"
                " that the visit is confirmed, with an entry for their calendar."
            ),
        ),
        (
            "decline",
            (
                "Its time is free for others at once. This can’t be taken back."
                " Ana Diaz will get an e-mail at ana@example.test"
                " that we can’t offer this visit, and why."
                " Why, and what the patient reads "
                + " ".join(f"{reason.label.capitalize()} {reason.told}" for reason in DeclineReason)
            ),
        ),
        (
            "cancel",
            (
                "Its time is free for others at once. This can’t be taken back."
                " Ana Diaz will get an e-mail at ana@example.test"
                " that we have cancelled the visit they asked for."
                " This is a request. If we can’t offer it, decline it instead: the patient then reads why."
                " The patient asked us to: they read that it is done as they asked"
                " Send the patient no message: they know already, or are told in another way"
            ),
        ),
    ],
)
def test_the_page_says_what_will_happen(desk: Client, request_of_ana: Appointment, verb: str, told: str) -> None:
    before = everything()
    response = desk.get(url(request_of_ana, verb))
    assert between(response, "What will happen", "Back, change nothing") == told
    assert everything() == before


@pytest.mark.parametrize("verb", ["complete", "miss"])
def test_after_the_start_the_page_says_that_no_message_goes_out(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller, verb: str
) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    clock.move_to(START)
    before = everything()
    response = desk.get(url(request_of_ana, verb))
    told = "The visit is closed. Should this turn out to be a slip, the other can be noted on its page."
    told = f"{told} The patient gets no message."
    assert between(response, "What will happen", "Back, change nothing") == told
    assert everything() == before


def test_who_asked_to_be_called_is_called(desk: Client, clock: time_machine.Traveller) -> None:
    appointment = make_appointment(contact_by="phone")
    response = desk.get(url(appointment, "confirm"))
    told = between(response, "their calendar.", "Back, change nothing")
    assert told == "They asked to be called: (310) 555-0123 . Leave no voicemail.".replace(" .", ".")


@pytest.mark.parametrize(
    ("verb", "status", "flash", "messages"),
    [
        ("confirm", "confirmed", "Confirmed. Ana Diaz will get an e-mail.", ["confirmed"]),
        ("decline", "declined", "Declined. Ana Diaz will get an e-mail.", ["declined"]),
        ("cancel", "cancelled", "Cancelled. Ana Diaz will get an e-mail.", ["cancelled_by_practice"]),
    ],
)
def test_post_does_it(
    desk: Client,
    sam: User,
    request_of_ana: Appointment,
    verb: str,
    status: str,
    flash: str,
    messages: list[str],
) -> None:
    response = desk.post(url(request_of_ana, verb), {"reason": "time"})
    assert (response.status_code, response["Location"]) == (302, detail(request_of_ana))
    assert flashes(response) == [("success", flash)]
    assert Appointment.objects.get().status == status
    last = AppointmentEvent.objects.latest("pk")
    assert (last.verb, last.by, last.user, last.at) == (verb, "staff", sam, NOW)
    written = Message.objects.exclude(kind__in=["received", "staff_new_request"])
    assert [message.kind for message in written] == messages
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, entry.change_message) == (
        sam,
        str(request_of_ana.pk),
        str(STEPS[Verb(verb)].done),
    )


@pytest.mark.parametrize(
    ("verb", "status", "flash"),
    [
        ("complete", "completed", "Noted: the visit took place."),
        ("miss", "no_show", "Noted: the patient did not come."),
    ],
)
def test_after_the_visit(
    desk: Client,
    sam: User,
    request_of_ana: Appointment,
    clock: time_machine.Traveller,
    verb: str,
    status: str,
    flash: str,
) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    clock.move_to(START)
    assert flashes(desk.post(url(request_of_ana, verb))) == [("success", flash)]
    assert Appointment.objects.get().status == status


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", ["complete", "miss"])
def test_not_before_the_visit_has_begun(
    desk: Client, sam: User, request_of_ana: Appointment, method: str, verb: str
) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    before = everything()
    response = getattr(desk, method)(url(request_of_ana, verb))
    assert response["Location"] == detail(request_of_ana)
    assert flashes(response) == [("error", "The visit has not begun yet. Nothing was changed.")]
    assert everything() == before


def test_after_an_answer_the_longest_waiting_request_is_offered(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=START + timedelta(hours=2), now=NOW - timedelta(hours=1))
    oldest = make_appointment(starts_at=START + timedelta(hours=4), now=NOW - timedelta(hours=9))
    response = desk.post(url(request_of_ana, "confirm"))
    assert flashes(response) == [("success", "Confirmed. Ana Diaz will get an e-mail. Next waiting request")]
    assert links(desk.get(detail(request_of_ana)), detail(oldest)) == [detail(oldest)]


def test_a_name_is_text_in_the_flash(desk: Client, clock: time_machine.Traveller) -> None:
    appointment = make_appointment(name="<b>Ana</b>")
    make_appointment(starts_at=START + timedelta(hours=2))
    desk.post(url(appointment, "confirm"))
    page = desk.get(detail(appointment)).content.decode()
    assert "<b>Ana</b>" not in page
    assert "&lt;b&gt;Ana&lt;/b&gt; will get an e-mail." in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("done", "tried", "told"),
    [
        (actions.decline, "confirm", "Already declined by Sam Lee at 8:00 AM. Nothing was changed."),
        (actions.confirm, "decline", "Already confirmed by Sam Lee at 8:00 AM. Nothing was changed."),
        (actions.cancel, "confirm", "Already cancelled by Sam Lee at 8:00 AM. Nothing was changed."),
    ],
)
def test_who_comes_second_is_told_what_has_happened(
    request_of_ana: Appointment, sam: User, method: str, done: steps.Act, tried: str, told: str
) -> None:
    second = make_staff("kim", "Kim", "Roe")
    grant(second, "change_appointment")
    done(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    before = everything()
    response = getattr(signed_in(second), method)(url(request_of_ana, tried), {"reason": "time"})
    assert response["Location"] == detail(request_of_ana)
    assert flashes(response) == [("error", told)]
    assert everything() == before


def test_the_patient_was_first_and_yesterday(
    desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    actions.cancel(appointment=request_of_ana, by=actions.PATIENT, now=NOW)
    clock.shift(timedelta(days=1))
    told = "Already cancelled by the patient at Nov 30, 8:00 AM. Nothing was changed."
    assert flashes(desk.post(url(request_of_ana, "confirm"))) == [("error", told)]


def test_a_request_can_t_have_taken_place(
    desk: Client, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(START)
    told = "This is still a request: confirm it first. Nothing was changed."
    assert flashes(desk.post(url(request_of_ana, "complete"))) == [("error", told)]


@pytest.mark.django_db(transaction=True)
def test_two_press_at_once() -> None:
    appointment = make_appointment()
    people = {"Sam Lee": make_staff(), "Kim Roe": make_staff("kim", "Kim", "Roe")}
    for person in people.values():
        grant(person, "change_appointment")
    clients = [signed_in(person) for person in people.values()]
    together = Barrier(2)

    def press(client: Client, verb: str) -> Any:
        together.wait()
        try:
            return client.post(url(appointment, verb), {"reason": "time"})
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        responses = list(pool.map(press, clients, ["confirm", "decline"]))
    last = AppointmentEvent.objects.latest("pk")
    assert last.user is not None
    winner, word = last.user.get_full_name(), {"confirm": "confirmed", "decline": "declined"}[last.verb]
    levels = dict(zip(people, (flashes(response)[0] for response in responses), strict=True))
    loser = next(name for name in people if name != winner)
    assert levels[winner] == ("success", f"{word.capitalize()}. Ana Diaz will get an e-mail.")
    assert levels[loser][0] == "error"
    assert levels[loser][1].startswith(f"Already {word} by {winner} at ")
    assert list(AppointmentEvent.objects.order_by("pk").values_list("verb", flat=True)) == ["request", last.verb]


def test_a_busy_database_asks_to_press_again(
    desk: Client, request_of_ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(attempt: Callable[[], object], *, tells: bool) -> object:
        raise Busy

    monkeypatch.setattr(answers, "in_transaction", busy)
    response = desk.post(url(request_of_ana, "confirm"))
    told = "Many people are booking at this moment. Nothing was changed; please press again."
    assert flashes(response) == [("error", told)]
    assert Appointment.objects.get().status == "requested"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("verb", list(STEPS))
def test_who_may(
    client: Client, outsider: Client, reader: Client, request_of_ana: Appointment, method: str, verb: str
) -> None:
    before = everything()
    address = url(request_of_ana, verb)
    assert getattr(client, method)(address)["Location"] == f"/admin/login/?next={address}"
    assert getattr(outsider, method)(address).status_code == 403
    assert getattr(reader, method)(address).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("verb", ["request", "requested", "conf", "CONFIRM"])
def test_an_unknown_verb_is_not_a_page(desk: Client, request_of_ana: Appointment, verb: str) -> None:
    response = desk.post(url(request_of_ana, verb))
    assert response["Location"] in ("/admin/", url(request_of_ana, verb) + "change/")
    assert Appointment.objects.get().status == "requested"


def test_an_appointment_that_is_not_there(desk: Client, db: None) -> None:
    assert desk.get("/admin/booking/appointment/1/confirm/").status_code == 404
    assert desk.get(f"/admin/booking/appointment/{10**30}/confirm/").status_code == 404


def test_without_the_token_nothing_happens(sam: User, request_of_ana: Appointment) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(sam)
    assert client.post(url(request_of_ana, "confirm")).status_code == 403
    assert Appointment.objects.get().status == "requested"


def seen(appointment: Appointment) -> dict[str, str]:
    """What the page of a button posts along: the newest event that it knew of."""
    return {"seen": str(appointment.events.latest("pk").pk)}


def test_what_has_changed_since_the_page_was_shown_is_not_decided_about(
    desk: Client, request_of_ana: Appointment
) -> None:
    shown = seen(request_of_ana)
    actions.reschedule(appointment=request_of_ana, starts_at=START + timedelta(hours=2), by=actions.PATIENT, now=NOW)
    told = (
        "Something happened meanwhile, at 8:00 AM: moved by the patient, from Wed, Dec 2, 10:00 AM to"
        " Wed, Dec 2, 12:00 PM. Nothing was changed; please look again."
    )
    assert flashes(desk.post(url(request_of_ana, "confirm"), shown)) == [("error", told)]
    assert Appointment.objects.get().status == "requested"
    assert flashes(desk.post(url(request_of_ana, "confirm"), seen(request_of_ana)))[-1][0] == "success"


@pytest.mark.parametrize(
    ("verb", "version", "flash"),
    [
        ("link", 1, "The link goes out again. Ana Diaz will get an e-mail."),
        ("revoke", 2, "Older links are closed. Ana Diaz will get an e-mail."),
    ],
)
def test_links_are_sent_and_closed_once_however_many_press(
    desk: Client, request_of_ana: Appointment, verb: str, version: int, flash: str
) -> None:
    shown = seen(request_of_ana)
    assert flashes(desk.post(url(request_of_ana, verb), shown)) == [("success", flash)]
    assert flashes(desk.post(url(request_of_ana, verb), shown))[-1][0] == "error"
    assert Appointment.objects.get().link_version == version
    assert Message.objects.filter(kind="fresh_link").count() == 1


def test_who_came_from_the_desk_goes_back_there(desk: Client, request_of_ana: Appointment) -> None:
    asked = desk.get(url(request_of_ana, "confirm"), {"then": "desk"})
    assert links(asked, "/admin/")[-1] == "/admin/"
    assert '<input type="hidden" name="then" value="desk">' in asked.content.decode()
    answer = desk.post(url(request_of_ana, "confirm"), {"then": "desk"})
    assert answer["Location"] == "/admin/"
    assert flashes(answer) == [("success", "Confirmed. Ana Diaz will get an e-mail.")]


@pytest.mark.parametrize("then", ["https://elsewhere.test/", "//elsewhere.test", "index", ""])
def test_nobody_is_sent_elsewhere(desk: Client, request_of_ana: Appointment, then: str) -> None:
    answer = desk.post(url(request_of_ana, "confirm"), {"then": then})
    assert answer["Location"] == detail(request_of_ana)


@pytest.mark.parametrize(
    ("first", "then", "says"),
    [
        ("complete", "miss", "It is noted that this visit took place. That is put right; the history keeps both."),
        ("miss", "complete", "It is noted that the patient did not come. That is put right; the history keeps both."),
    ],
)
def test_a_slip_is_put_right_on_the_visits_page(
    desk: Client,
    sam: User,
    request_of_ana: Appointment,
    clock: time_machine.Traveller,
    first: str,
    then: str,
    says: str,
) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    clock.move_to(START)
    desk.post(url(request_of_ana, first))
    assert links(desk.get(url(request_of_ana, "change")), f"/{then}/") == [url(request_of_ana, then)]
    assert says in text(desk.get(url(request_of_ana, then)))
    desk.post(url(request_of_ana, then))
    assert list(request_of_ana.events.order_by("-pk").values_list("verb", flat=True)[:2]) == [then, first]
    request_of_ana.refresh_from_db()
    assert request_of_ana.status == MOVES[Verb(then)][1]
