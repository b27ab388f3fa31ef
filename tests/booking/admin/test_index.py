"""The front desk: what is to be done today."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.models import Appointment, Holiday, Message
from tests.booking.admin.pages import between, links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_chair, make_clinician, make_visit_type
from tests.booking.views.own_page import placed_course

URL = reverse("admin:index")

# session, user, his permissions (two), the facts, failed messages, closed days, requests, how many wait,
# today's visits, news, what was offered in vain, rides, today's reminders (three); where there is a visit today, what
# is held for it, and the note of who has read it
QUERIES = 17


def test_requests_with_their_age_and_buttons_oldest_first(desk: Client, request_of_ana: Appointment) -> None:
    oldest = make_appointment(starts_at=START + timedelta(hours=2), now=NOW - timedelta(days=5), name="Ben Old")
    response = desk.get(URL)
    assert between(response, "Requests waiting", "Appointments") == (
        "Ben Old waiting 5 days, late Wed, Dec 2, 12:00 PM First visit · (310) 555-0123"
        " Confirm : Ben Old Offer other times : Ben Old Decline : Ben Old"
        " Ana Diaz just now Wed, Dec 2, 10:00 AM First visit · (310) 555-0123"
        " Confirm : Ana Diaz Offer other times : Ana Diaz Decline : Ana Diaz"
    )
    base = f"/admin/booking/appointment/{oldest.pk}/"
    answers = [f"{base}confirm/?then=desk", f"{base}offer/", f"{base}decline/?then=desk"]
    assert links(response, base) == [f"{base}change/", *answers]


def test_the_figures(desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller) -> None:
    confirmed = make_appointment(starts_at=START + timedelta(hours=2), name="Ben Today")
    actions.confirm(appointment=confirmed, by=actions.staff(sam), now=NOW)
    cancelled = make_appointment(starts_at=START + timedelta(hours=4), name="Cy Gone")
    actions.cancel(appointment=cancelled, by=actions.PATIENT, now=NOW)
    tomorrow = make_appointment(starts_at=START + timedelta(days=1), name="Di Tomorrow")
    actions.confirm(appointment=tomorrow, by=actions.staff(sam), now=NOW)
    Message.objects.filter(appointment=confirmed).update(state="failed")
    clock.move_to(START)
    response = desk.get(URL)
    assert between(response, "Month 1", "Visits today") == (
        "request waiting 2 visits today 3 messages could not be sent Why isn’t a time offered?"
    )
    assert links(response, "state__exact") == ["/admin/booking/message/?state__exact=failed"]


def test_a_closed_holiday_makes_no_request_late(desk: Client, clock: time_machine.Traveller) -> None:
    """Asked on Wednesday before Thanksgiving; one working day is promised, and that Thursday and Friday are none."""
    wednesday = NOW - timedelta(days=5)
    make_appointment(now=wednesday)
    assert "waiting 5 days, late" in text(desk.get(URL))
    for days in (1, 2):
        Holiday.objects.create(day=(wednesday + timedelta(days=days)).date(), name="Closed", decision="closed")
    response = desk.get(URL)
    assert "waiting 5 days Wed, Dec 2" in text(response)
    assert 'class="late"' not in response.content.decode()


def test_nothing_to_do(desk: Client) -> None:
    response = desk.get(URL)
    assert between(response, "Visits today", "Requests waiting") == "No visit on this day."
    assert between(response, "Requests waiting", "Appointments") == "No request is waiting for an answer."


@pytest.mark.parametrize("requests", [1, 3])
def test_queries_do_not_grow_with_the_requests(
    desk: Client,
    request_of_ana: Appointment,
    requests: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for day in range(1, requests):
        make_appointment(starts_at=START + timedelta(days=day))
    with django_assert_num_queries(QUERIES):
        desk.get(URL)


def test_who_may_only_see_gets_no_buttons(reader: Client, request_of_ana: Appointment) -> None:
    base = f"/admin/booking/appointment/{request_of_ana.pk}/"
    assert links(reader.get(URL), base) == [f"{base}change/"]


def test_without_permission_nothing_of_patients_is_shown(outsider: Client, request_of_ana: Appointment) -> None:
    shown = text(outsider.get(URL))
    assert "Ana Diaz" not in shown
    assert "waiting" not in shown


def test_nobody_is_asked_to_sign_in(client: Client, db: None) -> None:
    assert client.get(URL)["Location"] == "/admin/login/?next=/admin/"


def test_the_day_in_one_look(desk: Client, sam: User, clock: time_machine.Traveller) -> None:
    make_clinician()
    chair = make_chair()
    kind = make_visit_type("monitored", name="Monitored visit", needs_chair=True, needs_ride=True)
    course = placed_course(
        make_appointment(kind, needs=["interpreter"], standing="returning"), starts=[later(START, days=1)]
    )
    session = course.appointments.get()
    actions.tell_ride(appointment=session, ride=actions.Ride("Bo"), sure=True, by=actions.staff(sam), now=NOW)
    clock.move_to(START)
    shown = between(desk.get(URL), "Ride home", "Requests waiting")
    assert shown == (
        "10:00 AM – 11:00 AM Ana Diaz returning An interpreter Monitored visit requested"
        " Dr. Bacchus, Chair 1 not told yet"
    )
    clock.move_to(later(START, days=1))
    shown = between(desk.get(URL), "Visit Where", "Requests waiting")
    assert "Session 1 of 1" in shown
    assert "confirmed Bo" in shown
    assert chair.holds.count() == 2


def test_who_has_been_here_is_not_new(desk: Client, sam: User, clock: time_machine.Traveller) -> None:
    first = make_appointment()
    actions.confirm(appointment=first, by=actions.staff(sam), now=NOW)
    actions.complete(appointment=first, by=actions.staff(sam), now=START)
    actions.book_visit(
        patient=first.patient,
        visit_type=first.visit_type,
        starts_at=later(START, days=1),
        submission_id=uuid4(),
        by=actions.staff(sam),
        now=NOW,
    )
    clock.move_to(START)
    assert "Ana Diaz new" in text(desk.get(URL))
    clock.move_to(later(START, days=1))
    assert "Ana Diaz returning" in text(desk.get(URL))


def test_what_patients_have_changed_since_yesterday(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    actions.reschedule(appointment=request_of_ana, starts_at=later(START, hours=1), by=actions.PATIENT, now=NOW)
    actions.reschedule(appointment=request_of_ana, starts_at=START, by=actions.staff(sam), now=later(NOW, hours=1))
    actions.cancel(appointment=request_of_ana, by=actions.PATIENT, now=later(NOW, hours=2))
    assert between(desk.get(URL), "Changed by patients since yesterday", "Requests waiting") == (
        "Nov 30, 10:00 AM Ana Diaz cancelled by the patient"
        " Nov 30, 8:00 AM Ana Diaz moved by the patient, from Wed, Dec 2, 10:00 AM to Wed, Dec 2, 11:00 AM"
    )
    clock.move_to(later(NOW, days=1))
    assert "Changed by patients" in text(desk.get(URL))
    clock.move_to(later(NOW, days=2))
    assert "Changed by patients" not in text(desk.get(URL))


def test_messages_that_failed_say_what_to_do(desk: Client, request_of_ana: Appointment) -> None:
    Message.objects.filter(kind="received").update(state="failed", reason="SMTPRecipientsRefused 550")
    shown = between(desk.get(URL), "Could not be sent", "Appointments")
    assert shown.startswith("Request received , Ana Diaz The mail server refused it (550).")


def test_the_way_to_a_patient_and_the_diary(desk: Client, reader: Client, request_of_ana: Appointment) -> None:
    response = desk.get(URL)
    assert links(response, "/patient/book/") == ["/admin/booking/patient/book/"]
    assert len(links(response, "/diary/")) == 3
    assert 'action="/admin/booking/patient/find/"' in response.content.decode()
    assert links(reader.get(URL), "/patient/book/") == []
