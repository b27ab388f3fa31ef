"""Some at once: one gets the time, the others an answer they can go on from. `test_stampedes` has the hundreds."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from booking import actions, availability
from booking.actions import NotAllowed, requests
from booking.models import NO_OVERLAP, Appointment, Hold, Kind, Message, Status, VisitType
from booking.transactions import SlotTaken
from tests.booking import factories
from tests.faults.asking import ONE_REQUEST, all_at_once, ask, free_starts, path_of, person, ready, stored
from tests.faults.parts import Site
from tests.faults.visitor import Answer

pytestmark = pytest.mark.faults


def sender(site: Site, path: str, number: int, values: dict[str, str] | None = None) -> Callable[[], Answer]:
    """Somebody with the form open, who has only to press the button."""
    visitor = site.visitor()
    token = visitor.token(path)
    fields = {**(values or person(number)), "csrfmiddlewaretoken": token}
    return partial(visitor.post, path + "send/", fields)


def expect_one_winner(answers: list[Answer]) -> None:
    assert Counter(answer.status for answer in answers) == {302: 1, 409: len(answers) - 1}
    for answer in answers:
        if answer.status == 409:
            forms = [form for form in answer.forms if form.values().get("name", "").startswith("Person ")]
            offered = {where for form in forms for where in form.buttons if re.search(r"/\d{8}T\d{4}Z/$", where)}
            assert len(offered) == 3, "three other times, each with the answers kept"


def test_visits_with_a_chair_never_share_it(site: Site) -> None:
    """Two clinicians and one chair: the chair decides."""
    visit_type = ready(needs_chair=True, length_minutes=120, clinician_minutes=30)
    factories.make_clinician("Dr. Other")
    factories.make_chair()
    path = path_of(visit_type, free_starts(visit_type)[0])
    expect_one_winner(all_at_once([sender(site, path, number) for number in range(30)]))
    assert stored() == {**ONE_REQUEST, "Hold": 2}


def test_kinds_of_visit_that_overlap_have_one_winner(site: Site) -> None:
    """A short visit in the middle of a long one, both of one clinician."""
    long = ready()
    short = factories.make_visit_type("short", length_minutes=15, clinician_minutes=15, step_minutes=15)
    start = free_starts(long)[0]
    paths = [path_of(long, start), path_of(short, start + timedelta(minutes=30))]
    expect_one_winner(all_at_once([sender(site, paths[number % 2], number) for number in range(20)]))
    assert stored() == ONE_REQUEST


def test_visits_that_touch_do_not_disturb_each_other(site: Site) -> None:
    visit_type = ready(step_minutes=60)
    starts = free_starts(visit_type)[:2]
    assert starts[1] - starts[0] == timedelta(hours=1)
    jobs = [sender(site, path_of(visit_type, starts[number % 2]), number) for number in range(10)]
    assert Counter(answer.status for answer in all_at_once(jobs)) == {302: 2, 409: 8}


def test_the_same_form_sent_twenty_times_is_one_request(site: Site) -> None:
    visit_type = ready()
    path = path_of(visit_type, free_starts(visit_type)[0])
    same = person(1)
    answers = all_at_once([sender(site, path, 1, same) for _ in range(20)])
    assert {answer.status for answer in answers} == {302}
    assert len({answer.location for answer in answers}) == 1
    assert stored() == ONE_REQUEST
    assert Message.objects.filter(kind=Kind.RECEIVED).count() == 1


def test_the_same_form_with_other_answers_changes_nothing(site: Site) -> None:
    visit_type = ready()
    start = free_starts(visit_type)[0]
    first = person(1)
    visitor = site.visitor()
    assert visitor.post(path_of(visit_type, start) + "send/", first).status == 302
    other = visitor.post(path_of(visit_type, start) + "send/", {**first, "name": "Somebody Else"})
    assert other.status == 200
    assert "already sent" in other.text
    assert stored() == ONE_REQUEST


def test_staff_and_patient_press_at_once(site: Site) -> None:
    """The patient takes the request back while staff confirm it: both orders make sense, a mix does not."""
    visit_type = ready()
    visitor, answer = ask(site, visit_type, free_starts(visit_type)[0])
    appointment = Appointment.objects.get()
    staff = actions.staff(factories.make_staff())
    visitor.get(answer.location + "cancel/")

    def confirm() -> str:
        try:
            return actions.confirm(appointment=appointment, by=staff, now=timezone.now()).status
        except NotAllowed as error:
            return error.appointment.status

    def cancel() -> str:
        return str(visitor.post(answer.location + "cancel/", {"csrfmiddlewaretoken": visitor.cookies["csrf"]}).status)

    assert all_at_once([confirm, cancel])[1] == "302"
    appointment.refresh_from_db()
    assert appointment.status == Status.CANCELLED
    assert not Hold.objects.exists()


def test_twenty_staff_confirm_at_once(transactional_db: None) -> None:
    appointment = factories.make_appointment()
    people = [factories.make_staff(f"staff{number}") for number in range(20)]

    def confirm(user: Any) -> NotAllowed | None:
        try:
            actions.confirm(appointment=appointment, by=actions.staff(user), now=factories.NOW)
        except NotAllowed as error:
            return error
        return None

    refused = [error for error in all_at_once([partial(confirm, user) for user in people]) if error]
    assert len(refused) == 19
    done = appointment.events.get(to_status=Status.CONFIRMED)
    for error in refused:
        assert error.appointment.status == Status.CONFIRMED
        assert error.last is not None
        assert error.last.user == done.user
    assert Message.objects.filter(kind=Kind.CONFIRMED).count() == 1


def ask_slowly(monkeypatch: pytest.MonkeyPatch, count: int) -> int:
    """How many of `count` get the one time, when each thinks for a while after it has looked."""
    visit_type = VisitType.objects.get()
    start = free_starts(visit_type)[0]
    look = availability.start_at

    def look_and_wait(*args: Any, **kwargs: Any) -> Any:
        found = look(*args, **kwargs)
        time.sleep(0.1 if found else 0)
        return found

    monkeypatch.setattr(availability, "start_at", look_and_wait)

    def attempt(number: int) -> bool:
        try:
            actions.request_appointment(
                visit_type=visit_type,
                starts_at=start,
                details=factories.make_details(email=f"person{number}@example.test"),
                submission_id=uuid4(),
                network=f"192.0.2.{number}",
                now=timezone.now(),
            )
        except SlotTaken:
            return False
        return True

    return sum(all_at_once([partial(attempt, number) for number in range(count)]))


@pytest.fixture
def no_constraint(transactional_db: None) -> Iterator[None]:
    """The database without its exclusion constraint, put back afterwards."""
    constraint = next(item for item in Hold._meta.constraints if item.name == NO_OVERLAP)
    with connection.schema_editor() as editor:
        editor.remove_constraint(Hold, constraint)
    yield
    Hold.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(Hold, constraint)


def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_lock(resource_ids: list[int]) -> None:
        pass

    monkeypatch.setattr(requests, "lock", no_lock)


def test_control_without_lock_and_constraint_many_get_in(no_constraint: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the tests here would notice."""
    ready()
    without_lock(monkeypatch)
    assert ask_slowly(monkeypatch, 8) > 1


def test_the_constraint_alone_lets_one_in(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ready()
    without_lock(monkeypatch)
    assert ask_slowly(monkeypatch, 8) == 1
    assert stored() == ONE_REQUEST


def test_the_lock_alone_lets_one_in(no_constraint: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ready()
    assert ask_slowly(monkeypatch, 8) == 1
    assert stored() == ONE_REQUEST


def test_the_winner_is_told_the_time_they_asked_for(site: Site) -> None:
    visit_type = ready()
    start: datetime = free_starts(visit_type)[3]
    visitor, answer = ask(site, visit_type, start)
    assert answer.status == 302
    page = visitor.get(answer.location)
    assert page.status == 200
    assert Appointment.objects.get().reference in page.text
    assert Appointment.objects.get().starts_at == start
