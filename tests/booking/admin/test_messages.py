"""The messages and sending one again."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models.functions import Now
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from booking import actions, outbox, when
from booking.models import Appointment, Message
from tests.booking.admin.conftest import signed_in
from tests.booking.admin.pages import cells, flashes, links, text
from tests.booking.factories import NOW, START, later, make_appointment

URL = "/admin/booking/message/"

REFUSED = "The mail server refused it (550). The address may be wrong: please phone Ana Diaz, (310) 555-0123."

# session, user, his permissions (two), the facts, count, rows, and the note of who has read it
QUERIES = 8


@pytest.fixture
def failed(request_of_ana: Appointment) -> Message:
    Message.objects.filter(kind="received").update(state="failed", reason="SMTPRecipientsRefused 550", attempts=3)
    return Message.objects.get(kind="received")


def resend(message: Message) -> str:
    return f"{URL}{message.pk}/resend/"


def test_the_list(desk: Client, failed: Message) -> None:
    written = "Mon, Nov 30, 8:00 AM"
    code = failed.appointment.reference
    assert cells(desk.get(URL)) == [
        ["waiting", "staff: new request", "desk@example.test", code, "-", "0", written, "-"],
        ["failed", "request received", "ana@example.test", code, REFUSED, "3", written, "-"],
    ]
    assert [row[1] for row in cells(desk.get(URL, {"state__exact": "failed"}))] == ["request received"]
    assert [row[1] for row in cells(desk.get(URL, {"kind__exact": "declined"}))] == []


def test_what_waits_for_a_change_of_mind_says_when_it_goes(
    sam: User, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    messages = Message.objects.filter(kind="received")
    messages.update(ready_at=Now() + timedelta(minutes=3), due_at=Now() + timedelta(minutes=3))
    clock.move_to(messages.get().ready_at)  # the page and the database mean one day
    desk, goes = signed_in(sam), f"goes out at {when.plain(when.clock(messages.get().ready_at))}"
    visit = f"/admin/booking/appointment/{request_of_ana.pk}/change/"
    assert [row[-1] for row in cells(desk.get(URL))] == ["-", goes]
    assert f"Request received waiting {goes} Staff: new request waiting The" in text(desk.get(visit))
    clock.move_to(messages.get().ready_at - timedelta(days=2))
    assert "goes out on " in text(signed_in(sam).get(visit))
    messages.update(ready_at=Now())
    assert "goes out" not in text(signed_in(sam).get(visit)) + text(desk.get(URL))


@pytest.mark.parametrize("visits", [1, 3])
def test_queries_do_not_grow_with_the_rows(
    desk: Client, request_of_ana: Appointment, visits: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, visits):
        make_appointment(starts_at=later(START, days=day))
    with django_assert_num_queries(QUERIES):
        desk.get(URL)


def settle(message: Message, state: str) -> None:
    changes = {"sent_at": NOW} if state == Message.State.SENT else {}
    Message.objects.filter(pk=message.pk).update(state=state, **changes)
    message.refresh_from_db()


@pytest.mark.parametrize("state", ["failed", "suppressed", "sent"])
def test_what_is_at_rest_has_the_button(desk: Client, failed: Message, state: str) -> None:
    settle(failed, state)

    assert links(desk.get(f"{URL}{failed.pk}/change/"), "resend") == [resend(failed)]


def test_what_is_on_its_way_has_no_button(desk: Client, failed: Message) -> None:
    waiting = Message.objects.get(kind="staff_new_request")

    assert links(desk.get(f"{URL}{waiting.pk}/change/"), "resend") == []


def test_who_may_only_see_gets_no_button(reader: Client, failed: Message) -> None:
    assert links(reader.get(f"{URL}{failed.pk}/change/"), "resend") == []


def test_get_says_to_whom_and_changes_nothing(desk: Client, failed: Message) -> None:
    before = list(Message.objects.order_by("pk").values())
    assert "It is sent to ana@example.test as soon as the mail server takes it." in text(desk.get(resend(failed)))
    assert "twice" not in text(desk.get(resend(failed)))
    assert list(Message.objects.order_by("pk").values()) == before


def test_what_has_gone_goes_a_second_time(desk: Client, failed: Message) -> None:
    settle(failed, Message.State.SENT)
    told = "It has been sent before, on Monday, November 30, 8:00 AM Pacific time, so they get it twice."
    assert told in text(desk.get(resend(failed)))

    desk.post(resend(failed))

    found = Message.objects.filter(kind="received").order_by("pk")
    assert [(row.state, row.occasion) for row in found] == [("sent", ""), ("queued", "~2")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_no_longer_holds_is_not_sent(desk: Client, failed: Message, method: str) -> None:
    actions.cancel(appointment=failed.appointment, by=actions.PATIENT, now=NOW)
    before = list(Message.objects.order_by("pk").values())

    response = getattr(desk, method)(resend(failed))

    told = "This message no longer holds, so it can't be sent: The visit was cancelled by then. Nothing was changed."
    assert flashes(response) == [("error", told)]
    assert list(Message.objects.order_by("pk").values()) == before
    assert links(desk.get(f"{URL}{failed.pk}/change/"), "resend") == []


def test_post_puts_it_back_and_nudges_after_the_commit(
    desk: Client,
    failed: Message,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    nudges: list[bool] = []
    monkeypatch.setattr(outbox, "nudge", lambda: nudges.append(True))
    with django_capture_on_commit_callbacks(execute=True):
        response = desk.post(resend(failed))
    assert flashes(response) == [("success", "It is in the queue again.")]
    failed.refresh_from_db()
    assert (failed.state, failed.reason, failed.attempts) == ("queued", "", 0)
    assert nudges == [True]


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_second_who_presses_is_told(desk: Client, failed: Message, method: str) -> None:
    desk.post(resend(failed))
    before = list(Message.objects.order_by("pk").values())
    response = getattr(desk, method)(resend(failed))
    assert ("error", "This message is on its way. Nothing was changed.") in flashes(response)
    assert list(Message.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may(client: Client, outsider: Client, reader: Client, failed: Message, method: str) -> None:
    assert getattr(client, method)(resend(failed)).status_code == 302
    assert getattr(outsider, method)(resend(failed)).status_code == 403
    assert getattr(reader, method)(resend(failed)).status_code == 403
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_nothing_to_add_edit_or_delete(chief: Client, failed: Message) -> None:
    assert chief.post(f"{URL}{failed.pk}/change/", {"state": "sent"}).status_code == 403
    assert chief.post(f"{URL}{failed.pk}/delete/", {"post": "yes"}).status_code == 403
    assert chief.get(f"{URL}add/").status_code == 403
    failed.refresh_from_db()
    assert failed.state == "failed"
