"""The page on which the manager words messages: preview, save, back, and who may not."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from booking import messages
from booking.models import Kind, Message, MessageText
from booking.models.message_text import TO_PATIENTS, WITHOUT_TIME
from clinic import practice
from clinic.records.models import CHANGES
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import flashes, text
from tests.booking.factories import NOW, make_appointment, make_staff

pytestmark = pytest.mark.django_db
LIST = "/admin/booking/messagetext/"
PAGE = f"{LIST}confirmed/change/"
TYPED = {
    "subject": "See you on {day}",
    "opening": "It was good\r\nto talk.",
    "more": "Ring twice.\r\n\r\n\r\n\r\nThen wait.",
}


@pytest.fixture
def manager(db: None) -> Client:
    user = make_staff("max", "Max", "Roy")
    grant(user, "view_messagetext", "change_messagetext", "view_messagetextchange")
    return signed_in(user)


@pytest.fixture
def looking(db: None) -> Client:
    user = make_staff("kim", "Kim", "Roe")
    grant(user, "view_messagetext")
    return signed_in(user)


def seen() -> str:
    found = MessageText.objects.first()
    return found.changed_at.isoformat() if found and found.changed_at else ""


def save(client: Client, **changes: str) -> Any:
    return client.post(PAGE, {**TYPED, "seen": seen(), "_save": "", **changes})


def test_the_list_names_every_kind_and_whose_words_it_has(manager: Client) -> None:
    save(manager)

    shown = text(manager.get(LIST))

    assert all(kind.label.capitalize()[:8] in shown for kind in TO_PATIENTS)
    assert shown.count("own wording") == 1
    assert shown.count("standard wording") == len(TO_PATIENTS) - 1
    assert "See you on Monday, December 7" in shown
    assert "Max Roy, Nov 30, 8:00 AM" in shown
    assert "staff: " not in shown


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_every_kind_has_a_page_with_the_standard_wording_and_what_is_sent(manager: Client, kind: Kind) -> None:
    make_appointment()

    shown = text(manager.get(f"{LIST}{kind}/change/"))

    assert "Standard wording" in shown
    assert "What is sent now" in shown
    assert "Hello" in shown
    assert "Subject: A message from Dr. Bacchus’s office" in shown
    assert "Ana Diaz" not in shown
    assert ("{day} or {time}" in shown) == (kind not in WITHOUT_TIME)
    assert manager.get(f"{LIST}{kind}/history/").status_code == 200


def test_the_preview_shows_what_is_typed_and_saves_nothing(manager: Client) -> None:
    answer = manager.post(PAGE, {**TYPED, "seen": "", "_preview": ""})

    shown = text(answer)
    assert answer.status_code == 200
    assert "Preview of what you typed" in shown
    assert "Subject: See you on Monday, December 7" in shown
    assert "Hello Ana, It was good to talk. State: confirmed When: Monday, December 7, 2026, 10:00 AM" in shown
    assert b"<p>Ring twice.</p>\n\n<p>Then wait.</p>" in answer.content
    assert "There is news for you." in shown
    assert not MessageText.objects.exists()


def test_enter_in_a_field_is_the_preview(manager: Client) -> None:
    page = manager.get(PAGE).content.decode()

    assert page.index('name="_preview"') < page.index('name="_save"')


def test_saved_words_are_sent_logged_and_kept(manager: Client) -> None:
    answer = save(manager)

    assert flashes(answer) == [("success", "Saved. It holds for every message that has not gone yet.")]
    row = MessageText.objects.get()
    assert (row.kind, row.opening, row.more) == ("confirmed", "It was good to talk.", "Ring twice.\n\nThen wait.")
    assert (str(row.changed_by), row.changed_at) == ("max", NOW)
    assert LogEntry.objects.get().object_id == "confirmed"
    [change] = CHANGES[MessageText]._default_manager.values("pgh_label", "subject", "pgh_context")
    assert (change["pgh_label"], change["subject"]) == ("insert", "See you on {day}")
    assert change["pgh_context"]["why"] == "admin:booking_messagetext_change"
    message = Message(appointment=make_appointment(), kind=Kind.CONFIRMED, version=1)
    letter = messages.build(message, practice=practice.current(), now=NOW)
    assert letter.mail.subject == "See you on Wednesday, December 2"


def test_the_page_tells_every_change(manager: Client, looking: Client) -> None:
    save(manager)
    save(manager, subject="Until {day}")

    shown = text(manager.get(PAGE))

    assert "Wording of a message changed" in shown
    assert "before: See you on {day} → after: Until {day}" in shown
    assert "Every change" not in text(looking.get(PAGE))


def test_back_to_the_standard_wording(manager: Client) -> None:
    save(manager)

    answer = manager.post(PAGE, {"seen": seen(), "_standard": ""})

    assert flashes(answer)[-1][1].startswith("Back to the standard wording.")
    assert not MessageText.objects.get().is_own
    assert "Back to the standard wording" not in text(manager.get(PAGE)).partition("×")[0].partition("What is sent")[2]
    assert [row["pgh_label"] for row in CHANGES[MessageText]._default_manager.order_by("pgh_id").values()] == [
        "insert",
        "update",
    ]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("subject", "Your ketamine visit", "Please leave out “ketamine”."),
        ("opening", "Your treatment is near.", "Please leave out “treatment”."),
        ("more", "See www.example.test", "“www.example.test” reads like a link or an address."),
        ("more", "On {date}", "“{date}” can’t be filled in. What can be: {day}, {time}."),
        ("subject", "Hello\r\nBcc: x@example.test", "characters"),
        ("subject", "x" * 81, "at most 80 characters"),
        ("opening", "x" * 301, "at most 300 characters"),
        ("more", "x" * 601, "at most 600 characters"),
        ("opening", "{{ practice.phone }}", "“{{ practice.phone }}” can’t be filled in."),
        ("opening", "{0.__class__}", "“{0.__class__}” can’t be filled in."),
    ],
)
@pytest.mark.parametrize("button", ["_save", "_preview"])
def test_what_may_not_be_sent_is_refused_beside_its_field(
    manager: Client, field: str, typed: str, said: str, button: str
) -> None:
    answer = manager.post(PAGE, {**TYPED, field: typed, "seen": "", button: ""})

    assert answer.status_code == 200
    assert said in text(answer)
    assert list(answer.context["form"].errors) == [field]
    other = "more" if field == "opening" else "opening"
    assert answer.context["form"][other].value() == TYPED[other], "what was typed stays"
    assert not MessageText.objects.exists()


def test_who_saves_second_is_told_by_whom_and_may_insist(manager: Client, chief: Client) -> None:
    save(manager)

    answer = chief.post(PAGE, {**TYPED, "subject": "Other", "seen": "", "_save": ""})

    assert answer.status_code == 409
    shown = text(answer)
    assert "Changed meanwhile: Max Roy, Nov 30, 8:00 AM. Nothing was saved. Press again to replace it." in shown
    assert "The words that stand there now: Subject See you on {day}" in shown
    assert MessageText.objects.get().subject == "See you on {day}"
    again = chief.post(PAGE, {**TYPED, "subject": "Other", "seen": answer.context["seen"], "_save": ""})
    assert again.status_code == 302
    assert MessageText.objects.get().subject == "Other"


@pytest.mark.parametrize("given", ["nothing", "9999-99-99T99:99", "\x00", "2026-11-30T16:00:00"])
def test_a_made_up_time_saves_nothing(manager: Client, given: str) -> None:
    save(manager)

    assert manager.post(PAGE, {**TYPED, "subject": "Other", "seen": given, "_save": ""}).status_code == 409
    assert MessageText.objects.get().subject == "See you on {day}"


def test_who_may_only_look_changes_nothing(looking: Client, outsider: Client) -> None:
    page = text(looking.get(PAGE))

    assert "The manager may change it." in page
    assert "Save" not in page
    for button in ("_save", "_preview", "_standard"):
        assert looking.post(PAGE, {**TYPED, "seen": "", button: ""}).status_code == 403
    for path in (LIST, PAGE):
        assert outsider.get(path).status_code == 403
    assert not MessageText.objects.exists()


@pytest.mark.parametrize("kind", ["staff_new_request", "plain", "nothing", "confirmed%0A", "9" * 400])
def test_there_is_no_page_for_anything_else(manager: Client, kind: str) -> None:
    assert manager.get(f"{LIST}{kind}/change/").status_code == 404
    assert manager.post(f"{LIST}{kind}/change/", {**TYPED, "_save": ""}).status_code == 404


def test_nothing_is_added_or_deleted(manager: Client, chief: Client) -> None:
    save(manager)

    for client in (manager, chief):
        assert client.post(f"{LIST}add/", {"kind": "declined", **TYPED}).status_code == 403
        assert client.post(f"{LIST}confirmed/delete/", {"post": "yes"}).status_code == 403
    assert MessageText.objects.get().kind == "confirmed"


def test_words_that_became_refused_are_pointed_out(manager: Client) -> None:
    MessageText.objects.create(kind="confirmed", subject="Your ketamine visit")

    assert "no longer allowed: ours is sent" in text(manager.get(LIST))
