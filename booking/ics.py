"""Calendar files by RFC 5545. Plain values in, bytes out: no Django, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Appointments//EN"


class Method(StrEnum):
    """What the file asks of a calendar (RFC 5546)."""

    PUBLISH = "PUBLISH"  # what the patient fetched, and several visits in one file: the others are for one each
    REQUEST = "REQUEST"  # in a message: enter or update
    CANCEL = "CANCEL"  # in a message: take out


@dataclass(frozen=True)
class Entry:
    """One visit as a calendar may show it to anybody: nothing in it says what kind of visit it is.

    Without an organizer it is nobody's invitation. `changed_at` is for a file that is the same as long as its entries
    are; otherwise each is stamped with when the file was made.
    """

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str
    description: str
    organizer_name: str
    organizer_email: str
    attendee_email: str
    cancelled: bool = False
    tentative: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Feed:
    """What a calendar that subscribes is told beside the visits: its name, and after how many hours to ask again."""

    name: str
    hours: int


def calendar_file(entries: Sequence[Entry], method: Method, *, stamp: datetime, feed: Feed | None = None) -> bytes:
    """The file. Times are in UTC, so that no zone table can be out of date; `stamp` is when it was made."""
    if method is not Method.PUBLISH and len({entry.uid for entry in entries}) != 1:
        raise ValueError(f"{method} is about one visit")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", str(method))
    if feed:  # each twice: by RFC 7986, and as programs understood it before
        calendar.add("name", feed.name)
        calendar.add("x-wr-calname", feed.name)
        calendar.add("refresh-interval", timedelta(hours=feed.hours), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", f"PT{feed.hours}H")
    for entry in entries:
        calendar.add_component(_event(entry, method, stamp))
    content: bytes = calendar.to_ical()
    return content


def _event(entry: Entry, method: Method, stamp: datetime) -> Event:
    cancelled = entry.cancelled or method is Method.CANCEL
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", (entry.changed_at or stamp).astimezone(UTC))
    if entry.changed_at:
        event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    if entry.location:
        event.add("location", entry.location)
    if entry.description:
        event.add("description", entry.description)
    event.add("status", "CANCELLED" if cancelled else "TENTATIVE" if entry.tentative else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if entry.organizer_email:
        organizer = vCalAddress(f"mailto:{entry.organizer_email}")
        organizer.params["CN"] = vText(entry.organizer_name)
        event.add("organizer", organizer)  # RFC 5546 asks for it with every method
    if method is not Method.PUBLISH:  # and forbids this one with PUBLISH
        attendee = vCalAddress(f"mailto:{entry.attendee_email}")
        attendee.params["RSVP"] = vText("FALSE")
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        event.add("attendee", attendee, encode=False)
    return event
