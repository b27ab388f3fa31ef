"""A session is placed again and a review visit added; all that is left of a course is cancelled."""

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from booking import actions
from booking.models import Appointment, Course, Message
from tests.booking.admin.conftest import signed_in
from tests.booking.admin.pages import flashes, links, text
from tests.booking.courses import make_cleared_patient, make_template, place_course
from tests.booking.factories import NOW, later, make_chair, make_clinician, make_staff

LIST = "/admin/booking/course/"
FRIDAY = "20261204T1800Z"  # between session 2 on Thursday and session 3 on Tuesday


@pytest.fixture
def kim(db: None, clock: time_machine.Traveller) -> User:
    return User.objects.create_superuser("kim", first_name="Kim", last_name="Roe", password="correct horse battery")


@pytest.fixture
def desk(kim: User) -> Client:
    return signed_in(kim)


@pytest.fixture
def course(kim: User) -> Course:
    make_clinician()
    make_chair()
    template = make_template(min_gap_days=2, max_gap_days=7)
    return place_course(template, make_cleared_patient(template, kim), kim)


@pytest.fixture
def second(course: Course, kim: User) -> Appointment:
    """Cancelled: Thursday, December 3, at ten."""
    visit = course.appointments.get(course_position=2)
    return actions.cancel(appointment=visit, by=actions.staff(kim), now=NOW)


def page_of(course: Course) -> str:
    return reverse("admin:booking_course_change", args=[course.pk])


def again(course: Course, number: int = 2, start: str = "") -> str:
    return f"{LIST}{course.pk}/again/{number}/{start}"


def test_the_course_offers_what_is_not_placed(desk: Client, course: Course, second: Appointment) -> None:
    page = desk.get(page_of(course))
    assert links(page, "/again/") == [again(course), again(course, 0)]
    assert "Find another time for session 2 Add the review visit" in text(page)


def test_times_that_keep_the_distances_come_first(desk: Client, course: Course, second: Appointment) -> None:
    page = desk.get(again(course))
    assert "Free, and as far apart as the course asks for" in text(page)
    times = [url.rpartition("/again/2/")[2][:8] for url in links(page, "/again/2/2026")]
    # Two days from session 1 on Tuesday and from session 3 on the Tuesday after: Thursday to Sunday, of which two work.
    assert set(times[:6]) <= {"20261203", "20261204"}
    assert again(course, 2, FRIDAY + "/") in links(page, "/again/2/")


def test_what_will_happen_is_said_and_one_mail_goes(desk: Client, course: Course, second: Appointment) -> None:
    Message.objects.all().delete()
    page = desk.get(again(course, 2, FRIDAY + "/"))
    assert "will get one e-mail at ana@example.test" in text(page)

    response = desk.post(again(course, 2, FRIDAY + "/"))

    told = "Booked for Friday, December 4, 10:00 AM Pacific time. Ana Diaz will get an e-mail."
    assert flashes(response) == [("success", told)]
    assert response["Location"] == page_of(course)
    visit = course.appointments.get(course_position=2, status="confirmed")
    assert (visit.session, visit.starts_at) == ("Session 2 of 8", later(second.starts_at, days=1))
    assert [message.kind for message in Message.objects.all()] == ["confirmed"]
    assert links(desk.get(page_of(course)), "/again/") == [again(course, 0)]


def test_what_the_time_does_not_keep_is_said(desk: Client, course: Course, second: Appointment) -> None:
    page = desk.get(again(course, 2, "20261202T1800Z/"))
    assert "1 day after session 1. The template asks for 2 or more." in text(page)


def test_who_comes_second_is_told(desk: Client, course: Course, second: Appointment) -> None:
    desk.post(again(course, 2, FRIDAY + "/"))
    told = "It is placed already, for Friday, December 4, 10:00 AM Pacific time. Nothing was changed."
    for response in (
        desk.get(again(course)),
        desk.get(again(course, 2, "20261204T2000Z/")),
        desk.post(again(course, 2, "20261204T2000Z/")),
    ):
        assert response["Location"] == page_of(course)
    assert flashes(response)[-1] == ("warning", told)
    assert course.appointments.filter(course_position=2).count() == 2


def test_a_taken_time_leads_back_to_the_free_ones(desk: Client, course: Course, second: Appointment) -> None:
    taken = "20261201T1800Z/"  # session 1
    for response in (desk.get(again(course, 2, taken)), desk.post(again(course, 2, taken))):
        assert response["Location"] == again(course)
    assert course.appointments.filter(course_position=2).count() == 1


def test_another_visit_of_theirs_is_shown_first(desk: Client, course: Course, second: Appointment) -> None:
    make_chair("Chair 2")
    third = course.appointments.get(course_position=3)
    across = "20261208T1900Z/"
    page = desk.get(again(course, 2, across))
    assert "It overlaps with another visit of this patient: session 3" in text(page)
    assert "Nothing was booked; please look again." in text(desk.post(again(course, 2, across)))
    assert desk.post(again(course, 2, across), {"across": str(third.pk)}).status_code == 302


def test_the_review_visit_is_added(desk: Client, course: Course) -> None:
    page = desk.get(again(course, 0))
    assert "Find a time for the review visit" in text(page)
    assert "The next that are free" in text(page)
    [first, *_rest] = links(page, "/again/0/2026")
    desk.post(first)
    review = course.appointments.get(course_position=None)
    assert review.visit_type == course.template.review_type
    assert review.starts_at > course.appointments.get(course_position=8).starts_at
    assert links(desk.get(page_of(course)), "/again/") == []


def test_there_is_no_session_nine(desk: Client, course: Course) -> None:
    assert desk.get(again(course, 9)).status_code == 404


def test_courses_whose_review_is_to_be_booked_stand_on_the_desk(desk: Client, kim: User, course: Course) -> None:
    index = reverse("admin:index")
    assert "review visit to book" not in text(desk.get(index))
    eighth = course.appointments.get(course_position=8)
    actions.complete(appointment=eighth, by=actions.staff(kim), now=eighth.ends_at)
    assert "1 review visit to book" in text(desk.get(index))
    assert str(course.pk) in "".join(links(desk.get(f"{LIST}?review=due"), f"{LIST}{course.pk}/"))

    review = links(desk.get(again(course, 0)), "/again/0/2026")[0]
    desk.post(review)
    assert "review visit to book" not in text(desk.get(index))


# --- The rest at once
def test_all_that_is_left_is_listed_and_cancelled(desk: Client, course: Course, second: Appointment) -> None:
    url = f"{LIST}{course.pk}/cancel-rest/"
    assert url in links(desk.get(page_of(course)), "/cancel-rest/")
    page = desk.get(url)
    assert "Session 1 of 8: Tuesday, December 1, 10:00 AM Pacific time" in text(page)
    assert "Session 2 of 8" not in text(page)
    left = list(course.appointments.filter(status="confirmed").values_list("pk", flat=True))

    response = desk.post(url, {"visit": left})

    assert flashes(response) == [("success", "7 visits cancelled. Ana Diaz will get an e-mail.")]
    assert not course.appointments.exclude(status="cancelled").exists()
    assert desk.get(url)["Location"] == page_of(course)


def test_what_was_not_listed_is_not_cancelled(desk: Client, course: Course) -> None:
    left = list(course.appointments.values_list("pk", flat=True))
    response = desk.post(f"{LIST}{course.pk}/cancel-rest/", {"visit": left[:-1]})
    assert "These visits have changed meanwhile. Nothing was cancelled; please look again." in text(response)
    assert not course.appointments.filter(status="cancelled").exists()


def test_numbers_longer_than_any_are_nobodys(desk: Client, course: Course, second: Appointment) -> None:
    response = desk.post(f"{LIST}{course.pk}/cancel-rest/", {"visit": "9" * 5000})
    assert "Nothing was cancelled; please look again." in text(response)
    assert desk.post(again(course, 2, f"{FRIDAY}/"), {"across": "9" * 5000}).status_code == 302


def test_only_who_may_does(course: Course) -> None:
    lou = signed_in(make_staff("lou", "Lou", "Fox"))
    for last in ("cancel-rest/", "again/2/", f"again/2/{FRIDAY}/"):
        assert lou.get(f"{LIST}{course.pk}/{last}").status_code == 403
