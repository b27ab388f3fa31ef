import html
import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from typing import Any, cast
from uuid import uuid4

import pytest
from icalendar import Calendar, Event

from booking import actions, links, messages, outbox, patient_calendar, still_true, when
from booking.discreet import gives_away
from booking.models import Appointment, CourseTemplate, Kind, Message, Offer, Reason, Status, VisitType
from clinic.models import Practice
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

# Beyond the words of `discreet`: the practice's own name, and what makes a stranger ask.
TELLING = re.compile(r"unplugged|diagnos|dose|nasal|clinic", re.I)
PRACTICE = Practice(phone="+13105550100")
TO_STAFF = [kind for kind in Kind if not kind.is_to_patient]
TO_PATIENTS = [kind for kind in Kind if kind.is_to_patient]
# No time at all, or a list of them.
NAMES_NO_TIME = (Kind.FRESH_LINK, Kind.COURSE_PLACED, Kind.COURSE_CANCELLED, Kind.OTHER_OFFERED)


def reach(kind: Kind, **details: Any) -> Message:
    """What leads to the message, done as it is in life, and the message."""
    if kind == Kind.COURSE_PLACED:
        return place_course(**details)
    if kind == Kind.COURSE_CANCELLED:
        return cancel_rest(place_course(**details))
    appointment = make_appointment(make_visit_type(needs_ride=True), **details)
    sam = actions.staff(make_staff())
    if kind in AFTER_CONFIRMING:
        actions.confirm(appointment=appointment, by=sam, now=NOW)
    appointment.refresh_from_db()
    WAYS[kind](appointment, sam)
    return Message.objects.select_related("appointment__patient", "appointment__visit_type").get(kind=kind)


def offer(appointment: Appointment, by: actions.By) -> None:
    """The hour before is offered."""
    found = Offer.objects.create(
        appointment=appointment,
        starts_at=START - timedelta(hours=1),
        offered_at=NOW,
        expires_at=NOW + timedelta(hours=4),
    )
    outbox.write(appointment, Kind.EARLIER_OFFERED, now=NOW, occasion=str(found.pk))


def offer_other_times(appointment: Appointment, by: actions.By) -> None:
    """The two hours after are offered."""
    starts = [START + timedelta(hours=hours) for hours in (1, 2)]
    actions.offer_times(appointment=appointment, starts=starts, until=later(NOW, days=1), by=by, now=NOW)


def find_none_that_suits(appointment: Appointment, by: actions.By) -> None:
    offer_other_times(appointment, by)
    assert actions.refuse_times(appointment=appointment, batch=1, by=actions.PATIENT, now=NOW)


def cancel_rest(placed: Message) -> Message:
    """Of a course whose message has gone."""
    course = placed.appointment.course
    assert course is not None
    course.appointments.update(in_calendar=True)
    seen = list(course.appointments.values_list("pk", flat=True))
    actions.cancel_rest(course=course, seen=seen, by=actions.staff(make_staff("kim")), now=NOW)
    return Message.objects.select_related("appointment__patient", "appointment__visit_type").get(
        kind=Kind.COURSE_CANCELLED
    )


def place_course(**details: Any) -> Message:
    """Three sessions a day apart, and a review visit by video after them."""
    session = make_visit_type("session", name="Visit with a ride home", needs_ride=True)
    review = make_visit_type("review", name="Review visit", place="video")
    patient = make_appointment(session, starts_at=START - timedelta(hours=1), **details).patient
    Message.objects.all().delete()
    template = CourseTemplate.objects.create(
        name="Eight weeks", visit_type=session, review_type=review, review_after_session=3
    )
    actions.place_course(
        patient=patient,
        template=template,
        starts=[later(START, days=day) for day in range(3)],
        review_start=later(START, days=5),
        submission_id=uuid4(),
        by=actions.staff(make_staff()),
        now=NOW,
    )
    return Message.objects.select_related("appointment__patient", "appointment__visit_type").get()


def just_write(kind: Kind, appointment: Appointment, by: actions.By) -> None:
    outbox.write(appointment, kind, now=NOW)


WAYS: dict[Kind, Callable[[Appointment, actions.By], object]] = {
    **{kind: lambda *_: None for kind in (Kind.RECEIVED, Kind.STAFF_NEW_REQUEST, Kind.CONFIRMED)},
    **{kind: partial(just_write, kind) for kind in (Kind.REMINDER, Kind.RIDE_UNCONFIRMED, Kind.STAFF_UNANSWERED)},
    Kind.DECLINED: lambda visit, by: actions.decline(appointment=visit, by=by, now=NOW),
    Kind.CHANGED: lambda visit, by: actions.reschedule(
        appointment=visit, starts_at=START + timedelta(hours=2), by=by, now=NOW
    ),
    Kind.CANCELLED_BY_PATIENT: lambda visit, by: actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW),
    Kind.STAFF_CANCELLED: lambda visit, by: actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW),
    Kind.CANCELLED_BY_PRACTICE: lambda visit, by: actions.cancel(appointment=visit, by=by, now=NOW),
    Kind.FRESH_LINK: lambda visit, by: actions.send_fresh_link(appointment=visit, by=by, now=NOW),
    Kind.EARLIER_OFFERED: offer,
    Kind.OTHER_OFFERED: offer_other_times,
    Kind.STAFF_NONE_SUITS: find_none_that_suits,
}
AFTER_CONFIRMING = set(WAYS) - {
    Kind.RECEIVED, Kind.STAFF_NEW_REQUEST, Kind.STAFF_UNANSWERED, Kind.DECLINED, Kind.FRESH_LINK,
    Kind.OTHER_OFFERED,
}  # fmt: skip


def built(message: Message) -> EmailMessage:
    """As it goes over the wire, parsed again."""
    letter = messages.build(message, practice=PRACTICE, now=NOW)
    return message_from_bytes(letter.mail.message().as_bytes(), policy=default)


def part(mail: EmailMessage, kind: str) -> str:
    return next(str(item.get_content()) for item in mail.walk() if item.get_content_type() == kind)


def plain_text(mail: EmailMessage) -> str:
    return part(mail, "text/plain")


def calendar_of(mail: EmailMessage) -> Calendar | None:
    found = [item.get_payload(decode=True) for item in mail.walk() if item.get_content_type() == "text/calendar"]
    return Calendar.from_ical(cast(bytes, found[0])) if found else None


def in_words(markup: str) -> list[str]:
    """What a reader reads, without addresses and marks."""
    body = re.sub(r"<head>.*?</head>|<[^>]+>", " ", markup, flags=re.S)
    return re.findall(r"\w+", re.sub(r"https?://\S+", " ", html.unescape(body)))


SUBJECTS = {
    Kind.RECEIVED: "We have your request",
    Kind.CONFIRMED: "Your appointment on Wednesday, December 2",
    Kind.DECLINED: "About your request",
    Kind.CANCELLED_BY_PATIENT: "Cancelled: your appointment on Wednesday, December 2",
    Kind.CANCELLED_BY_PRACTICE: "Cancelled: your appointment on Wednesday, December 2",
    Kind.CHANGED: "Your appointment has changed",
    Kind.REMINDER: "Reminder: appointment Wednesday, December 2, 10:00 AM",
    Kind.RIDE_UNCONFIRMED: "A question about your appointment on Wednesday, December 2",
    Kind.EARLIER_OFFERED: "An earlier time for your appointment",
    Kind.OTHER_OFFERED: "Please choose another time for your appointment",
    Kind.COURSE_PLACED: "Your appointments",
    Kind.COURSE_CANCELLED: "Cancelled: your appointments",
    Kind.FRESH_LINK: "Your new link",
    Kind.STAFF_NEW_REQUEST: "New request",
    Kind.STAFF_UNANSWERED: "Unanswered: request",
    Kind.STAFF_CANCELLED: "Cancelled",
    Kind.STAFF_NONE_SUITS: "No time suits",
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_true_discreet_and_whole(kind: Kind) -> None:
    message = reach(kind)
    reference = message.appointment.reference

    mail = built(message)

    assert still_true.no_longer_true(message, now=NOW) is None
    assert mail["Subject"] == SUBJECTS[kind] + ("" if kind.is_to_patient else f" {reference}")
    text, markup = plain_text(mail), part(mail, "text/html")
    calendar = calendar_of(mail)
    outside = [str(mail[header]) for header in ("Subject", "From", "To", "Message-ID")]
    shown = [*outside, text, " ".join(in_words(markup)), calendar.to_ical().decode() if calendar else ""]
    assert [found for found in shown if gives_away(found) or TELLING.search(found)] == []
    sender = mail["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Dr. Bacchus’s office", "office@example.test")
    assert mail["Auto-Submitted"] == "auto-generated"
    # Text and HTML say the same.
    assert in_words(markup) == in_words(text)
    assert re.findall(r'href="([^"]+)"', markup) == re.findall(r"https?://\S+", text)
    # Every time names its zone.
    assert [found for found in re.findall(r"\d [AP]M(?! – ).{13}", text, re.S) if "Pacific time" not in found] == []
    assert when.NBSP not in text + mail["Subject"]
    # Readable as it comes, in any program.
    assert re.search('<body style="max-width: .*font-size: 16px; line-height: 1.5">', markup)
    assert reference in text
    if kind.is_to_patient:
        assert all(said in text for said in ("911", "988", "(310) 555-0100"))
    if kind.is_to_patient and kind not in NAMES_NO_TIME:
        times = "12:00 PM – 1:00 PM" if kind == Kind.CHANGED else "10:00 AM – 11:00 AM"
        assert f"When: Wednesday, December 2, 2026, {times} Pacific time" in text
        assert "6801 Park Terrace, Suite 530B, Los Angeles, CA 90045" in text


@pytest.mark.parametrize(
    "kind", [Kind.STAFF_NEW_REQUEST, Kind.STAFF_UNANSWERED, Kind.STAFF_CANCELLED, Kind.STAFF_NONE_SUITS]
)
def test_what_staff_get_by_mail_names_no_patient(kind: Kind) -> None:
    message = reach(kind)
    mail = built(message)

    assert "Ana" not in mail.as_string()
    assert mail["To"] == "desk@example.test"
    assert message.appointment.reference in mail["Subject"]
    assert f"http://127.0.0.1:8000/admin/booking/appointment/{message.appointment_id}/change/" in plain_text(mail)


@pytest.mark.parametrize("kind", [Kind.RECEIVED, Kind.CONFIRMED, Kind.REMINDER, Kind.FRESH_LINK])
def test_the_link_opens_the_appointment(kind: Kind) -> None:
    message = reach(kind)

    found = re.search(r"http://127.0.0.1:8000/v/(\S+)/", plain_text(built(message)))

    assert found is not None
    assert links.read(found[1]) == message.appointment


@pytest.mark.parametrize("kind", [Kind.DECLINED, Kind.CANCELLED_BY_PATIENT, Kind.CANCELLED_BY_PRACTICE])
def test_the_way_to_another_time_is_their_own_link(kind: Kind) -> None:
    """There nobody types again what we know."""
    message = reach(kind)

    way_on = f"Choose another time:\n{links.url_for(message.appointment)}\nOr call us and we’ll find one together.\n"
    assert way_on in plain_text(built(message))


@pytest.mark.parametrize("kind", TO_PATIENTS)
def test_a_plain_message_says_only_that_there_is_news(kind: Kind) -> None:
    message = reach(kind, plain_messages=True)
    mail = built(message)
    link = links.url_for(message.appointment)

    assert mail["Subject"] == "A message from Dr. Bacchus’s office"
    until = {
        Kind.EARLIER_OFFERED: "Please look before 12:00 PM Pacific time today.\n",
        Kind.OTHER_OFFERED: "Please look before 8:00 AM Pacific time on Tuesday, December 1.\n",
    }.get(kind, "")
    text, markup = plain_text(mail), part(mail, "text/html")
    assert text == (
        f"Hello,\n\nThere is news for you. To see it, open this link:\n{link}\n{until}\nDr. Bacchus’s office\n"
        "(310) 555-0100\n\nThis inbox is not watched all the time. In an emergency call 911.\n"
    )
    assert in_words(markup) == in_words(text)
    assert re.findall(r'href="([^"]+)"', markup) == [link]
    assert calendar_of(mail) is None
    letter = messages.build(message, practice=PRACTICE, now=NOW)
    assert (letter.told, letter.entered) == ([], [])


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_other_times_are_listed_with_what_becomes_of_the_visit(is_confirmed: bool) -> None:
    sam = actions.staff(make_staff())
    visit = make_appointment()
    if is_confirmed:
        actions.confirm(appointment=visit, by=sam, now=NOW)
    offer_other_times(visit, sam)
    mail = built(Message.objects.get(kind=Kind.OTHER_OFFERED))
    text = plain_text(mail)
    was = "Wednesday, December 2, 10:00 AM Pacific time"
    opening, becomes = f"You asked for {was}. We can’t offer that time.", "is confirmed as soon as you choose one."
    if is_confirmed:
        opening = f"We have to move your appointment of {was}, and we are sorry."
        becomes = "moves to the time that you choose."
    assert text.startswith(
        f"Hello Ana,\n\n{opening}\n\nThese times are held for you instead:\n\n"
        "- Wednesday, December 2, 2026, 11:00 AM – 12:00 PM Pacific time\n"
        "- Wednesday, December 2, 2026, 12:00 PM – 1:00 PM Pacific time\n\n"
        f"Please answer by Tuesday, December 1, 8:00 AM Pacific time. Your appointment {becomes}\n\n"
        f"Choose a time, or say that none of these suits you:\n{links.url_for(visit)}\n"
    )


def test_staff_get_their_message_whole_when_the_patient_wants_plain_ones() -> None:
    assert "text/html" in [
        item.get_content_type() for item in built(reach(Kind.STAFF_NEW_REQUEST, plain_messages=True)).walk()
    ]


# --- Calendar files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "method", "status", "sequence"),
    [
        (Kind.CONFIRMED, "REQUEST", "CONFIRMED", 0),
        (Kind.CHANGED, "REQUEST", "CONFIRMED", 1),
        (Kind.CANCELLED_BY_PATIENT, "CANCEL", "CANCELLED", 1),
        (Kind.CANCELLED_BY_PRACTICE, "CANCEL", "CANCELLED", 1),
    ],
)
def test_the_calendar_file_follows_the_visit(kind: Kind, method: str, status: str, sequence: int) -> None:
    message = reach(kind)
    Appointment.objects.update(in_calendar=True)
    message.appointment.refresh_from_db()
    mail = built(message)

    attached = next(item for item in mail.walk() if item.get_content_type() == "text/calendar")
    calendar = calendar_of(mail)
    assert calendar is not None
    event = cast(Event, calendar.walk("VEVENT")[0])

    assert attached.get_param("method") == method
    assert str(calendar["METHOD"]) == method
    assert str(event["STATUS"]) == status
    assert str(event["SEQUENCE"]) == str(sequence)
    assert str(event["UID"]) == message.appointment.calendar_uid
    assert str(event["SUMMARY"]) == "Appointment"
    assert str(event["LOCATION"]) == "6801 Park Terrace, Los Angeles, CA 90045"
    assert event.start == message.appointment.starts_at
    assert "Ana Diaz" not in calendar.to_ical().decode()


@pytest.mark.parametrize("kind", [Kind.RECEIVED, Kind.DECLINED, Kind.REMINDER, Kind.RIDE_UNCONFIRMED, Kind.FRESH_LINK])
def test_what_changes_no_calendar_brings_no_file(kind: Kind) -> None:
    assert calendar_of(built(reach(kind))) is None


@pytest.mark.parametrize("kind", [Kind.CANCELLED_BY_PATIENT, Kind.CANCELLED_BY_PRACTICE])
def test_what_no_calendar_has_is_not_taken_out(kind: Kind) -> None:
    """It was confirmed and called off before the confirmation had gone."""
    mail = built(reach(kind))

    assert calendar_of(mail) is None
    assert "calendar" not in plain_text(mail)


def test_a_moved_request_stands_in_no_calendar_yet() -> None:
    appointment = make_appointment()
    actions.reschedule(appointment=appointment, starts_at=later(START, hours=2), by=actions.PATIENT, now=NOW)
    mail = built(Message.objects.get(kind=Kind.CHANGED))

    assert calendar_of(mail) is None
    assert mail["Subject"] == "Your request has changed"
    assert "It is not confirmed yet." in plain_text(mail)
    assert "This replaces Wednesday, December 2, 10:00 AM Pacific time." in plain_text(mail)


def test_a_course_is_one_message_with_all_that_is_open() -> None:
    message = reach(Kind.COURSE_PLACED)
    second = Appointment.objects.get(course_position=2)
    actions.cancel(appointment=second, by=actions.staff(make_staff("kim")), now=NOW)

    letter = messages.build(message, practice=PRACTICE, now=NOW)
    mail = built(message)

    text = plain_text(mail)
    assert "Wednesday, December 2, 2026, 10:00 AM – 11:00 AM Pacific time (Session 1 of 3, " in text
    assert "Thursday, December 3" not in text
    assert "Friday, December 4, 2026, 10:00 AM – 11:00 AM Pacific time (Session 3 of 3, " in text
    assert "Monday, December 7, 2026, 10:00 AM – 11:00 AM Pacific time (Review visit, by video, " in text
    assert "You can’t drive until the next day, so an adult must take you home after each session." in text
    assert "hours before" not in text  # the review visit has a cut-off of its own
    left = list(Appointment.objects.filter(course__isnull=False).exclude(pk=second.pk).order_by("starts_at"))
    assert letter.told == letter.entered == left
    assert [links.read(found) for found in re.findall(r"/v/(\S+)/", text)] == left
    calendar = calendar_of(mail)
    assert calendar is not None
    assert str(calendar["METHOD"]) == "PUBLISH"  # only such a file may hold several visits
    assert [str(event["UID"]) for event in calendar.walk("VEVENT")] == [visit.calendar_uid for visit in left]
    assert "LOCATION" not in calendar.walk("VEVENT")[-1]


def test_the_rest_of_a_course_is_one_message_that_takes_all_of_it_out_of_the_calendar() -> None:
    message = reach(Kind.COURSE_CANCELLED)
    letter = messages.build(message, practice=PRACTICE, now=NOW)
    mail = built(message)

    text = plain_text(mail)
    assert text.count("Pacific time (Session ") == 3
    assert "(Review visit, " in text
    assert letter.entered == letter.told == []
    calendar = calendar_of(mail)
    assert calendar is not None
    assert str(calendar["METHOD"]) == "PUBLISH"
    assert [str(event["STATUS"]) for event in calendar.walk("VEVENT")] == ["CANCELLED"] * 4
    assert {int(str(event["SEQUENCE"])) for event in calendar.walk("VEVENT")} == {1}


def test_of_what_no_calendar_has_nothing_is_taken_out() -> None:
    message = reach(Kind.COURSE_CANCELLED)
    Appointment.objects.update(in_calendar=False)
    assert calendar_of(built(message)) is None
    assert still_true.no_longer_true(message, now=NOW) == Reason.NEVER_TOLD


def test_the_feed_has_what_is_agreed_and_what_was_called_off() -> None:
    message = reach(Kind.COURSE_PLACED)
    first, second, third = Appointment.objects.filter(course_position__isnull=False).order_by("course_position")
    actions.cancel(appointment=second, by=actions.staff(make_staff("kim")), now=NOW)
    Appointment.objects.filter(pk=third.pk).update(status=Status.COMPLETED)
    make_appointment(starts_at=later(START, days=8), email="somebody@example.test")

    def feed(days: int) -> list[tuple[str, bool]]:
        now = START + timedelta(days=days)
        found = patient_calendar.entries(message.appointment, practice=PRACTICE, now=now)
        return [(entry.uid, entry.cancelled) for entry in found]

    review = Appointment.objects.get(visit_type__slug="review")
    expected = [(first.calendar_uid, False), (second.calendar_uid, True), (third.calendar_uid, False)]
    expected += [(review.calendar_uid, False)]
    assert feed(0) == feed(30) == expected
    assert feed(31) == expected[1:]


# --- What each kind says --------------------------------------------------------------------------------------


def test_a_change_says_the_time_that_the_patient_knew() -> None:
    """Moved twice before anything had gone: the time between is nobody's business."""
    message = reach(Kind.CHANGED)
    appointment = message.appointment
    Appointment.objects.update(told_starts_at=START)
    actions.reschedule(appointment=appointment, starts_at=later(START, hours=4), by=actions.PATIENT, now=NOW)

    mail = built(Message.objects.get(kind=Kind.CHANGED, version=3))

    text = plain_text(mail)
    assert "When: Wednesday, December 2, 2026, 2:00 PM – 3:00 PM Pacific time" in text
    assert "This replaces Wednesday, December 2, 10:00 AM Pacific time." in text
    assert "12:00" not in text


OFFICE, ANA = True, False


def confirmation(*moves: tuple[bool, int], told: int | None = 0, cutoff_hours: int = 24) -> str:
    """Asked for at 10, moved there by the office or the patient, so many hours later, then confirmed. The time that a
    message told last is so many hours later, too.
    """
    sam = actions.staff(make_staff())
    appointment = make_appointment(make_visit_type(cutoff_hours=cutoff_hours))
    for by_office, hours in moves:
        by = sam if by_office else actions.PATIENT
        actions.reschedule(appointment=appointment, starts_at=later(START, hours=hours), by=by, now=NOW)
    Appointment.objects.update(told_starts_at=None if told is None else later(START, hours=told))
    actions.confirm(appointment=appointment, by=sam, now=NOW)
    return plain_text(built(Message.objects.get(kind=Kind.CONFIRMED)))


ASKED_FOR_TEN = (
    "Please note the new time. You asked for Wednesday, December 2, 10:00 AM Pacific time;"
    " this is the time we can offer."
)


@pytest.mark.parametrize("told", [0, None])
def test_a_confirmation_for_another_time_than_asked_for_says_so(told: int | None) -> None:
    text = confirmation((OFFICE, 2), told=told)

    assert "Your appointment is confirmed, at a new time:" in text
    assert "When: Wednesday, December 2, 2026, 12:00 PM – 1:00 PM Pacific time" in text
    assert f"{ASKED_FOR_TEN} If it doesn’t suit you, move it with the link below." in text


def test_it_sends_nobody_to_a_link_that_moves_nothing() -> None:
    text = confirmation((OFFICE, 2), cutoff_hours=300)

    assert ASKED_FOR_TEN in text
    assert "with the link below" not in text
    assert "To move or cancel it now, please call us." in text


@pytest.mark.parametrize(
    ("moves", "told"), [([], 0), ([], None), ([(ANA, 2)], None), ([(OFFICE, 2)], 2), ([(OFFICE, 2), (OFFICE, 0)], 0)]
)
def test_a_confirmation_for_the_time_they_know_says_nothing_of_another(
    moves: list[tuple[bool, int]], told: int | None
) -> None:
    text = confirmation(*moves, told=told)

    assert "Your appointment is confirmed:" in text
    assert "new time" not in text
    assert "replaces" not in text


@pytest.mark.parametrize("back", [OFFICE, ANA])
def test_a_confirmation_for_what_they_asked_for_replaces_what_they_were_told(back: bool) -> None:
    text = confirmation((OFFICE, 2), (back, 0), told=2)

    assert "Your appointment is confirmed, at a new time:" in text
    assert "This replaces Wednesday, December 2, 12:00 PM Pacific time." in text
    assert "You asked for" not in text


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (24, "You can move or cancel it until Tuesday, December 1, 10:00 AM Pacific time. After that, please call us."),
        (60, "To move or cancel it now, please call us."),
    ],
)
def test_a_reminder_says_how_to_move_or_cancel(hours: int, said: str) -> None:
    message = reach(Kind.REMINDER)
    VisitType.objects.update(cutoff_hours=hours)
    message = Message.objects.get(pk=message.pk)

    text = plain_text(built(message))

    assert said in text
    assert ("See, move or cancel your appointment:" in text) == (hours == 24)


@pytest.mark.parametrize(
    ("ride", "sure", "said"),
    [
        ("", False, "Please tell us who, on the page of your visit."),
        ("Bo Diaz", False, "You have named Bo Diaz: please make sure that they can come"),
        ("Bo Diaz", True, "Bo Diaz will take you home."),
    ],
)
@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.REMINDER, Kind.RIDE_UNCONFIRMED])
def test_it_says_who_takes_the_patient_home_and_why(kind: Kind, ride: str, sure: bool, said: str) -> None:
    message = reach(kind)
    actions.tell_ride(appointment=message.appointment, ride=actions.Ride(ride), sure=sure, by=actions.PATIENT, now=NOW)

    text = plain_text(built(Message.objects.get(pk=message.pk)))
    assert said in text
    assert "You can’t drive until the next day" in text


@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.CHANGED, Kind.REMINDER, Kind.COURSE_PLACED])
def test_nobody_is_asked_about_the_way_home_where_they_may_drive(kind: Kind) -> None:
    message = reach(kind)
    VisitType.objects.update(needs_ride=False, name="Visit")

    text = plain_text(built(Message.objects.get(pk=message.pk)))
    assert "home" not in text
    assert "drive" not in text


@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.CHANGED, Kind.REMINDER])
def test_a_reminder_says_how_to_get_ready_and_the_others_where_that_stands(kind: Kind) -> None:
    message = reach(kind)
    assert "get ready" not in plain_text(built(message))
    VisitType.objects.update(bring_text="A photo ID\n\nComfortable clothes\n")
    preparations = VisitType.objects.get().preparations
    preparations.create(text="Nothing to eat after {time}", minutes_before=120)
    preparations.create(text="Sleep well", order=1)

    mail = built(Message.objects.get(pk=message.pk))

    text = plain_text(mail)
    assert in_words(part(mail, "text/html")) == in_words(text)
    on_the_page = "The page of your visit also says what to bring and how to get ready." in text
    lists = (
        "Before your visit:\n- Nothing to eat after 8:00 AM\n- Sleep well\n\n"
        "Please bring:\n- A photo ID\n- Comfortable clothes\n\nYou can move"
    )
    assert (lists in text, on_the_page) == (kind == Kind.REMINDER, kind != Kind.REMINDER)
    assert ("eat" in re.findall(r"\w+", text)) is (kind == Kind.REMINDER)


@pytest.mark.parametrize("kind", [Kind.CONFIRMED, Kind.CHANGED])
def test_where_no_reminder_comes_any_more_the_others_say_how_to_get_ready(kind: Kind) -> None:
    message = reach(kind)
    VisitType.objects.update(bring_text="A photo ID")
    message = Message.objects.get(pk=message.pk)
    start = message.appointment.starts_at
    for hours, is_said in ((25, False), (20, True)):
        letter = messages.build(message, practice=PRACTICE, now=start - timedelta(hours=hours))
        mail = message_from_bytes(letter.mail.message().as_bytes(), policy=default)
        text = plain_text(mail)
        assert in_words(part(mail, "text/html")) == in_words(text)
        assert ("\n\nPlease bring:\n- A photo ID\n\n" in text) is is_said
        assert ("also says what to bring" in text) is not is_said


def test_a_reminder_with_one_of_the_two_has_no_empty_list() -> None:
    message = reach(Kind.REMINDER)
    VisitType.objects.update(bring_text="A photo ID")

    text = plain_text(built(Message.objects.get(pk=message.pk)))

    assert "Please bring:\n- A photo ID\n\nYou can move" in text
    assert "Before your visit" not in text


def test_an_offer_says_which_time_and_until_when() -> None:
    text = plain_text(built(reach(Kind.EARLIER_OFFERED)))

    assert "Wednesday, December 2, 2026, 9:00 AM – 10:00 AM Pacific time" in text
    assert "We hold it for you until Monday, November 30, 12:00 PM Pacific time." in text


def test_a_video_visit_names_no_street() -> None:
    make_appointment(make_visit_type("video", place="video"))

    text = plain_text(built(Message.objects.get(kind=Kind.RECEIVED)))

    assert "Park Terrace" not in text
    assert "Where: by video. We tell you how before the visit.\n" in text


@pytest.mark.parametrize(
    ("kind", "shown"), [(Kind.CONFIRMED, True), (Kind.CHANGED, True), (Kind.REMINDER, True), (Kind.RECEIVED, False)]
)
def test_where_to_join_by_video_is_told_once_it_is_agreed(kind: Kind, shown: bool) -> None:
    message = reach(kind)
    address = "https://meet.example.test/room?a=1&b=2"
    VisitType.objects.update(place="video", needs_ride=False, join_url=address)

    mail = built(Message.objects.get(pk=message.pk))

    text, markup = plain_text(mail), part(mail, "text/html")
    assert (f"Where: by video. Join the visit at that time: {address}\n" in text) is shown
    assert ("We tell you how before the visit." in text) is not shown
    assert in_words(markup) == in_words(text)
    assert (f'href="{html.escape(address)}"' in markup) is shown
    calendar = calendar_of(mail)
    assert calendar is None or b"meet.example" not in calendar.to_ical()


def test_nobody_joins_what_is_cancelled_or_at_the_office() -> None:
    VisitType.objects.update(join_url="https://meet.example.test/")
    message = reach(Kind.CANCELLED_BY_PRACTICE)
    VisitType.objects.update(place="video", join_url="https://meet.example.test/")
    text = plain_text(built(Message.objects.get(pk=message.pk)))
    assert "Where: by video.\n" in text
    assert "meet.example" not in text

    VisitType.objects.update(place="office")
    Appointment.objects.update(status=Status.CONFIRMED)
    outbox.write(message.appointment, Kind.REMINDER, now=NOW)
    assert "meet.example" not in plain_text(built(Message.objects.get(kind=Kind.REMINDER)))


def test_a_name_with_markup_is_shown_as_text() -> None:
    appointment = make_appointment(name="<b>Ana</b> Diaz")
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)

    mail = built(Message.objects.get(kind=Kind.CONFIRMED))

    assert "Hello &lt;b&gt;Ana&lt;/b&gt;," in part(mail, "text/html")
    assert "Hello <b>Ana</b>," in plain_text(mail)


@pytest.mark.parametrize("at_once", [False, True])
def test_what_goes_out_unseen_repeats_nothing_that_was_typed(at_once: bool) -> None:
    """Else anybody could have us send their words to any address."""
    visit_type = make_visit_type(needs_confirmation=not at_once, needs_ride=True)
    appointment = make_appointment(visit_type, name="evil.example Diaz")
    by, now = actions.PATIENT, NOW
    actions.tell_ride(appointment=appointment, ride=actions.Ride("evil.example"), sure=False, by=by, now=now)
    actions.reschedule(appointment=appointment, starts_at=later(START, hours=2), by=by, now=now)
    actions.send_fresh_link(appointment=appointment, by=by, now=now)
    for kind in (Kind.REMINDER, Kind.RIDE_UNCONFIRMED):
        outbox.write(appointment, kind, now=now)
    sent = [built(message).as_string() for message in Message.objects.all()]
    actions.cancel(appointment=appointment, by=by, now=now)
    sent += [built(message).as_string() for message in Message.objects.all()]

    assert len(sent) > 8
    assert [mail for mail in sent if "evil" in mail] == []
