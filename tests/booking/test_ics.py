from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from booking.ics import Entry, Method, calendar_file

LA = ZoneInfo("America/Los_Angeles")
STAMP = datetime(2026, 11, 30, 16, tzinfo=UTC)


def entry(**changes: object) -> Entry:
    values: dict[str, object] = {
        "uid": "abc@appointments.invalid",
        "sequence": 2,
        "starts_at": datetime(2026, 12, 2, 10, tzinfo=LA),
        "ends_at": datetime(2026, 12, 2, 11, tzinfo=LA),
        "summary": "Appointment",
        "location": "1 Main Street, Los Angeles, CA 90045",
        "description": "Use the link; or call.",
        "organizer_name": "The “office”\r\nX-EVIL:1",
        "organizer_email": "office@example.test",
        "attendee_email": "ana@example.test",
    }
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


def event(method: Method, **changes: object) -> tuple[Calendar, dict[str, str]]:
    calendar = Calendar.from_ical(calendar_file(entry(**changes), method, stamp=STAMP))
    assert isinstance(calendar, Calendar)
    parsed = calendar.walk("VEVENT")[0]
    return calendar, {
        str(name): value.to_ical().decode() for name, value in parsed.items() if hasattr(value, "to_ical")
    }


@pytest.mark.parametrize(
    ("method", "status"), [(Method.REQUEST, "CONFIRMED"), (Method.CANCEL, "CANCELLED"), (Method.PUBLISH, "CONFIRMED")]
)
def test_the_file_says_what_and_when(method: Method, status: str) -> None:
    calendar, fields = event(method)

    assert str(calendar["METHOD"]) == method.value
    assert fields["UID"] == "abc@appointments.invalid"
    assert fields["SEQUENCE"] == "2"
    assert fields["DTSTART"] == "20261202T180000Z"
    assert fields["DTEND"] == "20261202T190000Z"
    assert fields["DTSTAMP"] == "20261130T160000Z"
    assert fields["STATUS"] == status


def test_a_file_that_was_fetched_does_not_name_the_patient() -> None:
    _, fields = event(Method.PUBLISH)

    assert "ATTENDEE" not in fields
    assert fields["ORGANIZER"] == "mailto:office@example.test"


def test_nothing_can_be_smuggled_in_as_a_line_of_its_own() -> None:
    content = calendar_file(entry(), Method.REQUEST, stamp=STAMP)

    assert not any(line.startswith(b"X-EVIL") for line in content.split(b"\r\n"))


def test_lines_are_folded_and_end_in_crlf() -> None:
    content = calendar_file(entry(description="word " * 60), Method.REQUEST, stamp=STAMP)

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
