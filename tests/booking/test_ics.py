"""Calendar files, read by three programs that know nothing of each other: icalendar, ics and vobject."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from icalendar import Calendar

from booking.ics import Entry, Feed, Method, calendar_file

LA = ZoneInfo("America/Los_Angeles")
STAMP = datetime(2026, 11, 30, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
# uid, start, end, summary, location, state
Row = tuple[str, datetime, datetime, str, str, str]


def entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
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
    return Entry(**{**values, **changes})


def by_icalendar(content: bytes) -> list[Row]:
    calendar: Any = Calendar.from_ical(content)
    events: list[Any] = calendar.walk("VEVENT")
    names = ("SUMMARY", "LOCATION", "STATUS")
    return [(str(one["UID"]), one.start, one.end, *(str(one.get(name, "")) for name in names)) for one in events]


def by_ics(content: bytes) -> list[Row]:
    # It reads one method only, PUBLISH; the method is looked at by the others.
    text = content.decode().replace("METHOD:REQUEST", "METHOD:PUBLISH").replace("METHOD:CANCEL", "METHOD:PUBLISH")
    events = sorted(ics.Calendar(text).events, key=lambda one: one.begin)
    return [
        (one.uid, one.begin.datetime, one.end.datetime, one.name, one.location or "", str(one.status)) for one in events
    ]


def by_vobject(content: bytes) -> list[Row]:
    def value(event: Any, name: str) -> Any:
        return getattr(event, name).value if hasattr(event, name) else ""

    events = vobject.readOne(content.decode()).contents["vevent"]
    names = ("uid", "dtstart", "dtend", "summary", "location", "status")
    return [tuple(value(event, name) for name in names) for event in events]


READERS = pytest.mark.parametrize("read", [by_icalendar, by_ics, by_vobject])
CHANGES_OF_THE_CLOCK = {
    "an hour is left out": [datetime(2026, 3, 7, 10, tzinfo=LA), datetime(2026, 3, 8, 10, tzinfo=LA)],
    "an hour comes twice": [datetime(2026, 10, 31, 10, tzinfo=LA), datetime(2026, 11, 1, 10, tzinfo=LA)],
    "on either side of it": [datetime(2026, 11, 1, 0, 30, tzinfo=LA), datetime(2026, 11, 1, 3, tzinfo=LA)],
}


@READERS
@pytest.mark.parametrize("method", Method)
def test_every_program_reads_the_same(read: Callable[[bytes], list[Row]], method: Method) -> None:
    one = entry()

    found = read(calendar_file([one], method, stamp=STAMP))

    state = "CANCELLED" if method is Method.CANCEL else "CONFIRMED"
    assert found == [(one.uid, one.starts_at, one.ends_at, "Appointment", one.location, state)]


@READERS
@pytest.mark.parametrize("starts", CHANGES_OF_THE_CLOCK.values(), ids=list(CHANGES_OF_THE_CLOCK))
def test_a_course_keeps_its_clock_time_across_a_change(
    read: Callable[[bytes], list[Row]], starts: list[datetime]
) -> None:
    entries = [
        entry(uid=f"{number}@appointments.invalid", starts_at=start, ends_at=(start.astimezone(UTC) + HOUR))
        for number, start in enumerate(starts)
    ]

    found = read(calendar_file(entries, Method.PUBLISH, stamp=STAMP))

    assert [row[0] for row in found] == [one.uid for one in entries]
    assert [row[1].astimezone(LA).replace(tzinfo=None) for row in found] == [one.replace(tzinfo=None) for one in starts]
    assert [row[2] - row[1] for row in found] == [HOUR] * len(starts)


@READERS
def test_a_feed_says_its_name_and_when_to_ask_again(read: Callable[[bytes], list[Row]]) -> None:
    content = calendar_file([entry()], Method.PUBLISH, stamp=STAMP, feed=Feed("Appointments", hours=4))

    lines = content.decode().split("\r\n")
    assert {"NAME:Appointments", "X-WR-CALNAME:Appointments"} < set(lines)
    assert {"REFRESH-INTERVAL;VALUE=DURATION:PT4H", "X-PUBLISHED-TTL:PT4H"} < set(lines)
    assert [row[0] for row in read(content)] == [entry().uid]
    assert b"PT4H" not in calendar_file([entry()], Method.PUBLISH, stamp=STAMP)


@READERS
def test_what_was_cancelled_stands_in_the_feed_as_cancelled(read: Callable[[bytes], list[Row]]) -> None:
    later = entry().starts_at + 24 * HOUR
    entries = [entry(), entry(uid="def@appointments.invalid", starts_at=later, ends_at=later + HOUR, cancelled=True)]

    assert [row[-1] for row in read(calendar_file(entries, Method.PUBLISH, stamp=STAMP))] == ["CONFIRMED", "CANCELLED"]


def fields(method: Method, **changes: Any) -> dict[str, str]:
    calendar: Any = Calendar.from_ical(calendar_file([entry(**changes)], method, stamp=STAMP))
    assert str(calendar["METHOD"]) == method.value
    found = calendar.walk("VEVENT")[0]
    return {str(name): value.to_ical().decode() for name, value in found.items() if hasattr(value, "to_ical")}


@pytest.mark.parametrize("method", Method)
def test_the_file_says_which_visit_and_which_state_of_it(method: Method) -> None:
    found = fields(method)

    assert (found["UID"], found["SEQUENCE"]) == ("abc@appointments.invalid", "2")
    assert (found["DTSTART"], found["DTEND"]) == ("20261202T180000Z", "20261202T190000Z")
    assert found["DTSTAMP"] == "20261130T160000Z"
    assert found["CLASS"] == "PRIVATE"
    assert found["ORGANIZER"] == "mailto:office@example.test"


def test_a_file_that_was_fetched_does_not_name_the_patient() -> None:
    assert "ATTENDEE" not in fields(Method.PUBLISH)
    assert fields(Method.REQUEST)["ATTENDEE"] == "mailto:ana@example.test"


@pytest.mark.parametrize("method", [Method.REQUEST, Method.CANCEL])
def test_a_file_that_asks_something_is_about_one_visit(method: Method) -> None:
    """RFC 5546: several visits in one file may only be published."""
    with pytest.raises(ValueError, match="one visit"):
        calendar_file([entry(), entry(uid="def@appointments.invalid")], method, stamp=STAMP)


def test_nothing_can_be_smuggled_in_as_a_line_of_its_own() -> None:
    content = calendar_file([entry()], Method.REQUEST, stamp=STAMP)

    assert not any(line.startswith(b"X-EVIL") for line in content.split(b"\r\n"))


def test_lines_are_folded_and_end_in_crlf() -> None:
    content = calendar_file([entry(description="wörd " * 60)], Method.REQUEST, stamp=STAMP)

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert by_vobject(content)[0][0] == "abc@appointments.invalid"
