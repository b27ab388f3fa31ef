"""A working day at the front desk, from the first request to the last, by hand and counted.

Each piece of work begins on the desk. `MOST` is how many clicks it may take, as docs/front-desk.md tells them beside
other ways to do the same; whoever makes a way longer has to say so there.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from booking import actions, civil, links, when
from booking.models import Appointment, CourseTemplate, Patient, Resource, Status, Task, VisitType
from booking.slots import Span
from booking.tasks import deliver_messages, offer_earlier_times
from tests.booking import courses, factories
from tests.e2e.hands import Hands
from tests.e2e.steps import sign_in
from tests.faults.asking import free_starts
from tests.faults.mailbox import Mailbox

pytestmark = pytest.mark.e2e

CONFIRM, MOVE, OFFER, NO_SHOW = "confirm eight", "move one", "offer three", "no-show"
BOOK, COURSE, MERGE, EXPORT, TICK = "book by phone", "course of eight", "merge", "export", "tick off"
MOST = {CONFIRM: 16, MOVE: 4, OFFER: 6, NO_SHOW: 2, BOOK: 4, COURSE: 7, MERGE: 5, EXPORT: 3, TICK: 1}


def ask(name: str, kind: VisitType, start: datetime | None = None, now: datetime | None = None) -> Appointment:
    """A request as it comes in; for the first time that is free, unless another is named."""
    email = f"{name.split()[0].lower()}@example.test"
    return factories.make_appointment(
        kind,
        starts_at=start or free_starts(kind)[0],
        now=now or timezone.now(),
        name=name,
        email=email,
        insurance="none",
    )


@pytest.fixture
def sam(server: str) -> User:
    return User.objects.create_superuser("sam", password="correct horse battery", first_name="Sam", last_name="Lee")


@pytest.fixture
def kind(server: str) -> VisitType:
    return VisitType.objects.get(slug="first-visit")


@pytest.fixture
def hands(open_browser: Any, sam: User) -> Hands:
    page: Page = open_browser(viewport={"width": 1280, "height": 800})
    sign_in(page)
    return Hands(page)


def answered(hands: Hands, kind: VisitType) -> None:
    """Ten requests: eight are confirmed where they stand, one by one; two stay for what comes next."""
    for number in range(10):
        ask(f"Person{number} Ray", kind)
    hands.begin(CONFIRM)
    for _ in range(8):
        hands.link("Confirm", of="Person")
        hands.button("Confirm")
        expect(hands.page.locator(".messagelist")).to_contain_text("will get an e-mail")
    assert Appointment.objects.filter(status=Status.CONFIRMED).count() == 8


def moved(hands: Hands) -> None:
    waiting = Appointment.objects.waiting().latest("pk")
    hands.begin(MOVE)
    hands.link(waiting.patient.name)
    hands.link("Move")
    hands.click(hands.page.locator(".times a").last)
    hands.button("Move the visit")
    waiting.refresh_from_db()
    assert waiting.events.filter(verb="reschedule").exists()


def offered(hands: Hands, kind: VisitType) -> None:
    """The second clash: the patient gets three others to choose from, by the link."""
    waiting = Appointment.objects.waiting().earliest("pk")
    hands.begin(OFFER)
    hands.link("Offer other times", of=waiting.patient.name)
    boxes = hands.page.locator("fieldset.day input")
    for number in range(3):
        hands.click(boxes.nth(3 * number))
    hands.button("Go on")
    hands.button("Offer these times")
    assert waiting.offers.count() == 3


def ticked_off(hands: Hands) -> None:
    """An estimate that is owed since a visit without insurance was confirmed."""
    before = Task.objects.filter(done_at=None).count()
    hands.begin(TICK)
    hands.button("Done")
    assert Task.objects.filter(done_at=None).count() == before - 1


def merged(hands: Hands, kind: VisitType) -> None:
    """Somebody has asked once more, with another address."""
    ask("Person3 Ray", kind)
    Patient.objects.filter(pk=Patient.objects.latest("pk").pk).update(email="other@example.test")
    hands.begin(MERGE)
    hands.type(hands.page.get_by_label("Find a patient"), "person3 other")
    hands.press("Enter")
    hands.link("Person3 Ray")
    hands.link("Same person as")
    hands.link("Compare")
    hands.button("Continue")
    hands.button("Make them one")
    assert Patient.objects.standing().filter(name="Person3 Ray").count() == 1


def exported(hands: Hands) -> None:
    hands.begin(EXPORT)
    hands.type(hands.page.get_by_label("Find a patient"), "person3")
    hands.press("Enter")
    hands.link("Person3 Ray")
    hands.link("Export everything we hold")
    with hands.page.expect_download() as download:
        hands.button("Export")
    assert download.value.suggested_filename.endswith(".zip")


def missed(hands: Hands, sam: User, kind: VisitType) -> None:
    now = timezone.now()
    start = max(now - timedelta(minutes=5), when.whole_day(when.local(now).date()).start)  # today, and begun
    visit = Appointment.objects.filter(status=Status.CONFIRMED).latest("pk")
    Appointment.objects.filter(pk=visit.pk).update(starts_at=start, ends_at=start + timedelta(hours=1))
    hands.begin(NO_SHOW)
    hands.link("Did not come", of=visit.patient.name)
    hands.button("Did not come")
    visit.refresh_from_db()
    assert visit.status == Status.NO_SHOW


def booked_by_phone(hands: Hands) -> None:
    hands.begin(BOOK)
    hands.type(hands.page.get_by_label("Find a patient"), "person3")
    hands.press("Enter")
    hands.link("Book a visit")
    hands.link("Follow-up")
    hands.click(hands.page.locator(".times a").last)
    hands.button("Book the visit")
    assert Patient.objects.get(name="Person3 Ray").appointments.count() == 2


def course_placed(hands: Hands, sam: User) -> None:
    """Two of its eight times are blocked, and are chosen anew from what is free nearby."""
    factories.make_chair()
    template = courses.make_template()
    patient = courses.make_cleared_patient(template, sam, name="Cora Lane", email="cora@example.test")
    first_day = when.local(timezone.now()).date() + timedelta(days=22)  # beyond what the day has brought so far
    clinician = Resource.objects.get(kind=Resource.Kind.CLINICIAN)
    taken = [courses.starts_of(template, first_day)[number] for number in (1, 4)]
    for start in taken:
        actions.block_time(resource=clinician, span=Span(start, start + timedelta(minutes=30)), reason="Meeting")
    hands.begin(COURSE)
    hands.type(hands.page.get_by_label("Find a patient"), "lane")
    hands.press("Enter")
    hands.link("Cora Lane")
    hands.link("Place a course")
    hands.type(hands.page.locator("#id_first_day"), first_day.isoformat())
    for number in (1, 2):
        hands.type(hands.page.locator(f"#id_clock_{number}"), "10:00")
    hands.button("Show the plan")
    for row in hands.page.locator("tr.clash").all():
        hands.click(row.get_by_role("radio").first)
    hands.button("Check again")
    hands.click(hands.page.locator('input[name="place"]'))
    expect(hands.page.locator(".messagelist")).to_contain_text("Cora Lane")
    assert patient.appointments.filter(status=Status.CONFIRMED).count() in (8, 9)
    assert CourseTemplate.objects.get().courses.count() == 1


def test_a_working_day(hands: Hands, sam: User, kind: VisitType, real_mail: Mailbox) -> None:
    answered(hands, kind)
    moved(hands)
    offered(hands, kind)
    missed(hands, sam, kind)
    booked_by_phone(hands)
    course_placed(hands, sam)
    merged(hands, kind)
    exported(hands)
    ticked_off(hands)
    assert [work for work, effort in hands.done.items() if effort.clicks > MOST[work]] == []
    assert hands.done.keys() == MOST.keys()


def test_a_late_cancellation_reaches_the_list(
    hands: Hands, sam: User, kind: VisitType, real_mail: Mailbox, open_browser: Any
) -> None:
    """Nobody at the desk lifts a finger: the freed time is offered, taken, and the desk tells of it."""
    late = ask("Lou Roth", kind, free_starts(kind)[2])
    early = ask("Ed Noor", kind, free_starts(kind)[-1])
    for visit in (late, early):
        actions.confirm(appointment=visit, by=actions.staff(sam), now=timezone.now())
    actions.ask_for_earlier(appointment=early, by=actions.PATIENT, now=timezone.now())
    phone: Page = open_browser(viewport={"width": 360, "height": 740})
    phone.goto(links.url_for(late))
    phone.get_by_role("link", name="Cancel this visit").click()
    phone.get_by_role("button", name="cancel").click()
    offer_earlier_times()
    with time_machine.travel(civil.next_civil(timezone.now(), timezone.get_default_timezone())):
        deliver_messages()  # by night the offer's mail waits for the morning
    mail = real_mail.to("ed@example.test")[-1]
    assert mail["Subject"] == "An earlier time for your appointment"
    other: Page = open_browser(viewport={"width": 360, "height": 740})
    other.goto(links.url_for(early))
    other.get_by_role("link", name="See the earlier time").click()
    other.locator("main").get_by_role("button").first.click()
    before = early.starts_at
    early.refresh_from_db()
    assert early.starts_at < before
    hands.page.goto("/admin/")
    expect(hands.page.locator(".news")).to_contain_text("Ed Noor")
    expect(hands.page.locator(".news")).to_contain_text("Lou Roth")


def test_two_press_at_once(hands: Hands, kind: VisitType, open_browser: Any) -> None:
    """The second is told what the first has done, and who it was."""
    visit = ask("Ana Diaz", kind)
    factories.make_staff("kim", "Kim", "Roe")
    User.objects.filter(username="kim").update(is_superuser=True)
    second: Page = open_browser(viewport={"width": 1280, "height": 800})
    sign_in(second, "kim")
    for page in (hands.page, second):
        page.goto(f"/admin/booking/appointment/{visit.pk}/confirm/")
    hands.page.locator("#content").get_by_role("button", name="Confirm").click()
    second.locator("#content").get_by_role("button", name="Confirm").click()
    expect(second.locator(".messagelist")).to_contain_text("Already confirmed by Sam Lee")
    assert visit.messages.filter(kind="confirmed").count() == 1
