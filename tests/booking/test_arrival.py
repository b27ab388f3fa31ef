"""The patient has come: a mark of the day, which can be taken back."""

from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User

from booking import actions
from booking.models import Appointment, Message
from tests.booking.factories import NOW, START, make_appointment, make_staff

pytestmark = pytest.mark.django_db

EARLY = START - timedelta(minutes=8)


@pytest.fixture
def sam() -> User:
    return make_staff()


@pytest.fixture
def visit(sam: User) -> Appointment:
    return actions.confirm(appointment=make_appointment(), by=actions.staff(sam), now=NOW)


def arrived_at(visit: Appointment) -> datetime | None:
    found: datetime | None = Appointment.objects.with_arrival().get(pk=visit.pk).__dict__["arrived_at"]
    return found


def test_noted_taken_back_and_noted_again(visit: Appointment, sam: User) -> None:
    by, later = actions.staff(sam), EARLY + timedelta(minutes=5)
    sent = Message.objects.count()
    assert arrived_at(visit) is None
    assert actions.arrive(appointment=visit, by=by, now=EARLY).status == "confirmed"
    assert arrived_at(visit) == EARLY
    actions.take_back_arrival(appointment=visit, by=by, now=EARLY)
    assert arrived_at(visit) is None
    actions.arrive(appointment=visit, by=by, now=later)
    assert arrived_at(visit) == later
    assert [event.verb for event in visit.events.order_by("pk")][-3:] == ["arrive", "not_here", "arrive"]
    assert Message.objects.count() == sent


def test_twice_is_once_and_says_who(visit: Appointment, sam: User) -> None:
    actions.arrive(appointment=visit, by=actions.staff(sam), now=EARLY)
    with pytest.raises(actions.NotAllowed) as refused:
        actions.arrive(appointment=visit, by=actions.staff(sam), now=START)
    assert refused.value.last
    assert (refused.value.last.verb, refused.value.last.user) == ("arrive", sam)
    assert visit.events.filter(verb="arrive").count() == 1


def test_what_is_not_noted_is_not_taken_back(visit: Appointment, sam: User) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.take_back_arrival(appointment=visit, by=actions.staff(sam), now=EARLY)


@pytest.mark.parametrize("days", [-1, 1])
def test_only_on_its_day(visit: Appointment, sam: User, days: int) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.arrive(appointment=visit, by=actions.staff(sam), now=START + timedelta(days=days))


def test_only_what_is_confirmed(sam: User) -> None:
    with pytest.raises(actions.NotAllowed):
        actions.arrive(appointment=make_appointment(), by=actions.staff(sam), now=EARLY)


def test_a_visit_that_is_moved_has_not_been_come_to(visit: Appointment, sam: User) -> None:
    actions.arrive(appointment=visit, by=actions.staff(sam), now=EARLY)
    later = START + timedelta(hours=2)
    actions.reschedule(appointment=visit, starts_at=later, by=actions.staff(sam), now=EARLY)
    assert arrived_at(visit) is None
    actions.arrive(appointment=visit, by=actions.staff(sam), now=later)
    assert arrived_at(visit) == later
