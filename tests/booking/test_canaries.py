"""Unmistakable strings go in wherever a person may type, and come out only where that person or staff read them."""

import io
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
import time_machine
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from booking import actions
from booking.models import Appointment, Kind, Message
from booking.tasks import deliver_messages, offer_earlier_times, send_reminders
from tests.booking.factories import form_data, make_appointment, make_clinician, make_staff, make_visit_type
from tests.booking.views.own_page import opened

TYPED = {"name": "Zebulon Canarynight", "email": "finch-7731@example.test", "phone": "(310) 555-0177"}
RIDE = {"ride_name": "Wilhelmina Warbler", "ride_phone": "(310) 555-0188"}
SONGS = ("zebulon", "canarynight", "finch-7731", "555-0177", "5550177", "wilhelmina", "warbler", "555-0188", "5550188")
# A Monday, 10:00 in Los Angeles.
NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)

pytestmark = pytest.mark.django_db


class Listener(Client):
    """A browser that keeps what could be written down on the way: addresses asked for, and each answer's headers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.heard: list[str] = []

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        self.heard.append(f"{request['PATH_INFO']}?{request.get('QUERY_STRING', '')}")
        self.heard += [f"{name}: {value}" for name, value in response.items()]
        if request["PATH_INFO"].startswith(("/visit/", "/v/")):
            assert "no-store" in response.get("Cache-Control", ""), request["PATH_INFO"]
        return response


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    ours = next(
        item for item in logging.getLogger().handlers if isinstance(item.formatter, structlog.stdlib.ProcessorFormatter)
    )
    assert isinstance(ours, logging.StreamHandler)
    written = io.StringIO()
    monkeypatch.setattr(ours, "stream", written)
    return written


def ask(browser: Listener) -> Appointment:
    kind = make_visit_type(needs_ride=True, cutoff_hours=0)
    start = browser.get(f"/book/{kind.slug}/").context["first"].at + timedelta(days=7)
    address = f"/book/{kind.slug}/{start:%Y%m%dT%H%MZ}/"
    browser.post(address, form_data(**TYPED, **RIDE))
    browser.post(address, form_data(**{**TYPED, **RIDE, "email": "no address finch-7731"}))
    assert browser.post(f"{address}send/", form_data(**TYPED, **RIDE)).status_code == 302
    return Appointment.objects.get(patient__name=TYPED["name"])


def live_through(browser: Listener, visit: Appointment, clock: time_machine.Traveller) -> None:
    """Confirmed, moved, a ride told, an earlier time asked for and offered, reminded, cancelled, a fresh link."""
    sam = actions.staff(make_staff())
    deliver_messages()
    actions.confirm(appointment=visit, by=sam, now=NOW)
    deliver_messages()
    page = opened(browser, visit)
    for name in ("", "move/", "ride/", "contact/", "earlier/", "feed/", "appointment.ics", "book/"):
        assert browser.get(f"{page}{name}").status_code == 200, name
    browser.post(f"{page}ride/", RIDE)
    browser.post(f"{page}move/{visit.starts_at + timedelta(hours=1):%Y%m%dT%H%MZ}/")
    browser.post(f"{page}earlier/", {"choice": "ask"})
    other = make_appointment(visit.visit_type, starts_at=visit.starts_at - timedelta(days=4), now=NOW)
    actions.cancel(appointment=other, by=sam, now=NOW)
    offer_earlier_times()
    browser.get(f"{page}offer/")
    deliver_messages()
    visit.refresh_from_db()
    clock.move_to(visit.starts_at - timedelta(hours=23))
    send_reminders()
    deliver_messages()
    page = opened(browser, visit)
    browser.post(f"{page}fresh-link/")
    assert browser.post(f"{page}cancel/").status_code == 302
    deliver_messages()


def subjects_and_files(letters: list[EmailMultiAlternatives]) -> list[str]:
    """What a locked screen or a shared calendar shows. The one address in a calendar file is the patient's own."""
    shown = []
    for letter in letters:
        shown += [str(letter.subject), letter.from_email]
        for part in letter.message().walk():
            if part.get_content_type() == "text/calendar":
                content = part.get_payload(decode=True).decode().replace("\r\n ", "")
                shown += [line for line in content.splitlines() if not line.startswith("ATTENDEE")]
    return shown


def test_what_people_type_stands_in_no_log_address_header_subject_or_calendar(
    log: io.StringIO, mail_to_memory: None
) -> None:
    browser = Listener()
    with time_machine.travel(NOW, tick=False) as clock:
        make_clinician()
        visit = ask(browser)
        live_through(browser, visit, clock)

    letters = [letter for letter in mail.outbox if isinstance(letter, EmailMultiAlternatives)]
    told = {
        Kind(kind) for kind in Message.objects.filter(appointment=visit, state="sent").values_list("kind", flat=True)
    }
    public = "\n".join([log.getvalue(), *browser.heard, *subjects_and_files(letters)]).casefold()

    assert {Kind.RECEIVED, Kind.CONFIRMED, Kind.CHANGED, Kind.EARLIER_OFFERED, Kind.REMINDER} <= told
    assert {Kind.CANCELLED_BY_PATIENT, Kind.STAFF_CANCELLED} <= told
    assert [song for song in SONGS if song in public] == []
    assert "begin:vcalendar" in public
