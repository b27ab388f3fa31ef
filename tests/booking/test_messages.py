import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from icalendar import Calendar, Event

from booking import actions, links, messages
from booking.models import Appointment, Kind, Message, Status
from clinic.models import Practice
from tests.booking.factories import NOW, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

# What a glance at a phone's screen, a sender or a calendar must not give away.
TELLING = re.compile(r"ketamin|spravato|depress|psychiatr|unplugged|treatment|therap|mental|medic|diagnos|dose", re.I)


def reach(kind: Kind) -> Message:
    """An appointment in the state that the message tells of, with its message."""
    appointment = make_appointment()
    sam = actions.staff(make_staff())
    if kind in (Kind.CONFIRMED, Kind.CANCELLED_BY_PRACTICE, Kind.CANCELLED_BY_PATIENT, Kind.STAFF_CANCELLED):
        actions.confirm(appointment=appointment, by=sam, now=NOW)
    if kind == Kind.DECLINED:
        actions.decline(appointment=appointment, by=sam, now=NOW)
    if kind == Kind.CANCELLED_BY_PRACTICE:
        actions.cancel(appointment=appointment, by=sam, now=NOW)
    if kind in (Kind.CANCELLED_BY_PATIENT, Kind.STAFF_CANCELLED):
        actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)
    return Message.objects.select_related("appointment__patient", "appointment__visit_type").get(kind=kind)


def built(message: Message) -> EmailMessage:
    """As it goes over the wire, parsed again."""
    mail = messages.build(message, practice=Practice(phone="+13105550100"), now=NOW)
    return message_from_bytes(mail.message().as_bytes(), policy=default)


def part(mail: EmailMessage, kind: str) -> str:
    return next(str(item.get_content()) for item in mail.walk() if item.get_content_type() == kind)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_discreet_and_whole(kind: Kind) -> None:
    message = reach(kind)

    mail = built(message)

    outside = [mail["Subject"], mail["From"], mail["To"], mail["Message-ID"]]
    assert [text for text in outside if TELLING.search(str(text))] == []
    assert [text for text in (part(mail, "text/plain"), part(mail, "text/html")) if TELLING.search(text)] == []
    sender = mail["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Dr. Bacchus’s office", "office@example.test")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "\n" not in str(mail["Subject"])
    if not message.is_to_staff:
        for text in (part(mail, "text/plain"), part(mail, "text/html")):
            assert "Wednesday, December 2, 2026, 10:00 AM Pacific time" in text
            assert message.appointment.reference in text
            assert "911" in text
            assert "988" in text


@pytest.mark.parametrize("kind", [Kind.STAFF_NEW_REQUEST, Kind.STAFF_CANCELLED])
def test_what_staff_get_by_mail_names_no_patient(kind: Kind) -> None:
    mail = built(reach(kind))

    assert "Ana" not in mail.as_string()
    assert mail["To"] == "desk@example.test"


@pytest.mark.parametrize("kind", [Kind.RECEIVED, Kind.CONFIRMED])
def test_the_link_opens_the_appointment(kind: Kind) -> None:
    message = reach(kind)

    found = re.search(r"http://127.0.0.1:8000/v/(\S+)/", part(built(message), "text/plain"))

    assert found is not None
    assert links.read(found[1]) == message.appointment


@pytest.mark.parametrize(
    ("kind", "method", "status", "sequence"),
    [
        (Kind.CONFIRMED, "REQUEST", "CONFIRMED", 0),
        (Kind.CANCELLED_BY_PATIENT, "CANCEL", "CANCELLED", 1),
        (Kind.CANCELLED_BY_PRACTICE, "CANCEL", "CANCELLED", 1),
    ],
)
def test_the_calendar_file_follows_the_visit(kind: Kind, method: str, status: str, sequence: int) -> None:
    message = reach(kind)
    mail = built(message)

    attached = next(item for item in mail.walk() if item.get_content_type() == "text/calendar")
    content = attached.get_payload(decode=True)
    assert isinstance(content, bytes)
    calendar = Calendar.from_ical(content)
    event = cast(Event, calendar.walk("VEVENT")[0])

    assert attached.get_param("method") == method
    assert str(calendar["METHOD"]) == method
    assert str(event["STATUS"]) == status
    assert str(event["SEQUENCE"]) == str(sequence)
    assert str(event["UID"]) == message.appointment.calendar_uid
    assert str(event["SUMMARY"]) == "Appointment"
    assert str(event["LOCATION"]) == "6801 Park Terrace, Los Angeles, CA 90045"
    assert event.start == message.appointment.starts_at
    assert TELLING.search(content.decode()) is None
    assert "Ana Diaz" not in content.decode()


def test_a_request_that_was_never_confirmed_leaves_the_calendar_alone() -> None:
    appointment = make_appointment()
    actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)

    mail = built(Message.objects.get(kind=Kind.CANCELLED_BY_PATIENT))

    assert [item.get_content_type() for item in mail.walk() if "calendar" in item.get_content_type()] == []


def test_a_video_visit_names_no_street() -> None:
    make_appointment(make_visit_type("video", place="video"))

    text = part(built(Message.objects.get(kind=Kind.RECEIVED)), "text/plain")

    assert "Park Terrace" not in text
    assert "by video" in text


@pytest.mark.parametrize("status", Status)
def test_a_message_holds_only_while_its_state_does(status: Status) -> None:
    make_appointment()
    Appointment.objects.update(status=status)

    reason = messages.no_longer_true(Message.objects.get(kind=Kind.RECEIVED))

    assert reason == (None if status == Status.REQUESTED else f"appointment is {status}")


def test_a_name_with_markup_is_shown_as_text() -> None:
    appointment = make_appointment(name="<b>Ana</b> Diaz")
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)

    mail = built(Message.objects.get(kind=Kind.CONFIRMED))

    assert "Hello &lt;b&gt;Ana&lt;/b&gt;," in part(mail, "text/html")
    assert "Hello <b>Ana</b>," in part(mail, "text/plain")


@pytest.mark.parametrize("kind", [Kind.RECEIVED, Kind.CANCELLED_BY_PATIENT])
def test_what_goes_out_unseen_repeats_nothing_that_was_typed(kind: Kind) -> None:
    """Else anybody could have us send their words to any address."""
    appointment = make_appointment(name="evil.example Diaz")
    if kind == Kind.CANCELLED_BY_PATIENT:
        actions.cancel(appointment=appointment, by=actions.PATIENT, now=NOW)

    mail = built(Message.objects.get(kind=kind))

    assert "evil" not in part(mail, "text/plain") + part(mail, "text/html")
