from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core import mail
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions, reminders
from booking.models import (
    Appointment,
    Holiday,
    Kind,
    Message,
    Reason,
    ReminderDay,
    Status,
    VisitType,
)
from booking.tasks import deliver_messages, send_reminders
from clinic.models import Practice
from tests.booking.factories import NOW, START, make_appointment, make_staff, make_visit_type
from tests.faults.asking import all_at_once

pytestmark = pytest.mark.django_db

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# A Thursday ten days after START's Wednesday, 10:00 at the clinic; reminded three days and one day before.
FAR = START + 8 * DAY
Rows = list[tuple[str, str, str, str]]


def rows(*kinds: Kind) -> Rows:
    """Kind, occasion, state and reason of each reminder, in the order of writing."""
    found = Message.objects.filter(kind__in=kinds or [Kind.REMINDER, Kind.RIDE_UNCONFIRMED]).order_by("pk")
    return list(found.values_list("kind", "occasion", "state", "reason"))


def due(kind: Kind, occasion: str) -> tuple[str, str, str, str]:
    return (kind, occasion, "queued", "")


@pytest.fixture
def visit() -> Appointment:
    """Agreed on a Monday for the Thursday of the week after."""
    appointment = make_appointment(make_visit_type(needs_ride=True, cutoff_hours=0), starts_at=FAR)
    return actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)


def test_each_reminder_is_written_when_its_moment_has_come(visit: Appointment) -> None:
    steps = [
        (3 * DAY, [due(Kind.REMINDER, "3d")]),
        (2 * DAY, [due(Kind.RIDE_UNCONFIRMED, "2d")]),
        (1 * DAY, [due(Kind.REMINDER, "1d")]),
    ]
    expected: Rows = []
    for before, new in steps:
        assert reminders.write_due(now=FAR - before - MINUTE) == 0
        assert reminders.write_due(now=FAR - before) == 1
        assert reminders.write_due(now=FAR - before) == 0
        expected += new
        assert rows() == expected
    assert reminders.write_due(now=FAR - MINUTE) == 0


def test_the_days_are_data(visit: Appointment) -> None:
    ReminderDay.objects.all().delete()
    assert reminders.write_due(now=FAR - MINUTE) == 0
    ReminderDay.objects.create(days_before=7)

    assert reminders.write_due(now=FAR - 7 * DAY - MINUTE) == 0
    assert reminders.write_due(now=FAR - 7 * DAY) == 1


def test_after_an_outage_only_the_nearest_is_sent(visit: Appointment) -> None:
    reminders.write_due(now=FAR - DAY)

    assert sorted(rows(Kind.REMINDER)) == [
        due(Kind.REMINDER, "1d"),
        (Kind.REMINDER, "3d", "suppressed", Reason.NEARER),
    ]
    assert reminders.write_due(now=FAR - DAY) == 0


def test_a_day_added_late_is_not_sent_after_a_nearer_one(visit: Appointment) -> None:
    reminders.write_due(now=FAR - 3 * DAY)
    ReminderDay.objects.create(days_before=5)

    reminders.write_due(now=FAR - 3 * DAY)

    assert rows() == [due(Kind.REMINDER, "3d"), (Kind.REMINDER, "5d", "suppressed", Reason.NEARER)]


@pytest.mark.parametrize(("agreed", "expected"), [(-1, ["3d"]), (0, ["3d"]), (1, [])])
def test_what_was_over_when_the_visit_was_agreed_is_not_sent(
    visit: Appointment, agreed: int, expected: list[str]
) -> None:
    Appointment.objects.update(agreed_at=FAR - 3 * DAY + agreed * MINUTE)

    reminders.write_due(now=FAR - 3 * DAY + 2 * MINUTE)

    assert [occasion for _, occasion, *_ in rows()] == expected


def test_nobody_is_reminded_of_what_they_have_not_been_told(visit: Appointment, settings: Any) -> None:
    """Agreed a minute before the reminder's moment, it is told two minutes after it."""
    settings.MESSAGE_GRACE = timedelta(minutes=3)
    Appointment.objects.update(agreed_at=FAR - 3 * DAY - MINUTE)

    assert reminders.write_due(now=FAR - 3 * DAY) == 0
    assert reminders.write_due(now=FAR - 3 * DAY + 5 * MINUTE) == 0


def test_a_moved_visit_is_reminded_of_anew(visit: Appointment) -> None:
    now = FAR - 3 * DAY
    reminders.write_due(now=now)
    moved = actions.reschedule(appointment=visit, starts_at=FAR + 4 * DAY, by=actions.PATIENT, now=now)

    assert reminders.write_due(now=now) == 0
    reminders.write_due(now=moved.starts_at - 3 * DAY)

    assert [row.version for row in Message.objects.filter(kind=Kind.REMINDER).order_by("pk")] == [2, 3]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.CONFIRMED])
def test_only_what_is_agreed_is_reminded_of(visit: Appointment, status: str) -> None:
    Appointment.objects.update(status=status)

    reminders.write_due(now=FAR - DAY)

    assert rows() == []


def test_what_has_begun_is_not_reminded_of(visit: Appointment) -> None:
    assert reminders.write_due(now=FAR) == 0


@pytest.mark.parametrize("why", ["sure", "may drive"])
def test_nobody_is_asked_twice_about_the_way_home(visit: Appointment, why: str) -> None:
    if why == "sure":
        actions.tell_ride(appointment=visit, ride=actions.Ride("Bo"), sure=True, by=actions.PATIENT, now=NOW)
    else:
        VisitType.objects.update(needs_ride=False)

    reminders.write_due(now=FAR - 2 * DAY)

    assert rows(Kind.RIDE_UNCONFIRMED) == []


@pytest.mark.parametrize("month", [3, 11])
def test_the_clock_time_is_kept_across_a_change_of_the_clock(month: int) -> None:
    """Monday 10:00 after the change; three days before, it is Friday 10:00, too."""
    friday, monday = {
        3: (datetime(2026, 3, 6, 18, tzinfo=UTC), datetime(2026, 3, 9, 17, tzinfo=UTC)),
        11: (datetime(2026, 10, 30, 17, tzinfo=UTC), datetime(2026, 11, 2, 18, tzinfo=UTC)),
    }[month]
    long_before = friday - 7 * DAY
    appointment = make_appointment(starts_at=monday, now=long_before)
    actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=long_before)

    assert reminders.write_due(now=friday - MINUTE) == 0
    assert reminders.write_due(now=friday) == 1


# --- The office -----------------------------------------------------------------------------------------------


def test_staff_are_told_once_of_a_request_without_an_answer() -> None:
    """Asked on Monday at 8; a working day is promised where the practice has said nothing."""
    appointment = make_appointment(starts_at=FAR)
    tuesday = NOW + DAY

    assert reminders.write_due(now=tuesday) == 0
    assert reminders.write_due(now=tuesday + MINUTE) == 1
    actions.reschedule(appointment=appointment, starts_at=FAR + timedelta(hours=1), by=actions.PATIENT, now=tuesday)
    assert reminders.write_due(now=tuesday + DAY) == 0
    assert rows(Kind.STAFF_UNANSWERED) == [due(Kind.STAFF_UNANSWERED, "")]


@pytest.mark.parametrize("status", [status for status in Status if status != Status.REQUESTED])
def test_staff_are_not_told_of_what_is_answered(status: str) -> None:
    make_appointment(starts_at=FAR)
    Appointment.objects.update(status=status)

    reminders.write_due(now=NOW + 3 * DAY)

    assert rows(Kind.STAFF_UNANSWERED) == []


def test_weekends_holidays_and_what_is_promised_count() -> None:
    Practice.objects.create(pk=1, reply_working_days=3)
    Holiday.objects.create(day=datetime(2026, 12, 2, tzinfo=UTC).date(), name="A day off", decision="closed")
    make_appointment(starts_at=FAR + 4 * DAY)

    assert reminders.write_due(now=NOW + 4 * DAY) == 0  # Friday, the third working day: Wednesday was none
    assert reminders.write_due(now=NOW + 4 * DAY + MINUTE) == 1


# --- Many, and at once ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("visits", [1, 40])
def test_queries_do_not_grow_with_the_visits(
    visit: Appointment, visits: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    waiting = make_appointment(starts_at=FAR + DAY, email="bo@example.test")
    copies = [(visit, Status.CONFIRMED), (waiting, Status.REQUESTED)] * (visits // 2)
    Appointment.objects.bulk_create(
        Appointment(
            visit_type=like.visit_type,
            patient=like.patient,
            status=status,
            starts_at=FAR,
            ends_at=FAR + timedelta(hours=1),
            created_at=NOW,
            agreed_at=NOW,
        )
        for like, status in copies
    )

    # days, what is written, visits; requests, the facts, holidays; one insert
    with django_assert_num_queries(7):
        written = reminders.write_due(now=FAR - 2 * DAY)

    assert written == len(rows()) + len(rows(Kind.STAFF_UNANSWERED))
    assert written > visits


@pytest.mark.django_db(transaction=True)
def test_many_who_look_at_once_write_each_reminder_once() -> None:
    """Two beats, workers that were slow, a task that came twice: each row is written by one of them."""
    for about, days in (("visit", 3), ("visit", 1), ("ride", 2)):
        ReminderDay.objects.get_or_create(about=about, days_before=days)
    kind, sam = make_visit_type(needs_ride=True, cutoff_hours=0, step_minutes=60), actions.staff(make_staff())
    visits = [make_appointment(kind, starts_at=FAR + number * timedelta(hours=1)) for number in range(5)]
    for visit in visits:
        actions.confirm(appointment=visit, by=sam, now=NOW)

    for moment in (FAR - 3 * DAY, FAR - 2 * DAY, FAR - DAY):
        all_at_once([partial(reminders.write_due, now=moment + timedelta(hours=5))] * 8)

    expected = [due(Kind.REMINDER, "3d"), due(Kind.RIDE_UNCONFIRMED, "2d"), due(Kind.REMINDER, "1d")]
    for visit in visits:
        told = visit.messages.filter(kind__in=[Kind.REMINDER, Kind.RIDE_UNCONFIRMED]).order_by("pk")
        assert list(told.values_list("kind", "occasion", "state", "reason")) == expected


def test_what_is_written_is_sent(visit: Appointment, mail_to_memory: None, settings: Any) -> None:
    settings.MESSAGE_GRACE = timedelta(minutes=3)
    deliver_messages()
    mail.outbox.clear()
    with time_machine.travel(FAR - 3 * DAY, tick=False):
        send_reminders()
        send_reminders()
        deliver_messages()

    assert [message.subject for message in mail.outbox] == ["Reminder: appointment Thursday, December 10, 10:00 AM"]
