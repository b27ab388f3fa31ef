"""Messages to patients in the practice's own words: whatever is written, the facts stay."""

import html
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from booking import actions, example_letters, links, messages
from booking.models import Appointment, Kind, Message, MessageText
from booking.models.message_text import WITHOUT_TIME
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.test_messages import (
    PRACTICE,
    TO_PATIENTS,
    built,
    calendar_of,
    in_words,
    part,
    plain_text,
    reach,
)

pytestmark = pytest.mark.django_db

SUBJECT, OPENING = "News about your visit", "It was good to hear from you."
MORE = "Ring twice: the door sticks.\n\nTea & water are there."


def write(kind: Kind, **words: str) -> MessageText:
    values = {"subject": SUBJECT, "opening": OPENING, "more": MORE}
    text: MessageText = MessageText.objects.create(kind=kind, **{**values, **words})
    return text


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_every_kind_is_sent_in_own_words_with_all_its_facts(kind: Kind) -> None:
    message = reach(kind)
    if kind == Kind.CHANGED:  # else the message also confirms, and says so itself
        Appointment.objects.update(in_calendar=True)
        message.appointment.refresh_from_db()
    ours = plain_text(built(message))
    write(kind)

    mail = built(message)
    text, markup = plain_text(mail), part(mail, "text/html")

    assert mail["Subject"] == SUBJECT
    assert f"\n\n{OPENING}\n" in text
    assert f"{MORE}\n" in text
    assert "<p>Ring twice: the door sticks.</p>\n\n<p>Tea &amp; water are there.</p>" in markup
    assert in_words(markup) == in_words(text)
    # Only the first sentences are others; how it stands is said beside when it is.
    state = [line for line in text.splitlines() if line.startswith("State: ")]
    assert len(state) == (0 if kind in (Kind.COURSE_PLACED, Kind.FRESH_LINK) else 1)
    lost = [line for line in ours.splitlines() if line and line not in text]
    assert len(lost) == 1
    assert (calendar_of(mail) is None) == (calendar_of(built(message)) is None)
    if kind != Kind.COURSE_PLACED:
        assert links.url_for(message.appointment) in text


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (Kind.RECEIVED, "State: not confirmed yet"),
        (Kind.CONFIRMED, "State: confirmed"),
        (Kind.DECLINED, "State: not confirmed, no longer held"),
        (Kind.CANCELLED_BY_PATIENT, "State: cancelled"),
        (Kind.CANCELLED_BY_PRACTICE, "State: cancelled"),
    ],
)
def test_how_the_visit_stands_is_never_left_out(kind: Kind, state: str) -> None:
    write(kind)

    assert f"{state}\nWhen: Wednesday" in plain_text(built(reach(kind)))


@pytest.mark.parametrize("kind", [kind for kind in TO_PATIENTS if kind not in WITHOUT_TIME])
def test_day_and_time_are_filled_in(kind: Kind) -> None:
    message = reach(kind)
    Appointment.objects.update(in_calendar=True)
    message.appointment.refresh_from_db()
    write(kind, subject="On {day}, {time}", opening="At {time}.", more="{day}")

    mail = built(message)

    clock = "12:00 PM" if kind == Kind.CHANGED else "10:00 AM"
    assert mail["Subject"] == f"On Wednesday, December 2, {clock} Pacific time"
    assert f"At {clock} Pacific time." in plain_text(mail)
    assert "\n\nWednesday, December 2\n\n" in plain_text(mail)


def test_what_is_left_empty_is_said_in_our_words() -> None:
    message = reach(Kind.CONFIRMED)
    before = plain_text(built(message))
    write(Kind.CONFIRMED, subject="", opening="", more="")

    mail = built(message)

    assert mail["Subject"] == "Your appointment on Wednesday, December 2"
    assert plain_text(mail) == before


def test_a_moved_request_is_told_in_our_words() -> None:
    write(Kind.CHANGED)
    appointment = make_appointment()
    actions.reschedule(appointment=appointment, starts_at=later(START, hours=2), by=actions.PATIENT, now=NOW)

    mail = built(Message.objects.get(kind=Kind.CHANGED))

    assert mail["Subject"] == "Your request has changed"
    assert "Your request has a new time, which we hold for you:" in plain_text(mail)
    assert "Ring twice" in plain_text(mail)


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_a_plain_message_stays_as_it_is(kind: Kind) -> None:
    message = reach(kind, plain_messages=True)
    before = plain_text(built(message))
    write(kind)

    assert built(message)["Subject"] == "A message from Dr. Bacchus’s office"
    assert plain_text(built(message)) == before


def test_words_that_are_no_longer_allowed_are_not_sent() -> None:
    """Rules may become stricter, and a row may come from elsewhere than the form."""
    write(Kind.CONFIRMED, opening="Your ketamine visit.")

    assert "ketamine" not in built(reach(Kind.CONFIRMED)).as_string()


@pytest.mark.parametrize(
    "typed",
    ["{{ practice.phone }}", "{% now 'Y' %}", "{0.__class__}", "{appointment.patient.email}", "%(day)s", "{day!r:>99}"],
)
def test_what_looks_like_a_program_is_a_text(typed: str) -> None:
    """The form refuses braces; where they got in all the same, they mean nothing."""
    message = reach(Kind.CONFIRMED)
    text = MessageText(kind=Kind.CONFIRMED, opening=typed, more=typed)
    context = messages._context(message, practice=PRACTICE, now=NOW)

    letter = messages.written(Kind.CONFIRMED, {**context, "visits": [], "with_calendar": True}, text)

    assert letter.text.count(typed) == 2
    assert html.escape(typed) in letter.html


def test_html_is_escaped_and_a_subject_is_one_line() -> None:
    message = reach(Kind.CONFIRMED)
    text = MessageText(kind=Kind.CONFIRMED, subject="A\r\nBcc: x@y.test", opening="<script>x</script>", more="<b>b</b>")
    context = messages._context(message, practice=PRACTICE, now=NOW)

    letter = messages.written(Kind.CONFIRMED, {**context, "visits": [], "with_calendar": True}, text)

    assert letter.subject == "A Bcc: x@y.test"
    assert "&lt;script&gt;x&lt;/script&gt;" in letter.html
    assert "<b>" not in letter.html


# --- The rules of the row --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("subject", "Your ketamine visit", "Others may read along. Please leave out “ketamine”."),
        ("more", "Your treatment", "Others may read along. Please leave out “treatment”."),
        ("opening", "On {date}", "“{date}” can’t be filled in. What can be: {day}, {time}."),
        ("more", "Call 310 555 0199", "“310 555 0199” reads like a phone number."),
        ("more", "www.example.test", "“www.example.test” reads like a link or an address."),
        ("opening", "<b>", "Messages are plain text: please leave out “<”."),
    ],
)
def test_the_row_refuses_it_beside_its_field(field: str, typed: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        MessageText(kind=Kind.CONFIRMED, **{field: typed}).full_clean()

    assert list(refused.value.message_dict) == [field]
    assert refused.value.message_dict[field][0].startswith(said)


@pytest.mark.parametrize("kind", sorted(WITHOUT_TIME))
def test_where_no_time_is_told_the_braces_are_refused(kind: Kind) -> None:
    with pytest.raises(ValidationError, match="Nothing in braces can be here"):
        MessageText(kind=kind, subject="On {day}").full_clean()


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "staff_new_request"},
        {"kind": "nothing"},
        {"kind": "confirmed", "subject": "A\nBcc: x"},
        {"kind": "confirmed", "opening": "a\r"},
        {"kind": "confirmed", "more": "<b>"},
        {"kind": "confirmed", "more": "x@y"},
    ],
)
def test_the_database_refuses_the_worst_by_itself(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageText.objects.create(**values)


# --- Saving ---------------------------------------------------------------------------------------------------


def test_who_saves_second_is_told_and_nothing_is_lost() -> None:
    sam = actions.staff(make_staff())
    first = actions.reword(kind=Kind.CONFIRMED, words=actions.Words("A"), seen=None, by=sam, now=NOW)

    with pytest.raises(actions.RewordedMeanwhile) as refused:
        actions.reword(kind=Kind.CONFIRMED, words=actions.Words("B"), seen=None, by=sam, now=later(NOW, hours=1))

    assert refused.value.text == first
    assert MessageText.objects.get().subject == "A"
    again = actions.reword(
        kind=Kind.CONFIRMED, words=actions.Words("B"), seen=first.changed_at, by=sam, now=later(NOW, hours=1)
    )
    assert (again.subject, again.changed_by, again.changed_at) == ("B", sam.user, later(NOW, hours=1))


# --- The example ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_the_example_says_what_a_real_message_says(kind: Kind) -> None:
    """The same sentences, but for the data; so the preview can't come to lie."""
    message = reach(kind)
    if kind == Kind.CHANGED:
        Appointment.objects.update(in_calendar=True)
        message.appointment.refresh_from_db()
    real = messages._context(message, practice=PRACTICE, now=NOW)

    example = example_letters.context(kind, practice=PRACTICE, now=NOW)

    assert set(example) == {*real, "visits", "with_calendar"} - ({"asked", "was"} if kind == Kind.CONFIRMED else set())
    letter = example_letters.letter(kind, write(kind), practice=PRACTICE, now=NOW)
    assert (letter.subject, OPENING in letter.text, "Ring twice" in letter.html) == (SUBJECT, True, True)
    ours = example_letters.letter(kind, None, practice=PRACTICE, now=NOW)
    assert example_letters.standard_opening(kind, practice=PRACTICE, now=NOW) in ours.text


def test_an_example_reads_no_patient_and_writes_nothing() -> None:
    make_appointment()
    with CaptureQueriesContext(connection) as asked:
        for kind in TO_PATIENTS:
            example_letters.letter(kind, None, practice=PRACTICE, now=NOW)

    assert not [one["sql"] for one in asked if "patient" in one["sql"] or not one["sql"].startswith("SELECT")]


def test_an_example_needs_no_kind_of_visit() -> None:
    for kind in TO_PATIENTS:
        assert example_letters.letter(kind, None, practice=PRACTICE, now=NOW).subject
