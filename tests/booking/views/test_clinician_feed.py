"""A clinician's times in their own calendar program: when, and no word more."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar, Event

from booking import actions, clinician_calendar, links
from booking.models import Appointment, Hold, Offer, Resource, VisitType
from booking.slots import Span
from tests.booking.factories import (
    NOW,
    START,
    later,
    make_appointment,
    make_chair,
    make_clinician,
    make_staff,
    make_visit_type,
)

OTHER_KEY = "another-key-of-at-least-fifty-characters-for-links-0123456789"


@pytest.fixture
def clinician(db: None) -> Resource:
    found = make_clinician()
    actions.renew_calendar(clinician=found, seen=0)
    found.refresh_from_db()
    return found


@pytest.fixture
def chair(db: None) -> Resource:
    return make_chair()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def path(clinician: Resource) -> str:
    return clinician_calendar.url_for(clinician).removeprefix("http://127.0.0.1:8000")


def events(client: Client, clinician: Resource) -> list[Any]:
    answer = client.get(path(clinician))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return Calendar.from_ical(answer.content).walk("VEVENT")


def shown(client: Client, clinician: Resource) -> list[tuple[datetime, datetime, str, str]]:
    return [
        (one.decoded("DTSTART"), one.decoded("DTEND"), str(one["SUMMARY"]), str(one["STATUS"]))
        for one in events(client, clinician)
    ]


def monitored(**changes: Any) -> VisitType:
    values = {"length_minutes": 120, "clinician_minutes": 30, "needs_chair": True, "buffer_before_minutes": 10}
    return make_visit_type("monitored", name="Monitored visit", **{**values, **changes})


def test_requests_visits_and_blocked_times(client: Client, clinician: Resource, chair: Resource) -> None:
    visit = make_appointment(monitored(), name="Ana Diaz")
    request = make_appointment(make_visit_type(), starts_at=later(START, hours=3))
    actions.block_time(resource=clinician, span=Span(later(START, days=1), later(START, days=1, hours=2)), reason="MRI")
    actions.block_time(resource=chair, span=Span(later(START, days=2), later(START, days=2, hours=2)), reason="Repair")
    actions.confirm(appointment=visit, by=actions.staff(make_staff()), now=NOW)

    at = later(START, days=1)
    assert shown(client, clinician) == [
        (later(START, minutes=-10), later(START, minutes=30), "Appointment · Chair 1", "CONFIRMED"),
        (request.starts_at, request.ends_at, "Appointment", "TENTATIVE"),
        (at, later(at, hours=2), "Blocked", "CONFIRMED"),
    ]
    [first, *_rest] = events(client, clinician)
    assert str(first["DESCRIPTION"]) == "Begins at 10:00 AM Pacific time."


def test_it_tells_nothing_but_when_and_where(client: Client, clinician: Resource, chair: Resource) -> None:
    visit = make_appointment(monitored(needs_ride=True), name="Ana Diaz")
    actions.confirm(appointment=visit, by=actions.staff(make_staff()), now=NOW)
    span = Span(later(START, days=1), later(START, days=1, hours=2))
    actions.block_time(resource=clinician, span=span, reason="Talk with Ana Diaz")

    answer = client.get(path(clinician))

    text = answer.content.decode().replace("\r\n ", "")
    visit.refresh_from_db()
    theirs = (visit.public_id, visit.reference, visit.patient.email, links.token_for(visit), "Ana", "Diaz")
    ours = ("Monitored", "Talk", "Bacchus", "310", "ORGANIZER", "ATTENDEE", "Park Terrace")
    assert [word for word in (*theirs, *ours) if word in text] == []
    assert {line.partition(":")[0].partition(";")[0] for line in text.split("\r\n") if line} == {
        *("BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL"),
        *("X-PUBLISHED-TTL", "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "STATUS"),
        *("DESCRIPTION", "CLASS", "TRANSP"),
    }
    assert "NAME:Appointments" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")
    assert (answer["Referrer-Policy"], dict(answer.cookies)) == ("same-origin", {})


def test_a_chair_that_is_named_by_what_is_done_in_it_is_not_told(client: Client, clinician: Resource) -> None:
    make_chair("Infusion chair")
    make_appointment(monitored())

    assert [summary for _from, _to, summary, _status in shown(client, clinician)] == ["Appointment"]


def test_an_entry_stays_the_same_one_through_a_move_and_goes_with_a_cancellation(
    client: Client, clinician: Resource
) -> None:
    visit = make_appointment()
    [before] = events(client, clinician)

    sam = actions.staff(make_staff())
    actions.reschedule(appointment=visit, starts_at=later(START, hours=2), by=sam, now=later(NOW, hours=1))

    [after] = events(client, clinician)
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])
    assert (before.decoded("LAST-MODIFIED"), after.decoded("LAST-MODIFIED")) == (NOW, later(NOW, hours=1))
    assert str(before["UID"]) != visit.calendar_uid
    visit.refresh_from_db()
    actions.cancel(appointment=visit, by=actions.PATIENT, now=later(NOW, hours=2))
    assert events(client, clinician) == []


def test_a_time_that_is_offered_is_tentative(client: Client, clinician: Resource) -> None:
    visit = make_appointment()
    offer = Offer.objects.create(
        appointment=visit, starts_at=later(START, hours=-1), offered_at=NOW, expires_at=later(NOW, hours=4)
    )
    Hold.objects.create(resource=clinician, period=(later(START, hours=-1), START), offer=offer, reason="offered")

    assert [entry[2:] for entry in shown(client, clinician)] == [("Appointment", "TENTATIVE")] * 2


def test_only_the_own_times(client: Client, clinician: Resource) -> None:
    other = Resource.objects.create(kind=Resource.Kind.CLINICIAN, name="Dr. Other")
    actions.block_time(resource=other, span=Span(START, later(START, hours=1)), reason="x")

    assert events(client, clinician) == []


# --- Both changes of the clock: 9:00 on the wall before and after ------------------------------------------------


@pytest.mark.parametrize(
    ("now", "days"),
    [
        (utc(2026, 10, 30, 16), [utc(2026, 10, 31, 16), utc(2026, 11, 1, 17)]),
        (utc(2027, 3, 12, 17), [utc(2027, 3, 13, 17), utc(2027, 3, 14, 16)]),
    ],
)
def test_times_hold_across_a_change_of_the_clock(
    client: Client, clinician: Resource, now: datetime, days: list[datetime]
) -> None:
    for start in days:
        actions.block_time(resource=clinician, span=Span(start, later(start, hours=2)), reason="x")
    with time_machine.travel(now, tick=False):
        found = events(client, clinician)

    assert [one.decoded("DTSTART") for one in found] == days
    assert [one.decoded("DTEND") - one.decoded("DTSTART") for one in found] == [timedelta(hours=2)] * 2


def test_it_reaches_from_thirty_days_ago_to_a_year_ahead(client: Client, clinician: Resource) -> None:
    near = [NOW + timedelta(days=days) for days in (-29, 365)]
    for start in (NOW - timedelta(days=32), *near, NOW + timedelta(days=368)):
        actions.block_time(resource=clinician, span=Span(start, later(start, hours=1)), reason="x")

    with time_machine.travel(NOW, tick=False):
        assert [start for start, *_rest in shown(client, clinician)] == near


# --- The address --------------------------------------------------------------------------------------------------


def test_who_asks_again_is_told_that_nothing_has_changed(client: Client, clinician: Resource) -> None:
    visit = make_appointment()
    with time_machine.travel(NOW, tick=False) as clock:
        first = client.get(path(clinician))
        clock.shift(3600)
        again = client.get(path(clinician), headers={"If-None-Match": first["ETag"]})
        actions.confirm(appointment=visit, by=actions.staff(make_staff()), now=later(NOW, hours=1))
        changed = client.get(path(clinician), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "no-store"
    assert changed.status_code == 200
    assert client.head(path(clinician)).status_code == 200
    assert client.post(path(clinician)).status_code == 405


def test_a_new_address_closes_the_old_one(client: Client, clinician: Resource) -> None:
    old = path(clinician)
    assert actions.renew_calendar(clinician=clinician, seen=1)
    clinician.refresh_from_db()

    assert client.get(path(clinician)).status_code == 200
    assert client.get(old).status_code == 404
    assert not actions.renew_calendar(clinician=clinician, seen=1), "of two who press at once, one makes the address"
    clinician.refresh_from_db()
    assert clinician.calendar_version == 2


def test_revoked_wrong_and_unknown_addresses_are_not_told_apart(client: Client, clinician: Resource) -> None:
    old = path(clinician)
    token = old.split("/")[3]
    actions.renew_calendar(clinician=clinician, seen=1)
    visit = make_appointment()
    wrong = [
        token,
        token.replace(f"{clinician.pk}.", "999."),
        f"0{token}",
        f"{token}x",
        token[:-1],
        f"{'9' * 18}.{token.partition('.')[2]}",
        f"{'9' * 30}.{token.partition('.')[2]}",
        links.feed_token_for(visit),
        links.token_for(visit),
        "x",
    ]

    answers = [client.get(f"/visit/times/{one}/appointments.ics") for one in wrong]
    patients = client.get("/visit/feed/x/appointments.ics")

    assert {(one.status_code, one.content) for one in answers} == {(404, patients.content)}
    assert {tuple(sorted(one.items())) for one in answers} == {tuple(sorted(patients.items()))}


def test_without_an_address_there_is_none(client: Client, db: None) -> None:
    clinician = make_clinician()
    mac = links.keyed("clinician:", str(clinician.pk), 0)

    assert clinician_calendar.url_for(clinician) == ""
    assert client.get(f"/visit/times/{clinician.pk}.{mac}/appointments.ics").status_code == 404


@pytest.mark.parametrize("change", [{"is_active": False}, {"kind": Resource.Kind.CHAIR}])
def test_who_has_left_has_no_calendar(client: Client, clinician: Resource, change: dict[str, Any]) -> None:
    Resource.objects.filter(pk=clinician.pk).update(**change)

    assert client.get(path(clinician)).status_code == 404


def test_a_new_key_keeps_the_address_until_the_old_one_is_dropped(
    client: Client, clinician: Resource, settings: Any
) -> None:
    old = path(clinician)
    settings.LINK_KEY, settings.LINK_KEY_FALLBACKS = OTHER_KEY, [settings.LINK_KEY]
    assert client.get(old).status_code == 200
    settings.LINK_KEY_FALLBACKS = []
    assert client.get(old).status_code == 404


def test_it_asks_a_constant_number_of_queries(client: Client, clinician: Resource, chair: Resource) -> None:
    kind = monitored()

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(path(clinician))
        return len(found)

    make_appointment(kind)
    one = asked()
    for days in (1, 2, 5):
        make_appointment(kind, starts_at=later(START, days=days), name=f"Bo {days}", email=f"bo{days}@example.test")

    assert len(events(client, clinician)) == 4
    assert asked() == one <= 4


def test_a_calendar_program_can_read_it(client: Client, clinician: Resource) -> None:
    make_appointment()
    [event] = events(client, clinician)

    assert isinstance(event, Event)
    assert not event.errors
    assert Appointment.objects.count() == 1
