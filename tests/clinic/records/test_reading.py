"""Each answer to staff that is made from patients' data is noted; what can't be noted is not shown."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from booking import links
from booking.models import Appointment, Message, Patient
from clinic import seen
from clinic.records.models import Reading
from clinic.records.reading import ReadLog
from clinic.records.removal import What, remove_due
from clinic.retention import YEAR
from tests.booking.admin.pages import cells, text
from tests.booking.factories import NOW, START, later, make_appointment, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit() -> Appointment:
    return make_appointment()


@pytest.fixture
def sam() -> User:
    user = make_staff()
    names = ["appointment", "patient", "message", "hold", "resource"]
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"view_{name}" for name in names]))
    return user


@pytest.fixture
def desk(client: Client, sam: User) -> Client:
    client.force_login(sam)
    return client


def noted() -> list[tuple[Any, ...]]:
    return list(Reading.objects.order_by("pk").values_list("page", "route", "patients", "visits"))


@pytest.mark.parametrize(
    ("path", "page", "route"),
    [
        ("", "desk", "admin:index"),
        ("booking/appointment/", "list", "admin:booking_appointment_changelist"),
        ("booking/appointment/?q=Ana", "search", "admin:booking_appointment_changelist"),
        ("booking/appointment/{visit}/change/", "record", "admin:booking_appointment_change"),
        ("booking/appointment/{visit}/history/", "history", "admin:booking_appointment_history"),
        ("booking/appointment/{visit}/confirm/", "step", "admin:booking_appointment_act"),
        ("booking/appointment/diary/day/?day={day}", "calendar", "admin:booking_appointment_diary"),
        ("booking/appointment/diary/day/?day={day}&print=1", "print", "admin:booking_appointment_diary"),
        ("booking/message/", "list", "admin:booking_message_changelist"),
        ("booking/message/{message}/change/", "record", "admin:booking_message_change"),
    ],
)
def test_every_kind_of_page(desk: Client, sam: User, visit: Appointment, path: str, page: str, route: str) -> None:
    sam.user_permissions.add(Permission.objects.get(codename="change_appointment"))
    message = Message.objects.earliest("pk")
    day = timezone.localdate(visit.starts_at)
    assert desk.get("/admin/" + path.format(visit=visit.pk, message=message.pk, day=day)).status_code == 200

    assert noted() == [(page, route, [visit.patient_id], [visit.pk])]
    assert Reading.objects.get().user == sam


def test_a_patients_page_notes_the_patient_with_their_visits(desk: Client, visit: Appointment) -> None:
    desk.get(f"/admin/booking/patient/{visit.patient_id}/change/")

    assert noted() == [("record", "admin:booking_patient_change", [visit.patient_id], [visit.pk])]


def test_a_list_notes_whom_it_shows_and_nobody_else(desk: Client, visit: Appointment) -> None:
    other = make_appointment(starts_at=later(START, hours=2), name="Bo Lind", email="bo@example.test")

    desk.get("/admin/booking/patient/?q=Bo")

    assert [row[2] for row in noted()] == [[other.patient_id]]


def test_no_values_and_no_search_words_are_kept(desk: Client, visit: Appointment) -> None:
    desk.get("/admin/booking/patient/?q=Diaz")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(reading)::text FROM records_reading AS reading")
        [[kept]] = cursor.fetchall()

    assert "Diaz" not in kept
    assert "555" not in kept


def test_what_shows_nobody_is_not_noted(desk: Client, visit: Appointment) -> None:
    desk.get("/admin/booking/resource/")
    desk.get("/admin/booking/patient/?q=nobody")
    desk.get("/admin/booking/patient/999999/change/")  # a redirect

    assert noted() == []


def test_patients_and_visitors_are_not_noted(client: Client, visit: Appointment) -> None:
    client.get(f"/v/{links.token_for(visit)}/", follow=True)
    client.get("/book/")

    assert noted() == []


def test_what_cannot_be_noted_is_not_shown(desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**values: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(Reading.objects, "create", refuse)
    desk.raise_request_exception = False
    response = desk.get("/admin/booking/patient/")

    assert response.status_code >= 500
    assert "Ana Diaz" not in text(response)


def test_what_is_streamed_is_noted_before_it_goes(visit: Appointment, sam: User) -> None:
    def rows() -> Any:
        for patient in Patient.objects.all():
            yield f"{patient.name}\r\n".encode()

    request = RequestFactory().get("/admin/booking/patient/export/")
    request.user = sam
    answer = ReadLog(lambda _: StreamingHttpResponse(rows(), content_type="text/csv"))(request)

    assert noted() == [("export", "", [visit.patient_id], [])]
    assert b"".join(answer) == b"Ana Diaz\r\n"
    assert answer["Content-Type"] == "text/csv"


@pytest.mark.parametrize(("status", "notes"), [(200, 1), (409, 1), (302, 0), (403, 0), (404, 0), (405, 0)])
def test_what_shows_nothing_is_not_noted(visit: Appointment, sam: User, status: int, notes: int) -> None:
    request = RequestFactory().get("/admin/booking/patient/")
    request.user = sam

    ReadLog(lambda _: HttpResponse(str(Patient.objects.get()), status=status))(request)

    assert len(noted()) == notes


def test_what_is_read_elsewhere_is_nobodys_business(visit: Appointment) -> None:
    with seen.watching() as found:
        pass
    Patient.objects.get()

    assert found.patients == set()


@pytest.mark.parametrize("statement", ["UPDATE {} SET route = ''", "DELETE FROM {}", "TRUNCATE {}"])
def test_nobody_rewrites_it(desk: Client, visit: Appointment, statement: str) -> None:
    desk.get("/admin/booking/patient/")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL records.may_empty = 'off'; SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement.format("records_reading"))

    assert len(noted()) == 1


def test_it_goes_after_six_years_but_not_of_a_record_that_is_kept(desk: Client, sam: User, visit: Appointment) -> None:
    desk.get("/admin/booking/patient/")
    Reading.objects.create(at=timezone.now(), user=sam, page="record", route="x", patients=[0], visits=[])
    Patient.objects.update(kept_because="A letter", kept_by=sam, kept_since=NOW)
    today = timezone.now()

    assert What.READINGS not in remove_due(now=today + 5 * YEAR)
    assert remove_due(now=today + 7 * YEAR)[What.READINGS] == 1
    assert [row[2] for row in noted()] == [[visit.patient_id]]
    Patient.objects.update(kept_because="", kept_by=None, kept_since=None)
    assert remove_due(now=today + 7 * YEAR)[What.READINGS] == 1


# --- Reviewed by the manager --------------------------------------------------------------------------------------
LOG = "/admin/records/reading/"


@pytest.fixture
def manager(sam: User) -> Client:
    user = make_staff("max", "Max", "Roe")
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_reading", "view_removal"]))
    client = Client()
    client.force_login(user)
    return client


def test_the_manager_sees_who_read_whose_data(manager: Client, desk: Client, visit: Appointment) -> None:
    desk.get(f"/admin/booking/patient/{visit.patient_id}/change/")

    [[_when, who, page, whose]] = cells(manager.get(LOG))

    assert (who, page, whose) == ("Sam Lee", "one record", "Ana Diaz")
    assert noted()[-1][1] == "admin:records_reading_changelist", "who reads this is noted, too"


@pytest.mark.parametrize("search", ["q=ana diaz", "q=310 555-0123", "q=ana@example.test", "patient={patient}"])
def test_by_patient(manager: Client, desk: Client, visit: Appointment, search: str) -> None:
    other = make_appointment(
        starts_at=later(START, hours=2), name="Bo Lind", email="bo@example.test", phone="+13105550199"
    )
    for patient in (visit.patient_id, other.patient_id):
        desk.get(f"/admin/booking/patient/{patient}/change/")

    found = cells(manager.get(LOG + "?" + search.format(patient=visit.patient_id)))

    assert [row[3] for row in found] == ["Ana Diaz"]


def test_by_user_and_kind(manager: Client, desk: Client, sam: User, visit: Appointment) -> None:
    desk.get("/admin/booking/patient/")
    desk.get("/admin/booking/appointment/?q=ana")

    assert len(cells(manager.get(f"{LOG}?user__id__exact={sam.pk}"))) == 2
    assert len(cells(manager.get(f"{LOG}?page__exact=search"))) == 1
    assert cells(manager.get(f"{LOG}?at__gte=2100-01-01 00:00:00%2B00:00")) == []


def test_one_reading_names_everybody(manager: Client, desk: Client, visit: Appointment) -> None:
    for hours, name in ((1, "Bo Lind"), (2, "Cy Roth"), (3, "Di Voss")):
        make_appointment(starts_at=later(START, hours=hours), name=name)
    desk.get("/admin/booking/patient/")
    reading = Reading.objects.get()

    assert "and 1 more" in text(manager.get(LOG))
    shown = text(manager.get(f"{LOG}{reading.pk}/change/"))
    assert all(name in shown for name in ("Ana Diaz", "Bo Lind", "Cy Roth", "Di Voss"))


def test_nobody_else_sees_it_and_nobody_changes_it(manager: Client, desk: Client, visit: Appointment) -> None:
    desk.get("/admin/booking/patient/")
    url = f"{LOG}{Reading.objects.get().pk}/"

    assert desk.get(LOG).status_code == 403
    for last in ("delete/", "change/"):
        assert manager.post(url + last, {"post": "yes", "route": "x"}).status_code == 403
    assert manager.get(LOG + "add/").status_code == 403


def test_queries_of_the_review_do_not_grow(
    manager: Client, desk: Client, visit: Appointment, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        desk.get("/admin/booking/patient/")
    with django_assert_max_num_queries(14):
        manager.get(LOG)


@pytest.mark.parametrize("odd", ["patient=x", "patient=-1", "patient=99999999999999999999", "q=%00", "q=%F0%9F%8E%88"])
def test_odd_questions_are_answered(manager: Client, odd: str) -> None:
    assert manager.get(f"{LOG}?{odd}").status_code < 500


def test_both_ways_of_finding_a_reading_have_an_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'records_reading' AND indexdef LIKE '%gin%'")
        indexes = " ".join(row[0] for row in cursor.fetchall())

    assert "(patients)" in indexes
    assert "(visits)" in indexes
