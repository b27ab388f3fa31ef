"""Clearing time of visits: what is free is blocked at once, what visits hold is blocked as they leave."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connections

from booking import actions, availability
from booking.actions.closing import blocked_of
from booking.models import Appointment, Closure, FreedTime, Hold, Offer, Resource
from booking.slots import Span, left_of
from booking.transactions import Busy, SlotTaken
from tests.booking.factories import NOW, START, later, make_appointment, make_chair, make_details, make_staff

pytestmark = pytest.mark.django_db

# 9 to 1; the visit is at 10.
MORNING = Span(datetime(2026, 12, 2, 17, tzinfo=UTC), datetime(2026, 12, 2, 21, tzinfo=UTC))


def hour(number: int) -> datetime:
    return later(MORNING.start, hours=number)


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(0, 4)]),
        ([(1, 2)], [(0, 1), (2, 4)]),
        ([(1, 2), (2, 3)], [(0, 1), (3, 4)]),
        ([(-1, 1), (3, 9)], [(1, 3)]),
        ([(-1, 9)], []),
        ([(4, 5), (-2, 0)], [(0, 4)]),
        ([(2, 3), (1, 4)], [(0, 1)]),
    ],
)
def test_what_remains_of_a_span(taken: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    spans = [Span(hour(start), hour(end)) for start, end in taken]
    assert left_of(MORNING, spans) == [Span(hour(start), hour(end)) for start, end in left]


@pytest.fixture
def sam(db: None) -> User:
    return make_staff()


@pytest.fixture
def visit(sam: User) -> Appointment:
    return make_appointment(email="ana@example.test")


def close(sam: User, **changes: Any) -> Closure:
    values = {"resources": list(Resource.objects.all()), "span": MORNING, "reason": "Conference", **changes}
    return actions.close_time(**values, by=actions.staff(sam), now=NOW)


def blocked() -> list[tuple[int, int]]:
    """In hours from nine."""
    holds = Hold.objects.blocks().order_by("resource", "period")
    return [tuple((at - MORNING.start).seconds // 3600 for at in (hold.span.start, hold.span.end)) for hold in holds]  # type: ignore[misc]


def test_what_is_free_is_blocked_around_the_visits_and_nothing_new_is_offered(sam: User, visit: Appointment) -> None:
    closure = close(sam)

    assert blocked() == [(0, 1), (2, 4)]
    assert [hold.appointment for hold in closure.in_the_way()] == [visit]
    window = Span(MORNING.start, MORNING.end)
    assert availability.free_times(visit.visit_type, window=window, now=NOW) == []


@pytest.mark.parametrize("verb", ["move", "decline", "cancel", "cancel_quietly"])
def test_a_visit_that_leaves_gives_its_time_to_the_block(sam: User, visit: Appointment, verb: str) -> None:
    close(sam)
    by = actions.staff(sam)

    if verb == "move":
        actions.reschedule(appointment=visit, starts_at=later(START, days=1), by=by, now=NOW)
    else:
        getattr(actions, verb)(appointment=visit, by=by, now=NOW)

    assert blocked() == [(0, 1), (1, 2), (2, 4)]
    assert FreedTime.objects.count() == 0  # nobody who waits is offered it


def test_a_visit_is_not_moved_within_the_time(sam: User, visit: Appointment) -> None:
    close(sam)
    with pytest.raises(SlotTaken):
        actions.reschedule(appointment=visit, starts_at=later(START, minutes=30), by=actions.staff(sam), now=NOW)
    visit.refresh_from_db()
    assert visit.starts_at == START


@pytest.mark.parametrize(
    ("start", "end", "moved_to", "is_free"),
    [
        (15, 45, 30, False),  # of what it holds now, the half hour to be cleared would be blocked under it
        (15, 45, -30, False),
        (0, 30, 30, True),  # out of the half hour that is to be cleared
        (30, 60, -30, True),
    ],
)
def test_what_is_listed_for_a_move_out_of_the_time_can_be_had(
    sam: User, visit: Appointment, start: int, end: int, moved_to: int, is_free: bool
) -> None:
    close(sam, span=Span(later(START, minutes=start), later(START, minutes=end)))
    to = later(START, minutes=moved_to)
    day = Span(hour(0), hour(8))
    listed = availability.free_times(
        visit.visit_type, window=day, now=NOW, moving=visit, rule=visit.visit_type.staff_rule()
    )
    assert (to in [one.at for one in listed]) == is_free
    if is_free:
        assert actions.reschedule(appointment=visit, starts_at=to, by=actions.staff(sam), now=NOW).starts_at == to
    else:
        with pytest.raises(SlotTaken):
            actions.reschedule(appointment=visit, starts_at=to, by=actions.staff(sam), now=NOW)


def test_only_what_lies_within_is_blocked_and_the_rest_is_free(sam: User, visit: Appointment) -> None:
    make_chair()
    half = Span(hour(0), later(START, minutes=30))
    close(sam, span=half, resources=[Resource.objects.get(kind="clinician")])

    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)

    assert Hold.objects.blocks().last().span == Span(START, later(START, minutes=30))  # type: ignore[union-attr]
    [freed] = FreedTime.objects.all()
    assert (freed.starts_at, freed.ends_at) == (later(START, minutes=30), later(START, hours=1))


def test_once_given_up_a_visit_frees_its_time_as_usual(sam: User, visit: Appointment) -> None:
    closure = close(sam)
    assert actions.end_closure(closure=closure, now=NOW)
    assert not actions.end_closure(closure=closure, now=NOW)

    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)

    assert blocked() == [(0, 1), (2, 4)]
    assert FreedTime.objects.count() == 1


def test_what_has_become_free_is_blocked_by_another_press(sam: User, visit: Appointment) -> None:
    closure = close(sam)
    actions.free_time(block=Hold.objects.blocks().order_by("period")[0], now=NOW)

    assert actions.close_rest(closure=closure, now=NOW) == 1
    assert actions.close_rest(closure=closure, now=NOW) == 0
    assert blocked() == [(0, 1), (2, 4)]


def test_what_is_only_offered_to_somebody_there_is_withdrawn(sam: User, visit: Appointment) -> None:
    waiting = make_appointment(starts_at=later(START, days=7), email="ben@example.test", name="Ben")
    actions.ask_for_earlier(appointment=waiting, by=actions.staff(sam), now=NOW)
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    assert actions.offer_freed_times(now=NOW) == 1

    close(sam)

    assert Offer.objects.get().state == Offer.State.WITHDRAWN
    assert Hold.objects.blocks().exists()
    assert Closure.objects.get().in_the_way().count() == 0


def test_lifted_all_of_it_is_free_for_others_and_what_was_blocked_before_is_not(sam: User, visit: Appointment) -> None:
    clinician = Resource.objects.get()
    actions.block_time(resource=clinician, span=Span(hour(3), hour(4)), reason="Meeting")
    actions.block_time(resource=clinician, span=Span(hour(5), hour(6)), reason="Conference")
    closure = close(sam)
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    assert blocked() == [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6)]
    assert blocked_of(closure, now=NOW) == [(clinician, Span(hour(0), hour(3)))]

    assert len(actions.lift_closure(closure=closure, now=NOW)) == 3
    assert actions.lift_closure(closure=closure, now=NOW) == []

    assert blocked() == [(3, 4), (5, 6)]
    closure.refresh_from_db()
    assert closure.ended_at == NOW
    freed = FreedTime.objects.order_by("starts_at").values_list("starts_at", "ends_at")
    assert list(freed) == [(hour(number), hour(number + 1)) for number in range(3)]


def test_lifted_a_visit_that_stands_frees_its_time_when_it_leaves(sam: User, visit: Appointment) -> None:
    closure = close(sam)
    actions.lift_closure(closure=closure, now=NOW)
    actions.cancel(appointment=visit, by=actions.staff(sam), now=NOW)
    assert blocked() == []
    assert FreedTime.objects.filter(starts_at=START).exists()


def test_what_is_to_be_cleared_for_another_reason_too_stays_blocked(sam: User, visit: Appointment) -> None:
    closure = close(sam)
    close(sam, span=Span(hour(3), hour(5)), reason="Fair")
    actions.lift_closure(closure=closure, now=NOW)
    assert [(hold.reason, hold.span) for hold in Hold.objects.blocks().order_by("period")] == [
        ("Fair", Span(hour(3), hour(4))),
        ("Fair", Span(hour(4), hour(5))),
    ]
    assert [freed.ends_at for freed in FreedTime.objects.order_by("starts_at")] == [hour(1), hour(3)]


def test_what_is_over_is_not_given_back(sam: User, visit: Appointment) -> None:
    closure = close(sam)
    actions.lift_closure(closure=closure, now=hour(2))
    assert blocked() == [(0, 1)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["cancel", "reschedule"])
def test_of_lifting_and_leaving_at_once_nothing_stays_blocked(verb: str) -> None:
    sam, together = make_staff(), Barrier(2)
    visit = make_appointment(email="ana@example.test")
    closure = close(sam)
    changes = {"starts_at": later(START, days=1)} if verb == "reschedule" else {}

    def at_once(work: int) -> None:
        together.wait()
        try:
            if work:
                actions.lift_closure(closure=closure, now=NOW)
            else:
                getattr(actions, verb)(appointment=visit, by=actions.staff(sam), now=NOW, **changes)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(at_once, range(2)))

    assert Hold.objects.within(MORNING).count() == 0


@pytest.mark.django_db(transaction=True)
def test_of_closing_and_booking_at_once_nothing_overlaps_and_nothing_is_left_free() -> None:
    sam, together = make_staff(), Barrier(2)
    visit = make_appointment(starts_at=later(START, days=1))

    def at_once(work: int) -> str:
        together.wait()
        try:
            if work:
                close(sam)
            else:
                actions.book_visit(
                    patient=make_details(email="new@example.test"),
                    visit_type=visit.visit_type,
                    starts_at=START,
                    submission_id=uuid4(),
                    by=actions.staff(sam),
                    now=NOW,
                )
        except (SlotTaken, Busy) as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        booked, closed = pool.map(at_once, range(2))

    assert closed == "done"
    held = Hold.objects.within(MORNING).filter(appointment__isnull=False).count()
    assert (booked, held) in [("done", 1), ("SlotTaken", 0)]
    spans = [hold.span for hold in Hold.objects.within(MORNING)]
    assert left_of(MORNING, spans) == []
