"""Placing a course page by page, and what staff see of it afterwards."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from booking import actions
from booking.models import Appointment, Course, CourseTemplate, Holiday, Kind, Message, Patient, Resource
from booking.slots import Span
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import between, cells, flashes, links, text
from tests.booking.courses import make_cleared_patient, make_patient, make_template, place_course, starts_of
from tests.booking.factories import NOW, make_chair, make_clinician, make_staff, make_visit_type

LIST = "/admin/booking/course/"
TEMPLATES = "/admin/booking/coursetemplate/"
WEEKDAYS = {"weekday_1": "1", "clock_1": "10:00", "weekday_2": "3", "clock_2": "10:00"}
DAYS = {"first_day": "2026-12-01", "sessions": "8", **WEEKDAYS}
SECOND = datetime(2026, 12, 3, 18, tzinfo=UTC)  # of the plan's sessions: Thursday, 10:00


@pytest.fixture
def template(db: None) -> CourseTemplate:
    make_clinician()
    make_chair()
    return make_template(min_gap_days=2, max_gap_days=7)


@pytest.fixture
def ana(template: CourseTemplate, clock: time_machine.Traveller) -> Patient:
    return make_cleared_patient(template, make_staff())


def url(patient: Patient) -> str:
    return f"{LIST}place/{patient.pk}/"


def plan(client: Client, patient: Patient, **changes: str) -> Any:
    return client.get(url(patient), {"template": str(CourseTemplate.objects.get().pk), **DAYS, **changes})


def fields(page: Any) -> dict[str, str]:
    """What a browser would send of the plan's form, without a button."""
    form = re.search(r'<form method="post" class="plan-form">.*?</form>', page.content.decode(), re.S)
    assert form
    values = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        of = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        kind = of.get("type")
        if kind in ("submit", "radio") or (kind == "checkbox" and " checked" not in tag):
            continue
        values[of["name"]] = of.get("value", "on")
    return values


def choices(page: Any, row: str) -> list[str]:
    return re.findall(rf'name="{row}-pick" value="([^"]+)"', page.content.decode())


def block(at: datetime, minutes: int = 10) -> None:
    clinician = Resource.objects.get(kind="clinician")
    actions.block_time(resource=clinician, span=Span(at, at + timedelta(minutes=minutes)), reason="Meeting")


def stored_starts() -> list[datetime]:
    return list(Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True))


# --- The way to the plan ---


def test_a_patient_who_is_not_cleared_is_told_with_the_way_on(chief: Client, template: CourseTemplate) -> None:
    ben = make_patient(name="Ben Ode")
    for page in (chief.get(url(ben)), plan(chief, ben), chief.post(url(ben), {"template": template.pk, **DAYS})):
        assert "Ben Ode has not been cleared for: Monitored visit." in text(page)
        assert f"/admin/booking/patient/{ben.pk}/change/" in links(page, "patient")
    assert Course.objects.count() == 0


def test_several_templates_are_told_with_their_rhythm(chief: Client, template: CourseTemplate, ana: Patient) -> None:
    other = CourseTemplate.objects.create(name="Weekly", visit_type=template.visit_type)
    other.phases.create(order=1, sessions=4)
    other.phases.create(order=2, sessions=None, every_weeks=1, every_weeks_most=2)
    CourseTemplate.objects.create(name="Unused", visit_type=template.visit_type, is_active=False).phases.create(order=1)
    CourseTemplate.objects.create(name="Without phases", visit_type=template.visit_type)
    page = chief.get(url(ana))
    assert links(page, "?template=") == [f"?template={template.pk}", f"?template={other.pk}"]
    assert "Monitored visit: 8 sessions, 2 a week Review: Follow-up visit after session 8" in text(page)
    assert "4 sessions, 1 a week; then 1 every 1–2 weeks, as long as it helps" in text(page)


def test_the_days_are_filled_in_to_begin_with(chief: Client, ana: Patient) -> None:
    """Tomorrow, the fixed sessions, days spread over the week, and a time of the clinic's own hours."""
    Resource.objects.get(kind="clinician").hours.filter(weekday=3).update(opens="13:15")
    form = chief.get(url(ana)).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    assert (shown["first_day"], shown["sessions"]) == (date(2026, 12, 1), 8)
    assert [shown["weekday_1"], str(shown["clock_1"]), shown["weekday_2"], str(shown["clock_2"])] == [
        1, "10:00:00", 3, "13:15:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"first_day": "2026-11-29"}, "This day has passed. Choose today or later."),
        ({"first_day": "9999-12-31"}, "Please check the year."),
        ({"first_day": "soon"}, "Enter a valid date."),
        ({"sessions": "0"}, "Ensure this value is greater than or equal to 1."),
        ({"sessions": "41"}, "Ensure this value is less than or equal to 40."),
        ({"weekday_2": "1"}, "Choose a different day for each session of a week."),
        ({"clock_1": ""}, "This field is required."),
    ],
)
def test_what_can_t_be_planned_is_said(chief: Client, ana: Patient, changes: dict[str, str], told: str) -> None:
    page = plan(chief, ana, **changes)
    assert "form" in page.context
    assert told in text(page)
    assert "Place all" not in text(page)


# --- The plan ---


def test_a_free_plan_is_placed_with_one_press(chief: Client, ana: Patient) -> None:
    page = plan(chief, ana)
    shown = text(page)
    assert "8 sessions, the last on Thursday, December 24. Every time is free." in shown
    assert "Session 2 Thu, Dec 3, 10:00 AM free" in shown
    assert "The review visit Fri, Dec 25, 10:00 AM free" in shown
    assert "Ana Diaz will get one e-mail at ana@example.test with every time, and one calendar file." in shown
    assert Course.objects.count() == 0

    response = chief.post(url(ana), {**fields(page), "place": "Place all 8 sessions"})

    course = Course.objects.get()
    assert response["Location"] == f"{LIST}{course.pk}/change/"
    assert flashes(response) == [("success", "Placed. Ana Diaz will get one e-mail with all of it.")]
    assert stored_starts() == [*starts_of(course.template), datetime(2026, 12, 25, 18, tzinfo=UTC)]
    assert list(Message.objects.values_list("kind", flat=True)) == [Kind.COURSE_PLACED]
    assert LogEntry.objects.get().object_id == str(course.pk)


def test_pressed_twice_it_is_one_course(chief: Client, ana: Patient) -> None:
    sent = {**fields(plan(chief, ana)), "place": "Place"}
    first = chief.post(url(ana), sent)
    again = chief.post(url(ana), sent)
    assert again["Location"] == first["Location"]
    assert flashes(again)[-1] == ("info", "This course was placed already. Nothing was changed.")
    assert (Course.objects.count(), Appointment.objects.count()) == (1, 9)


def test_the_page_of_one_patient_places_nothing_for_another(chief: Client, ana: Patient) -> None:
    """The id of a plan that was placed already, sent for somebody else: told, and no fault of the site."""
    sent = {**fields(plan(chief, ana)), "place": "Place"}
    chief.post(url(ana), sent)
    ben = make_cleared_patient(CourseTemplate.objects.get(), User.objects.get(username="sam"), name="Ben Roth")

    response = chief.post(url(ben), sent)

    assert response["Location"] == url(ben)
    [level, told] = flashes(response)[-1]
    assert (level, told.partition(".")[0]) == ("error", "This page was used before, for another patient’s course")
    assert Course.objects.count() == 1


def test_each_clash_has_its_reason_and_other_times(chief: Client, ana: Patient) -> None:
    block(SECOND)
    Holiday.objects.create(day=date(2026, 12, 22), name="Example Day", decision="closed")
    page = plan(chief, ana)
    assert "2 times are not free: choose others below." in text(page)
    assert "not free Dr. Bacchus is taken: 10:00 AM – 10:10 AM. Instead" in text(page)
    assert "not free The office is closed: Example Day. Instead" in text(page)
    assert choices(page, "s2") == ["20261203T1700Z", "20261203T1730Z", "20261203T1830Z"]
    assert len(choices(page, "s7")) == 3
    assert choices(page, "s1") == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"clock_1": "08:00"}, "Outside the hours: 9:00 AM – 5:00 PM."),
        ({"clock_1": "16:00"}, "It would not end by 5:00 PM."),
        ({"clock_1": "10:10"}, "Visits of this kind do not start at this minute."),
        ({"first_day": "2026-12-05", "weekday_1": "5"}, "Nobody is there that day."),
    ],
)
def test_why_a_time_is_never_offered(chief: Client, ana: Patient, changes: dict[str, str], told: str) -> None:
    page = plan(chief, ana, sessions="1", **changes)
    assert f"not free {told}" in text(page)


def test_a_time_that_the_clock_skips_is_said(chief: Client, ana: Patient) -> None:
    page = plan(chief, ana, first_day="2027-03-14", sessions="1", weekday_1="6", clock_1="02:30")
    assert "Sun, Mar 14, 2:30 AM not free The clock is set forward that night and skips this time." in text(page)


def test_without_a_choice_nothing_is_placed_and_with_one_all_of_it(chief: Client, ana: Patient) -> None:
    block(SECOND)
    page = chief.post(url(ana), {**fields(plan(chief, ana)), "place": "Place"})
    assert "Choose a free time for: session 2. Nothing was placed yet." in text(page)
    assert Course.objects.count() == 0

    chief.post(url(ana), {**fields(page), "s2-pick": choices(page, "s2")[2], "place": "Place"})

    expected = starts_of(CourseTemplate.objects.get())
    expected[1] = SECOND + timedelta(minutes=30)
    assert stored_starts()[:8] == expected


def test_what_a_choice_brings_is_said_beside_it_and_once_more_before_it_is_placed(chief: Client, ana: Patient) -> None:
    """The whole Thursday and Friday are closed: Wednesday is only a day after Tuesday."""
    for day in (3, 4, 7):
        Holiday.objects.create(day=date(2026, 12, day), name="Example Day", decision="closed")
    page = plan(chief, ana)
    note = "1 day after session 1. The template asks for 2 or more."
    assert f"Wed, Dec 2, 10:00 AM {note}" in text(page)
    sent = {**fields(page), "s2-pick": "20261202T1800Z", "place": "Place"}

    again = chief.post(url(ana), sent)
    assert "Nothing was placed yet. Please read the notes on the times you chose" in text(again)
    assert f"Session 2 Wed, Dec 2, 10:00 AM free Another time : Session 2 Or on at {note}" in text(again)
    assert Course.objects.count() == 0

    assert chief.post(url(ana), {**fields(again), "place": "Place"}).status_code == 302
    assert stored_starts()[1] == datetime(2026, 12, 2, 18, tzinfo=UTC)


def test_another_time_may_be_typed(chief: Client, ana: Patient) -> None:
    page = plan(chief, ana)
    sent = {**fields(page), "s2-day": "2026-12-04", "s2-clock": "13:30", "look": "Check again"}
    looked = chief.post(url(ana), sent)
    assert "Session 2 Fri, Dec 4, 1:30 PM free" in text(looked)
    assert Course.objects.count() == 0
    chief.post(url(ana), {**fields(looked), "place": "Place"})
    assert stored_starts()[1] == datetime(2026, 12, 4, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"s2-day": ""}, "This field is required."),
        ({"s2-day": "9999-01-01"}, "Please check the year."),
        ({"s2-clock": "soon"}, "Enter a valid time."),
        (
            {"s2-pick": "20261203T1700Z", "s2-clock": "15:00"},
            "Two times were given. Choose one of those shown, or type another.",
        ),
    ],
)
def test_what_can_t_be_read_is_said_in_its_row(chief: Client, ana: Patient, changes: dict[str, str], told: str) -> None:
    block(SECOND)
    page = chief.post(url(ana), {**fields(plan(chief, ana)), **changes, "place": "Place"})
    assert "Choose a free time for: session 2. Nothing was placed yet." in text(page)
    assert told in between(page, "Session 2", "Session 3")
    assert Course.objects.count() == 0


def test_what_was_taken_meanwhile_is_told_and_the_rest_kept(chief: Client, ana: Patient) -> None:
    page = plan(chief, ana)
    sent = {**fields(page), "s5-clock": "13:00", "place": "Place"}
    block(SECOND)
    again = chief.post(url(ana), sent)
    assert "Choose a free time for: session 2. Nothing was placed yet." in text(again)
    assert "Session 5 Tue, Dec 15, 1:00 PM free" in text(again)
    assert (Course.objects.count(), Appointment.objects.count()) == (0, 0)


def test_what_only_placing_finds_out_is_told_too(chief: Client, ana: Patient) -> None:
    """Two sessions of one day, each free: but the chair must be made ready between them."""
    typed = {"s2-day": "2026-12-01", "s2-clock": "12:30"}
    looked = chief.post(url(ana), {**fields(plan(chief, ana)), **typed, "look": "Check again"})
    assert "Session 2 Tue, Dec 1, 12:30 PM free" in text(looked)
    again = chief.post(url(ana), {**fields(looked), "place": "Place"})
    assert "No longer free: session 2. Nothing was placed. Choose other times; the rest is kept." in text(again)
    assert "Session 2 Tue, Dec 1, 12:30 PM not free" in text(again)
    assert choices(again, "s2")
    assert Course.objects.count() == 0


def test_a_patient_s_other_visit_is_pointed_out(chief: Client, ana: Patient) -> None:
    make_clinician("Dr. Other")
    kind = make_visit_type("talk", name="Talk")
    actions.request_another(
        patient=ana,
        visit_type=kind,
        starts_at=SECOND + timedelta(hours=1),
        ride=actions.NO_RIDE,
        submission_id=uuid4(),
        network=None,
        now=NOW,
    )
    page = plan(chief, ana)
    told = "The patient already has a visit then: Talk, Thu, Dec 3, 11:00 AM."
    assert told in between(page, "Session 2", "Session 3")


# --- The review visit ---


def test_the_review_may_be_left_out_or_have_its_own_time(chief: Client, ana: Patient) -> None:
    page = plan(chief, ana)
    without = {name: value for name, value in fields(page).items() if name != "with_review"}
    looked = chief.post(url(ana), {**without, "look": "Check again"})
    assert "The review visit" not in text(looked)
    back = chief.post(url(ana), {**fields(looked), "with_review": "on", "look": "Check again"})
    own = {"review-day": "2026-12-28", "review-clock": "11:30", "place": "Place"}
    assert chief.post(url(ana), {**fields(back), **own}).status_code == 302
    assert stored_starts()[-1] == datetime(2026, 12, 28, 19, 30, tzinfo=UTC)
    assert Appointment.objects.get(visit_type__slug="review").course_position is None


def test_the_review_follows_its_session_and_says_so(chief: Client, ana: Patient) -> None:
    """Session 8 goes to where the review was proposed."""
    page = plan(chief, ana)
    sent = {**fields(page), "s8-day": "2026-12-25", "place": "Place"}
    again = chief.post(url(ana), sent)
    assert "Its time has changed, to follow session 8." in text(again)
    assert "Nothing was placed yet." in text(again)
    assert chief.post(url(ana), {**fields(again), "place": "Place"}).status_code == 302
    assert stored_starts()[-2:] == [
        datetime(2026, 12, 25, 18, tzinfo=UTC),
        datetime(2026, 12, 28, 18, tzinfo=UTC),
    ]


# --- Bounds ---


def queries(client: Client, patient: Patient, **changes: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert plan(client, patient, **changes).status_code == 200
    return len(captured)


def test_the_plan_takes_as_many_queries_for_forty_sessions_as_for_two(chief: Client, ana: Patient) -> None:
    CourseTemplate.objects.update(review_after_session=2)
    plan(chief, ana)
    few = queries(chief, ana, sessions="2")
    for week in range(6):
        block(SECOND + timedelta(weeks=week))
    assert queries(chief, ana, sessions="40") == few
    assert few <= 25


def test_who_may(client: Client, outsider: Client, reader: Client, ana: Patient) -> None:
    sent = {"template": str(CourseTemplate.objects.get().pk), **DAYS, "place": "Place"}
    assert client.get(url(ana)).status_code == 302
    for stranger in (outsider, reader):
        assert stranger.get(url(ana)).status_code == 403
        assert stranger.post(url(ana), sent).status_code == 403
    user = make_staff("pat", "Pat", "Moe")
    grant(user, "add_course")
    assert signed_in(user).get(url(ana)).status_code == 403
    grant(user, "view_patient")
    assert signed_in(user).get(url(ana)).status_code == 200
    assert Course.objects.count() == 0


def test_what_nobody_would_send_does_no_harm(chief: Client, ana: Patient) -> None:
    """Rows left out, odd ids, and times from nowhere."""
    pk = str(CourseTemplate.objects.get().pk)
    for sent in (
        {"place": "Place"},
        {"template": "x", **DAYS, "place": "Place"},
        {"template": pk, "first_day": "x", "place": "Place"},
        {"template": pk, **DAYS, "place": "Place", "submission": "x"},
        {"template": pk, **DAYS, "place": "Place", "s1-wanted": "9999-12-31T23:59", "s1-pick": "00010101T0000Z"},
    ):
        assert chief.post(url(ana), sent).status_code == 200
    assert Course.objects.count() == 0


# --- Afterwards ---


def test_the_course_shows_its_sessions_as_they_are(chief: Client, ana: Patient) -> None:
    sam = User.objects.get(username="sam")
    template = CourseTemplate.objects.get()
    starts = starts_of(template)
    course = place_course(template, ana, sam, review_start=starts[-1] + timedelta(days=1))
    third = course.appointments.get(course_position=3)
    actions.reschedule(appointment=third, starts_at=starts[2] + timedelta(days=1), by=actions.staff(sam), now=NOW)
    second = course.appointments.get(course_position=2)
    actions.cancel(appointment=second, by=actions.staff(sam), now=NOW)

    page = chief.get(f"{LIST}{course.pk}/change/")

    shown = text(page)
    assert "Session 1 of 8 Tue, Dec 1, 10:00 AM confirmed" in shown
    assert "Session 2 of 8 Thu, Dec 3, 10:00 AM cancelled" in shown
    assert "Session 3 of 8 Wed, Dec 9, 10:00 AM confirmed" in shown
    assert "Follow-up visit Fri, Dec 25, 10:00 AM confirmed" in shown
    assert "Session 4: 1 day after session 3. The template asks for 2 or more." in shown
    assert f"/admin/booking/appointment/{third.pk}/change/" in links(page, "appointment/")
    assert cells(chief.get(LIST)) == [
        ["Ana Diaz", "Course of 8", "0 of 8", "Tue, Dec 1, 10:00 AM", "Monday, November 30, 2026"]
    ]


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as found:
        client.get(address)
    return len(found)


def test_what_was_told_of_the_whole_course_stands_with_each_of_its_sessions(chief: Client, ana: Patient) -> None:
    sam, template = User.objects.get(username="sam"), CourseTemplate.objects.get()
    course = place_course(template, ana, sam, review_start=starts_of(template)[-1] + timedelta(days=1))
    page, pages = f"{LIST}{course.pk}/change/", [f"/admin/booking/appointment/{key}/change/" for key in keys(course)]
    assert between(chief.get(page), "Messages about the whole course", "Each session") == "Course placed waiting"
    assert all("Messages Course placed waiting" in text(chief.get(one)) for one in pages)
    before = [count(chief, one) for one in (page, pages[4])]

    actions.cancel(appointment=course.appointments.get(course_position=2), by=actions.staff(sam), now=NOW)
    actions.cancel_rest(course=course, seen=keys(course, status="confirmed"), by=actions.staff(sam), now=NOW)
    other = place_course(template, ana, sam)

    told = "Course placed waiting Rest of a course cancelled waiting"
    assert between(chief.get(page), "Messages about the whole course", "Each session") == told
    assert told in text(chief.get(pages[4]))
    assert "Cancelled by the practice" not in text(chief.get(pages[4]))
    assert "Cancelled by the practice" in text(chief.get(pages[1]))
    assert all(count(chief, one) <= first for one, first in zip((page, pages[4]), before, strict=True))
    assert "Rest of a course" not in text(chief.get(f"{LIST}{other.pk}/change/"))


def keys(course: Course, **such: str) -> list[int]:
    return list(course.appointments.filter(**such).order_by("starts_at").values_list("pk", flat=True))


def test_nobody_edits_a_course_by_hand(chief: Client, ana: Patient) -> None:
    course = place_course(CourseTemplate.objects.get(), ana, User.objects.get(username="sam"))
    for action in ("add/", f"{course.pk}/delete/"):
        assert chief.post(f"{LIST}{action}", {"post": "yes"}).status_code == 403
    chief.post(f"{LIST}{course.pk}/change/", {"template": "1"})
    assert Course.objects.get() == course


# --- Templates ---


def template_data(*phases: dict[str, str], **changes: str) -> dict[str, str]:
    values = {
        "name": "Course of 12",
        "visit_type": "",
        "is_active": "on",
        "min_gap_days": "2",
        "max_gap_days": "7",
        "review_type": "",
        "review_after_session": "",
        "phases-TOTAL_FORMS": str(len(phases)),
        "phases-INITIAL_FORMS": "0",
        **changes,
    }
    for number, phase in enumerate(phases):
        row = {"order": str(number + 1), "sessions": "", "per_week": "1", "every_weeks": "1", **phase}
        values |= {f"phases-{number}-{name}": value for name, value in row.items()}
    return values


def test_a_template_is_added_with_its_phases(chief: Client) -> None:
    kind = make_visit_type()
    data = template_data({"sessions": "8", "per_week": "2"}, {"every_weeks_most": "2"}, visit_type=str(kind.pk))
    assert chief.post(f"{TEMPLATES}add/", data).status_code == 302
    assert cells(chief.get(TEMPLATES))[0][1:3] == [
        "Course of 12",
        "8 sessions, 2 a week; then 1 every 1–2 weeks, as long as it helps",
    ]


@pytest.mark.parametrize(
    ("phases", "changes", "told"),
    [
        ([], {}, "Give at least one phase."),
        ([{}, {"sessions": "4"}], {}, "Only the last phase may be without a number of sessions."),
        ([{"sessions": "0"}], {}, "Ensure this value is greater than or equal to 1."),
        ([{"per_week": "6"}], {}, "Ensure this value is less than or equal to 5."),
        (
            [{"every_weeks": "3", "every_weeks_most": "2"}],
            {},
            "The longest distance can't be shorter than the usual one.",
        ),
        ([{"sessions": "4"}, {"order": "1"}], {}, "Please correct the duplicate values below."),
        ([{}], {"name": "Ketamine course"}, "Please leave out “ketamine”."),
        ([{}], {"max_gap_days": "1"}, "The longest distance can’t be shorter than the shortest."),
        ([{}], {"review_after_session": "8"}, "Give the review visit's kind and its session, or neither."),
    ],
)
def test_what_makes_no_course_is_said(
    chief: Client, phases: list[dict[str, str]], changes: dict[str, str], told: str
) -> None:
    kind = make_visit_type()
    page = chief.post(f"{TEMPLATES}add/", template_data(*phases, visit_type=str(kind.pk), **changes))
    assert page.status_code == 200
    assert told in text(page)
    assert CourseTemplate.objects.count() == 0


def test_a_template_in_use_is_kept(chief: Client, ana: Patient) -> None:
    template = CourseTemplate.objects.get()
    place_course(template, ana, User.objects.get(username="sam"))
    page = chief.post(f"{TEMPLATES}{template.pk}/delete/", {"post": "yes"})
    assert "protected related objects" in text(page)
    assert CourseTemplate.objects.count() == 1
