"""What is over its time goes, whole; what is not, and what staff keep, stays."""

import threading
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, models, transaction

from booking import actions
from booking.models import (
    Appointment,
    AppointmentEvent,
    Clearance,
    Course,
    CourseTemplate,
    FreedTime,
    Hold,
    Merge,
    Message,
    Patient,
    Resource,
    Status,
    VisitType,
)
from clinic.models import Throttle
from clinic.records import removal
from clinic.records.models import CHANGES, Removal
from clinic.records.removal import What, count_due, remove_due
from clinic.retention import DAY, YEAR
from tests.booking.factories import NOW, START, make_appointment, make_staff

pytestmark = pytest.mark.django_db

A_YEAR_ON = START + YEAR + 2 * DAY
ABOUT_NOBODY = (What.COUNTS, What.FREED, What.CHANGES, What.REMOVALS)
TEN_YEARS_ON = START + 10 * YEAR + 2 * DAY


def took_place(**details: Any) -> Appointment:
    visit = make_appointment(**details)
    by = actions.staff(make_staff(f"staff{visit.pk}"))
    actions.confirm(appointment=visit, by=by, now=NOW)
    return actions.complete(appointment=visit, by=by, now=visit.ends_at)


def of_patients() -> list[type[models.Model]]:
    """Every table that may hold something of a patient."""
    tracked = (Patient, Appointment, Clearance, Course)
    return [AppointmentEvent, Hold, Message, *tracked, *(CHANGES[model] for model in tracked)]


def left() -> dict[str, int]:
    counted = {model._meta.label: model._default_manager.count() for model in of_patients()}
    return {label: count for label, count in counted.items() if count}


def gone(now: datetime) -> dict[What, int]:
    """What went of patients at that moment."""
    return {what: count for what, count in remove_due(now=now).items() if what not in ABOUT_NOBODY}


def test_a_request_nobody_confirmed_goes_after_a_year_with_its_patient() -> None:
    declined = make_appointment()
    actions.decline(appointment=declined, by=actions.staff(make_staff()), now=NOW)
    before = left()

    assert gone(START + YEAR - DAY) == {}
    assert left() == before
    assert gone(A_YEAR_ON) == {What.REQUESTS: 1, What.PATIENTS: 1}
    assert left() == {}


def test_a_visit_that_took_place_stays_ten_years() -> None:
    took_place()
    Message.objects.update(state=Message.State.SENT, sent_at=NOW)

    assert set(gone(A_YEAR_ON)) == {What.MESSAGES}
    assert gone(START + 10 * YEAR - DAY) == {}
    assert Appointment.objects.get().status == Status.COMPLETED
    assert gone(TEN_YEARS_ON) == {What.VISITS: 1, What.PATIENTS: 1}
    assert left() == {}


def test_a_visit_once_confirmed_is_no_mere_request() -> None:
    visit = make_appointment()
    by = actions.staff(make_staff())
    actions.confirm(appointment=visit, by=by, now=NOW)
    actions.cancel(appointment=visit, by=by, now=NOW)

    assert What.REQUESTS not in gone(A_YEAR_ON)
    assert Appointment.objects.count() == 1


def test_ten_years_count_from_the_last_visit() -> None:
    first = took_place()
    later = START + 5 * YEAR
    Appointment.objects.filter(pk=took_place(starts_at=START + timedelta(hours=2)).pk).update(
        patient=first.patient, starts_at=later, ends_at=later + timedelta(hours=1)
    )
    Patient.objects.exclude(pk=first.patient_id).update(created_at=TEN_YEARS_ON)  # who has none left is not meant here

    assert What.VISITS not in gone(TEN_YEARS_ON)
    assert gone(later + 10 * YEAR + DAY)[What.VISITS] == 2


def test_a_course_goes_with_its_sessions() -> None:
    visit = took_place()
    kind = VisitType.objects.get()
    template = CourseTemplate.objects.create(name="Series", visit_type=kind)
    course = Course.objects.create(
        patient=visit.patient,
        template=template,
        sessions=1,
        submission_id=visit.submission_id,
        placed_by=make_staff(),
        placed_at=NOW,
    )
    Appointment.objects.update(course=course, course_position=1)
    Clearance.objects.create(patient=visit.patient, visit_type=kind, by=course.placed_by, at=NOW)

    gone(TEN_YEARS_ON)

    assert left() == {}


@pytest.mark.parametrize("years", [1, 10, 100])
def test_what_staff_keep_stays_however_old(years: int) -> None:
    declined = make_appointment()
    actions.decline(appointment=declined, by=actions.staff(make_staff()), now=NOW)
    seen = took_place(starts_at=START + timedelta(hours=2))
    for visit in (declined, seen):
        log(visit)
        actions.keep_record(
            patient=visit.patient, because="A letter", by=actions.staff(make_staff(f"k{visit.pk}")), now=NOW
        )
    Message.objects.update(state=Message.State.SENT, sent_at=NOW)
    before = left()

    removed = gone(START + years * YEAR + 30 * DAY)

    assert removed == {}
    assert left() == before
    assert LogEntry.objects.count() == 4


def log(visit: Appointment) -> None:
    user = make_staff(f"l{visit.pk}")
    for row in (visit, visit.patient):
        kind = ContentType.objects.get_for_model(row)
        entry = LogEntry.objects.create(
            user=user, content_type=kind, object_id=str(row.pk), object_repr="x", action_flag=CHANGE
        )
        LogEntry.objects.filter(pk=entry.pk).update(action_time=NOW)


def test_no_longer_kept_it_goes_when_due() -> None:
    visit = took_place()
    actions.keep_record(patient=visit.patient, because="A letter", by=actions.staff(make_staff()), now=NOW)
    assert actions.stop_keeping(patient=visit.patient)
    assert not actions.stop_keeping(patient=visit.patient)

    assert gone(TEN_YEARS_ON)[What.VISITS] == 1


def test_rows_about_nobody_go() -> None:
    Throttle.objects.create(key="old", window_start=NOW - 3 * DAY)
    Throttle.objects.create(key="new", window_start=NOW - DAY)
    for key, days in (("a" * 32, -1), ("b" * 32, 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=NOW + days * DAY)
    for key in ("a" * 32, "b" * 32, "c" * 32):  # of the last one the session is gone already
        here = UserSession.objects.create(user=make_staff(key), ip="192.0.2.1", session_key=key, user_agent="")
        UserSession.objects.filter(pk=here.pk).update(last_seen_at=NOW - DAY)
    with connection.cursor() as cursor:
        for key, at in (("old", NOW - DAY), ("new", NOW + DAY)):
            cursor.execute("INSERT INTO staff_cache VALUES (%s, '', %s)", [key, at])
    chair = Resource.objects.create(kind=Resource.Kind.CHAIR, name="Chair 1")
    for days in (3, -3):
        start = NOW - days * DAY
        FreedTime.objects.create(resource=chair, starts_at=start, ends_at=start + timedelta(hours=1), freed_at=NOW)

    assert remove_due(now=NOW) == {What.FREED: 1, What.COUNTS: 2, What.SESSIONS: 3}
    assert Throttle.objects.get().key == "new"
    assert Session.objects.get().session_key == UserSession.objects.get().session_key == "b" * 32
    with connection.cursor() as cursor:
        assert cursor.execute("SELECT cache_key FROM staff_cache").fetchall() == [("new",)]
    assert FreedTime.objects.get().starts_at > NOW


def test_changes_of_settings_go_after_six_years_and_of_patients_with_them() -> None:
    took_place()
    kept = CHANGES[Appointment]._default_manager.count()
    today = CHANGES[VisitType]._default_manager.values_list("pgh_created_at", flat=True)[0]

    assert What.CHANGES not in remove_due(now=today + 6 * YEAR - DAY)
    assert remove_due(now=today + 6 * YEAR + DAY)[What.CHANGES] >= 1
    assert CHANGES[VisitType]._default_manager.count() == 0
    assert CHANGES[Appointment]._default_manager.count() == kept


def test_it_writes_how_many_and_twice_does_no_more() -> None:
    make_appointment()

    remove_due(now=A_YEAR_ON)
    remove_due(now=A_YEAR_ON)

    noted = list(Removal.objects.order_by("pk").values_list("what", "count"))
    assert noted == [("requests", 1), ("patients", 1), ("counts", 2), ("nothing", 0)]


def test_a_run_is_bounded_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "AT_ONCE", 1)
    monkeypatch.setattr(removal, "A_RUN", 2)
    Throttle.objects.bulk_create(Throttle(key=str(n), window_start=NOW - 3 * DAY) for n in range(3))

    assert remove_due(now=NOW) == {What.COUNTS: 2}
    assert remove_due(now=NOW) == {What.COUNTS: 1}
    assert remove_due(now=NOW, long_enough=0) == {}


def test_looking_removes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    make_appointment()
    Patient.objects.update(created_at=NOW - 3 * YEAR)
    Appointment.objects.update(created_at=NOW - 3 * YEAR, starts_at=NOW - 2 * YEAR, ends_at=NOW - 2 * YEAR + DAY)
    before = left()
    out = StringIO()

    call_command("remove_due", "--dry-run", stdout=out)

    assert "1 requests that were never confirmed" in out.getvalue()
    assert (left(), Removal.objects.count()) == (before, 0)
    call_command("remove_due", stdout=out)
    assert left() == {}


def test_what_is_counted_is_what_goes() -> None:
    took_place()
    make_appointment(starts_at=START + timedelta(hours=2))
    Message.objects.update(state=Message.State.SENT, sent_at=NOW)
    due_now = count_due(now=A_YEAR_ON)

    assert due_now[What.REQUESTS] == gone(A_YEAR_ON)[What.REQUESTS] == 1


@pytest.mark.django_db(transaction=True)
def test_what_others_have_locked_is_left_and_two_at_once_do_no_harm() -> None:
    visit = make_appointment()
    make_appointment(starts_at=START + timedelta(hours=2))
    results: list[dict[What, int]] = []

    def run(now: datetime) -> None:
        results.append(remove_due(now=now))
        connection.close()

    def at_once(many: int) -> None:
        threads = [threading.Thread(target=run, args=[A_YEAR_ON]) for _ in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)

    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=visit.patient_id)
        at_once(1)
        assert Appointment.objects.get() == visit
    at_once(3)

    assert sum(found.get(What.REQUESTS, 0) for found in results) == 2
    assert sum(found.get(What.PATIENTS, 0) for found in results) == 2
    assert left() == {}


# --- Records that are a part of another ------------------------------------------------------------------------------
def put_together(stays: Patient, other: Patient) -> None:
    stays, other = Patient.objects.get(pk=stays.pk), Patient.objects.get(pk=other.pk)
    was = (actions.Shown.of(stays), actions.Shown.of(other))
    by = actions.staff(make_staff(f"merger{other.pk}"))
    actions.merge_records(stays=stays, other=other, was=was, chosen=set(), by=by, now=NOW)


def test_a_part_stays_as_long_as_its_whole_and_goes_with_it() -> None:
    whole = took_place()
    parts = [make_appointment(starts_at=START + timedelta(hours=hours)) for hours in (2, 4)]
    for part in parts:
        actions.cancel(appointment=part, by=actions.PATIENT, now=NOW)
    put_together(parts[0].patient, parts[1].patient)
    put_together(whole.patient, parts[0].patient)

    gone(A_YEAR_ON)
    assert Patient.objects.count() == 3
    gone(TEN_YEARS_ON)

    assert left() == {}
    assert not Merge.objects.exists()


def test_a_part_is_kept_with_its_whole() -> None:
    whole = took_place()
    part = make_appointment(starts_at=START + timedelta(hours=2))
    put_together(whole.patient, part.patient)
    actions.keep_record(patient=whole.patient, because="A letter", by=actions.staff(make_staff("keeper")), now=NOW)

    gone(TEN_YEARS_ON)

    assert Patient.objects.count() == 2
    assert Merge.objects.count() == 1
