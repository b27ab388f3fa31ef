import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from booking import actions, links
from booking.models import Appointment, AppointmentEvent, Offer, Preparation, Status, VisitType
from booking.transactions import Busy
from clinic import practice
from clinic.models import Practice
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type
from tests.booking.views.own_page import held_offer, opened, placed_course, words

UNKNOWN = "Please open the link in our e-mail again"
TOO_LATE = "It is now too late to move or cancel this visit here."


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    return make_appointment(first_visit)


def test_the_link_takes_the_token_out_of_the_address(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    assert address == f"/visit/{ana.public_id}/"
    assert links.token_for(ana).partition(".")[2] not in address
    cookie = client.cookies[f"visit-{ana.public_id}"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (address, True, "Lax", 1800)
    assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.REQUESTED, "We have your request"),
        (Status.CONFIRMED, "Your appointment is confirmed"),
        (Status.DECLINED, "We could not confirm this visit"),
        (Status.CANCELLED, "This visit is cancelled"),
        (Status.COMPLETED, "This visit is over"),
        (Status.NO_SHOW, "This visit is over"),
    ],
)
def test_shows_the_present_state(client: Client, ana: Appointment, status: Status, words: str) -> None:
    Appointment.objects.update(status=status)

    page = client.get(opened(client, ana)).content.decode()

    assert words in page
    assert ("visit/" + ana.public_id + "/cancel/" in page) is (status in (Status.REQUESTED, Status.CONFIRMED))


def test_nobody_opens_a_visit_without_its_link(client: Client, ana: Appointment, first_visit: VisitType) -> None:
    bob = make_appointment(first_visit, starts_at=START + timedelta(hours=2), name="Bob Ray")
    opened(client, bob)

    for path in ("", "cancel/", "appointment.ics"):
        response = client.get(f"/visit/{ana.public_id}/{path}")
        assert response.status_code == 404
        assert UNKNOWN in response.content.decode()
    assert client.post(f"/visit/{ana.public_id}/cancel/").status_code == 404
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED


@pytest.mark.parametrize("token", ["x", "A" * 22, "A" * 22 + "." + "B" * 22, "." * 60, "=" * 100])
def test_a_wrong_link_says_what_to_do(client: Client, db: None, token: str) -> None:
    response = client.get(f"/v/{token}/")

    assert response.status_code == 404
    assert UNKNOWN in response.content.decode()


def test_a_forged_cookie_opens_nothing(client: Client, ana: Appointment) -> None:
    client.cookies[f"visit-{ana.public_id}"] = "1:forged:signature"

    assert client.get(f"/visit/{ana.public_id}/").status_code == 404


def test_the_page_closes_after_half_an_hour(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    with time_machine.travel(NOW + timedelta(minutes=31)):
        assert client.get(address).status_code == 404


def test_cancelling_takes_a_press_of_a_button(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    page = client.get(f"{address}cancel/")
    assert "Take back your request?" in page.content.decode()
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED

    response = client.post(f"{address}cancel/")
    assert response["Location"] == address
    ana.refresh_from_db()
    assert ana.status == Status.CANCELLED
    assert "This visit is cancelled" in client.get(address).content.decode()


def test_what_was_moved_meanwhile_is_not_cancelled_but_asked_anew(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)
    shown = re.findall(r'name="for_start" value="([^"]+)"', client.get(f"{address}cancel/").content.decode())
    sam = actions.staff(make_staff())
    actions.reschedule(appointment=ana, starts_at=later(START, hours=2), by=sam, now=NOW)

    response = client.post(f"{address}cancel/", {"for_start": shown})

    assert response.status_code == 409
    assert "Nothing is cancelled yet." in response.content.decode()
    assert "12:00 PM" in words(response.content)
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED
    shown = re.findall(r'name="for_start" value="([^"]+)"', response.content.decode())
    assert client.post(f"{address}cancel/", {"for_start": shown})["Location"] == address
    ana.refresh_from_db()
    assert ana.status == Status.CANCELLED


def test_cancelling_twice_is_cancelling_once(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    client.post(f"{address}cancel/")
    response = client.post(f"{address}cancel/")

    assert response["Location"] == address
    assert AppointmentEvent.objects.filter(verb="cancel").count() == 1


def test_a_visit_that_has_begun_is_not_cancelled(client: Client, ana: Appointment) -> None:
    with time_machine.travel(START + timedelta(minutes=1)):
        address = opened(client, ana)
        assert client.get(f"{address}cancel/")["Location"] == address
        client.post(f"{address}cancel/")

    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED


def test_a_database_that_makes_everybody_wait_is_told(
    client: Client, ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = opened(client, ana)

    def busy(**kwargs: object) -> None:
        raise Busy

    monkeypatch.setattr(actions, "cancel", busy)
    response = client.post(f"{address}cancel/")

    assert response.status_code == 503
    assert "Please press again." in response.content.decode()


def test_the_page_and_its_address_name_no_treatment(client: Client, ana: Appointment) -> None:
    response = client.get(opened(client, ana))

    title = response.content.decode().split("<title>")[1].split("</title>")[0]
    assert title == "Your request"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.fixture
def monitored(first_visit: VisitType) -> VisitType:
    """Two and a half hours, with everything that a kind of visit may ask of a patient."""
    kind = make_visit_type(
        "monitored-visit",
        name="Monitored visit",
        length_minutes=150,
        clinician_minutes=30,
        needs_ride=True,
        bring_text="Your insurance card\n\nA photo ID",
    )
    Preparation.objects.create(visit_type=kind, text="Nothing to eat after {time}", minutes_before=120)
    Preparation.objects.create(visit_type=kind, text="Sleep well, from {time} on", minutes_before=12 * 60)
    return kind


def confirmed(appointment: Appointment) -> Appointment:
    return actions.confirm(appointment=appointment, by=actions.staff(make_staff()), now=NOW)


def test_says_when_how_long_and_where(client: Client, monitored: VisitType) -> None:
    visit = confirmed(make_appointment(monitored))

    page = words(client.get(opened(client, visit)).content)

    assert "Wednesday, December 2, 2026 10:00 AM – 12:30 PM Pacific time (2 hours 30 minutes)" in page
    assert "Where 6801 Park Terrace, Suite 530B Los Angeles, CA 90045" in page
    assert f"Reference {visit.reference}" in page


def test_a_visit_by_video_names_no_street(client: Client, first_visit: VisitType) -> None:
    VisitType.objects.update(place=VisitType.Place.VIDEO)

    page = words(client.get(opened(client, make_appointment(first_visit))).content)

    assert "Where By video. We tell you how before the visit." in page
    assert "Park Terrace" not in page


def test_where_to_join_by_video_is_shown_once_it_is_agreed(client: Client, first_visit: VisitType) -> None:
    address = "https://meet.example.test/room?a=1"
    VisitType.objects.update(place=VisitType.Place.VIDEO, join_url=address)
    visit = make_appointment(VisitType.objects.get())

    def page() -> str:
        return client.get(opened(client, visit)).content.decode()

    assert "By video. We tell you how before the visit." in words(page().encode())
    assert address not in page()
    confirmed(visit)
    assert f'<a href="{address}" rel="noreferrer">Join the visit at that time</a>' in page()
    assert "We tell you how" not in page()
    Appointment.objects.update(status=Status.CANCELLED)
    assert address not in page()
    assert "Where By video. Visit" in words(page().encode())


def test_says_what_to_do_at_clock_times_while_the_visit_is_to_come(client: Client, monitored: VisitType) -> None:
    visit = make_appointment(monitored)

    page = words(client.get(opened(client, visit)).content)
    assert "Nothing to eat after 8:00 AM Sleep well, from 10:00 PM on Tuesday, December 1 on" in page
    assert "Please bring Your insurance card A photo ID" in page

    with time_machine.travel(START):
        later_page = words(client.get(opened(client, visit)).content)
    assert "Nothing to eat" not in later_page
    assert "insurance card" not in later_page


def test_each_session_of_a_course_opens_its_own_page(client: Client, monitored: VisitType) -> None:
    course = placed_course(make_appointment(monitored), sessions=3)
    first, second, third = course.appointments.order_by("starts_at")

    response = client.get(opened(client, second))
    page, links_of = words(response.content), response.content.decode()

    assert "Monitored visit · Session 2 of 3" in page
    assert "Session 1 of 3 Wed, Dec 9, 10:00 AM confirmed" in page
    assert "All your visits in this course" in page
    assert "Session 2 of 3 Wed, Dec 16, 10:00 AM confirmed (this page)" in page
    assert [links.token_for(visit) in links_of for visit in (first, second, third)] == [True, False, True]
    assert client.get(f"/v/{links.token_for(third)}/")["Location"] == f"/visit/{third.public_id}/"


def test_the_first_thing_to_do_is_the_offer_then_the_ride(client: Client, monitored: VisitType) -> None:
    visit = make_appointment(monitored, starts_at=later(START, days=7))
    address = opened(client, visit)
    assert "Tell us who takes you home" in words(client.get(address).content)

    actions.tell_ride(appointment=visit, ride=actions.Ride("Bo Lind"), sure=False, by=actions.PATIENT, now=NOW)
    assert "Has Bo Lind agreed to take you home?" in words(client.get(address).content)

    held_offer(visit)
    page = words(client.get(address).content)
    assert "An earlier time is held for you until 12:00 PM Pacific time today" in page
    assert "agreed to take you home?" not in page
    with time_machine.travel(NOW + timedelta(hours=4)):  # run out, whether or not a sweep has been by
        page = words(client.get(opened(client, visit)).content)
    assert "An earlier time is held" not in page
    assert "You have asked. We write to you as soon as one is free for you." in page

    actions.tell_ride(appointment=visit, ride=actions.Ride("Bo Lind"), sure=True, by=actions.PATIENT, now=NOW)
    Offer.objects.all().delete()
    page = words(client.get(address).content)
    assert "agreed to take you home?" not in page
    assert "Who takes you home Bo Lind confirmed" in page


@pytest.mark.parametrize("phone", ["", "+13105550100"])
def test_after_the_cut_off_it_says_to_call(client: Client, ana: Appointment, phone: str) -> None:
    Practice.objects.create(pk=1, phone=phone, demo_fields=["phone"])
    confirmed(ana)
    page = client.get(opened(client, ana)).content
    assert "until Tuesday, December 1, 10:00 AM Pacific time" in words(page)
    assert TOO_LATE not in words(page)

    with time_machine.travel(START - timedelta(hours=24)):
        practice.forget()
        response = client.get(opened(client, ana))
        too_late = response.content.decode()
        for path in ("cancel/", "move/", "earlier/"):
            assert client.get(f"/visit/{ana.public_id}/{path}")["Location"] == f"/visit/{ana.public_id}/"
            assert f"{path}" not in too_late
    assert TOO_LATE in too_late
    asked = "please call us: Call the office: (310) 555-0100 demo value" if phone else "please call the office."
    assert f"If you can’t come, {asked}" in words(response.content)


def test_a_request_may_be_taken_back_until_it_begins(client: Client, ana: Appointment) -> None:
    with time_machine.travel(START - timedelta(minutes=1)):
        page = words(client.get(opened(client, ana)).content)

    assert "Take back my request" in page
    assert "You can change your request or take it back until Wednesday, December 2, 10:00 AM Pacific time." in page


def test_a_request_that_nobody_answered_says_so(client: Client, ana: Appointment) -> None:
    with time_machine.travel(START + timedelta(hours=2)):
        page = words(client.get(opened(client, ana)).content)

    assert "The time you asked for has passed" in page
    assert "cancel" not in page.lower()


@pytest.mark.parametrize("status", [Status.REQUESTED, Status.DECLINED, Status.CANCELLED])
def test_what_did_not_come_about_leads_straight_to_another_time(
    client: Client, ana: Appointment, monitored: VisitType, status: Status
) -> None:
    """Of the same kind, where it is open to them; nobody types again what we know."""
    Appointment.objects.update(status=status)
    with time_machine.travel(START + timedelta(hours=2)):
        address = opened(client, ana)
        status_box = client.get(address).content.decode().partition("</section>")[0]
        button = '<a class="button" href="{}">Choose another time</a>'.format
        assert button(f"{address}book/first-visit/") in status_box
        assert client.get(f"{address}book/first-visit/").status_code == 200

        VisitType.objects.filter(pk=ana.visit_type_id).update(is_active=False)
        assert button(f"{address}book/") in client.get(address).content.decode()

        VisitType.objects.update(is_active=False)
        assert "Choose another time" not in client.get(address).content.decode()


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW])
def test_what_took_its_course_needs_no_other_time(client: Client, ana: Appointment, status: Status) -> None:
    Appointment.objects.update(status=status)

    assert "Choose another time" not in client.get(opened(client, ana)).content.decode()


def test_another_visit_is_offered_where_a_kind_is_open_to_the_patient(
    client: Client, ana: Appointment, monitored: VisitType
) -> None:
    VisitType.objects.update(open_to=VisitType.OpenTo.CLEARED)
    address = opened(client, ana)
    assert "Book another visit" not in words(client.get(address).content)

    actions.clear_for(patient=ana.patient, visit_type=monitored, by=actions.staff(make_staff()), now=NOW)
    assert f'href="{address}book/"' in client.get(address).content.decode()


def test_says_what_has_just_been_done_and_not_for_long(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)
    said = "Done. We write to you as soon as an earlier time is free for you."
    assert said not in words(client.get(address).content)

    client.post(f"{address}earlier/", {"choice": "ask"})

    assert said in words(client.get(address).content)
    with time_machine.travel(NOW + timedelta(minutes=1)):
        assert said not in words(client.get(address).content)
    actions.confirm(appointment=ana, by=actions.staff(make_staff()), now=NOW)  # by somebody else
    assert said not in words(client.get(address).content)


def test_the_whole_page_costs_a_few_queries_however_much_there_is(
    client: Client, monitored: VisitType, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    course = placed_course(make_appointment(monitored, starts_at=later(START, days=56)), sessions=7)
    session = course.appointments.get(course_position=1)
    held_offer(session)
    address = opened(client, session)
    practice.forget()

    with django_assert_max_num_queries(8):
        page = words(client.get(address).content)

    for part in ("Session 1 of 7", "An earlier time is held", "Nothing to eat", "Book another visit", "not told yet"):
        assert part in page
