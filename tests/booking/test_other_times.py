"""Other times: staff offer several, each is held, one is taken or none, and all others are free again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from booking import actions, availability, offered, reminders
from booking.actions.other_times import NoTimeToAnswer, TimesTaken
from booking.models import (
    OPEN,
    Appointment,
    FreedTime,
    Hold,
    Holiday,
    Kind,
    Message,
    Offer,
    Reason,
    Resource,
    Status,
    Verb,
)
from booking.slots import Span
from booking.still_true import no_longer_true
from booking.transactions import SlotTaken
from tests.booking.factories import NOW, START, later, make_appointment, make_clinician, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

State = Offer.State
HOUR = timedelta(hours=1)
NOON, ONE, NEXT_DAY = later(START, hours=2), later(START, hours=3), later(START, days=1)
TOMORROW_EVENING = datetime(2026, 12, 2, 4, tzinfo=UTC)  # Tuesday, December 1, 8 PM at the office


@pytest.fixture
def sam() -> actions.By:
    return actions.staff(make_staff())


def request_of_ana(**more: Any) -> Appointment:
    make_visit_type(step_minutes=60)
    return make_appointment(**more)


def offer(visit: Appointment, by: actions.By, *starts: datetime, **more: Any) -> list[Offer]:
    told = {"starts": starts or (NOON, ONE, NEXT_DAY), "until": TOMORROW_EVENING, "now": NOW, **more}
    return actions.offer_times(appointment=visit, by=by, **told)


def confirmed(sam: actions.By) -> Appointment:
    return actions.confirm(appointment=request_of_ana(), by=sam, now=NOW)


def take(one: Offer, now: datetime = NOW) -> Appointment:
    return actions.take_offer(offer=one, by=actions.PATIENT, now=now)


def refuse(visit: Appointment, batch: int = 1, now: datetime = NOW) -> bool:
    return actions.refuse_times(appointment=visit, batch=batch, by=actions.PATIENT, now=now)


def states(visit: Appointment) -> list[str]:
    return list(visit.offers.order_by("batch", "starts_at").values_list("state", flat=True))


def verbs(visit: Appointment) -> list[str]:
    return list(visit.events.order_by("pk").values_list("verb", flat=True))


def sent() -> None:
    Message.objects.filter(kind=Kind.OTHER_OFFERED).update(state=Message.State.SENT, sent_at=NOW)


def is_free(at: datetime) -> bool:
    kind = Appointment.objects.latest("pk").visit_type
    return availability.start_at(kind, at, now=NOW, rule=kind.staff_rule()) is not None


def test_each_time_is_held_and_the_asked_one_too(sam: actions.By) -> None:
    ana = request_of_ana()

    made = offer(ana, sam)

    assert [(one.batch, one.starts_at, one.expires_at) for one in made] == [
        (1, start, TOMORROW_EVENING) for start in (NOON, ONE, NEXT_DAY)
    ]
    assert not any(is_free(start) for start in (START, NOON, ONE, NEXT_DAY))
    assert [hold.span for hold in made[0].holds.all()] == [Span(NOON, NOON + HOUR)]
    assert verbs(ana) == ["request", "offer"]
    message = ana.messages.get(kind=Kind.OTHER_OFFERED)
    assert (message.occasion, message.state) == ("1", Message.State.QUEUED)
    ana.refresh_from_db()
    assert (ana.status, ana.starts_at) == (Status.REQUESTED, START)


def test_all_are_held_or_none(sam: actions.By) -> None:
    ana = request_of_ana()
    make_appointment(starts_at=ONE, name="Bob Ray")

    with pytest.raises(TimesTaken) as taken:
        offer(ana, sam, NOON, ONE, later(START, days=3, hours=10))

    assert taken.value.starts == [ONE, later(START, days=3, hours=10)]
    assert not Offer.objects.exists()
    assert verbs(ana) == ["request"]
    with pytest.raises(TimesTaken):
        offer(ana, sam, START)  # it has that one


def test_times_that_overlap_need_somebody_each(sam: actions.By) -> None:
    make_visit_type()
    ana = make_appointment()
    half_past = NOON + HOUR / 2

    with pytest.raises(TimesTaken) as taken:
        offer(ana, sam, NOON, half_past)
    assert taken.value.starts == [half_past]

    make_clinician("Dr. Other")
    first, second = offer(ana, sam, NOON, half_past)
    assert first.holds.get().resource_id != second.holds.get().resource_id


def test_what_overlaps_with_the_time_it_has_can_not_be_held_beside_it(sam: actions.By) -> None:
    make_visit_type(buffer_after_minutes=10)
    ana = make_appointment()

    with pytest.raises(TimesTaken) as taken:
        offer(ana, sam, START - HOUR, NOON)

    assert taken.value.starts == [START - HOUR]


@pytest.mark.parametrize("count", [0, 7])
def test_staff_offer_one_to_six(sam: actions.By, count: int) -> None:
    ana = request_of_ana()
    starts = [later(START, days=day) for day in (1, 2, 5, 6, 7, 8, 9)][:count]
    with pytest.raises(ValueError, match="staff offer"):
        actions.offer_times(appointment=ana, starts=starts, until=TOMORROW_EVENING, by=sam, now=NOW)
    with pytest.raises(ValueError, match="staff offer"):
        offer(ana, actions.PATIENT)


@pytest.mark.parametrize(
    ("starts", "until", "ends"),
    [
        ([NEXT_DAY], later(START, days=9), START),  # the visit itself begins
        ([later(START, hours=-1), NEXT_DAY], later(START, days=9), later(START, hours=-3)),
        ([NEXT_DAY], TOMORROW_EVENING, TOMORROW_EVENING),
    ],
)
def test_it_ends_before_an_answer_would_be_of_no_use(
    sam: actions.By, starts: list[datetime], until: datetime, ends: datetime
) -> None:
    for one in offer(request_of_ana(), sam, *starts, until=until):
        assert one.expires_at == ends


def test_there_must_be_time_to_answer(sam: actions.By) -> None:
    ana = request_of_ana()
    with pytest.raises(NoTimeToAnswer):
        offer(ana, sam, later(NOW, hours=2), NEXT_DAY)
    with pytest.raises(NoTimeToAnswer):
        offer(ana, sam, NEXT_DAY, now=later(START, minutes=-59))
    with pytest.raises(NoTimeToAnswer):
        offer(ana, sam, NEXT_DAY, until=later(NOW, minutes=59))
    assert not Offer.objects.exists()


def test_a_request_is_moved_and_confirmed_at_once_and_one_message_tells_both(sam: actions.By) -> None:
    ana = request_of_ana()
    _, one, _ = offer(ana, sam)

    moved = take(one)

    assert (moved.status, moved.starts_at, moved.ends_at, moved.agreed_at) == (Status.CONFIRMED, ONE, ONE + HOUR, NOW)
    assert states(ana) == [State.WITHDRAWN, State.TAKEN, State.WITHDRAWN]
    assert [hold.span for hold in Hold.objects.all()] == [Span(ONE, ONE + HOUR)]
    assert sorted(FreedTime.objects.values_list("starts_at", flat=True)) == [START, NOON, NEXT_DAY]
    assert verbs(ana) == ["request", "offer", "reschedule", "confirm"]
    assert ana.messages.filter(kind=Kind.CONFIRMED).count() == 1
    assert not ana.messages.filter(kind=Kind.CHANGED).exists()
    message = ana.messages.select_related("appointment").get(kind=Kind.OTHER_OFFERED)
    assert no_longer_true(message, now=NOW) == Reason.OFFER_OVER


def test_a_confirmed_visit_moves(sam: actions.By) -> None:
    ana = confirmed(sam)
    moved = take(offer(ana, sam)[0])

    assert (moved.status, moved.starts_at, moved.sequence) == (Status.CONFIRMED, NOON, 1)
    assert verbs(ana) == ["request", "confirm", "offer", "reschedule"]
    assert ana.messages.filter(kind=Kind.CHANGED).count() == 1


def test_pressed_twice_it_moves_once_and_another_is_gone(sam: actions.By) -> None:
    ana = request_of_ana()
    first, second, _ = offer(ana, sam)
    assert take(first).starts_at == take(first).starts_at == NOON
    with pytest.raises(actions.OfferGone):
        take(second)
    assert not refuse(ana)
    assert verbs(ana).count("reschedule") == 1
    assert Message.objects.filter(kind=Kind.CONFIRMED).count() == 1


def test_none_suits_frees_them_tells_staff_and_leaves_the_request(sam: actions.By) -> None:
    ana = request_of_ana()
    offer(ana, sam)

    assert [refuse(ana), refuse(ana)] == [True, False]

    assert states(ana) == [State.REFUSED] * 3
    assert all(is_free(start) for start in (NOON, ONE, NEXT_DAY))
    assert not is_free(START)
    assert verbs(ana) == ["request", "offer", "refuse"]
    assert ana.messages.filter(kind=Kind.STAFF_NONE_SUITS).count() == 1
    ana.refresh_from_db()
    assert ana.status == Status.REQUESTED


def test_it_runs_out_as_a_whole_and_the_history_says_so_once(sam: actions.By) -> None:
    ana = request_of_ana()
    offer(ana, sam)
    sent()

    assert actions.expire_offers(now=TOMORROW_EVENING - HOUR) == 0
    assert actions.expire_offers(now=TOMORROW_EVENING) == 1

    assert states(ana) == [State.EXPIRED] * 3
    assert verbs(ana) == ["request", "offer", "lapse"]
    assert ana.events.latest("pk").by == "system"
    with pytest.raises(actions.OfferGone):
        take(ana.offers.earliest("pk"), TOMORROW_EVENING)


def test_before_the_sweep_it_has_run_out_as_well(sam: actions.By) -> None:
    ana = request_of_ana()
    one, *_ = offer(ana, sam)
    with pytest.raises(actions.OfferGone):
        take(one, TOMORROW_EVENING)
    assert not refuse(ana, now=TOMORROW_EVENING)
    with pytest.raises(actions.NotAllowed):
        actions.withdraw_times(appointment=ana, by=sam, now=TOMORROW_EVENING)


def test_the_hours_to_answer_begin_when_the_mail_goes(sam: actions.By) -> None:
    """The mail server is down over the evening; the whole batch is put off alike."""
    ana = request_of_ana()
    offer(ana, sam, later(START, hours=2), NEXT_DAY, until=later(NOW, hours=2))

    actions.expire_offers(now=later(NOW, minutes=4))  # it is about to go
    assert set(ana.offers.values_list("expires_at", flat=True)) == {later(NOW, hours=2)}
    assert actions.expire_offers(now=later(NOW, hours=3)) == 0
    assert set(ana.offers.values_list("expires_at", flat=True)) == {later(NOW, hours=7)}
    assert actions.expire_offers(now=later(START, hours=-1)) == 0
    assert set(ana.offers.values_list("expires_at", flat=True)) == {START}
    assert actions.expire_offers(now=START) == 1
    assert states(ana) == [State.WITHDRAWN] * 2  # they have heard nothing


def test_a_newer_batch_takes_the_place_of_an_older_and_of_an_earlier_time(sam: actions.By) -> None:
    ana = request_of_ana(starts_at=later(START, days=7))
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=NOW)
    actions.cancel(appointment=make_appointment(name="Cora Lane"), by=actions.PATIENT, now=NOW)
    actions.offer_freed_times(now=NOW)
    early = ana.offers.get()

    old = offer(ana, sam, NOON, NEXT_DAY)
    new = offer(ana, sam, NOON, ONE)

    early.refresh_from_db()
    assert early.state == State.WITHDRAWN
    assert states(ana)[:4] == [State.WITHDRAWN] * 2 + [State.OPEN] * 2
    assert [one.batch for one in (old[0], new[0])] == [1, 2]
    assert actions.offer_freed_times(now=NOW) == 0  # as long as it is open, they are asked about nothing else
    with pytest.raises(actions.OfferGone):
        take(old[1])
    assert not refuse(ana, batch=1)
    assert {message.occasion for message in ana.messages.filter(kind=Kind.OTHER_OFFERED)} == {"1", "2"}
    assert ana.earlier_requests.filter(ended_at=None).exists()


WITHDRAWING: dict[str, Callable[[Appointment, actions.By], object]] = {
    "confirmed": lambda visit, by: actions.confirm(appointment=visit, by=by, now=NOW),
    "declined": lambda visit, by: actions.decline(appointment=visit, by=by, now=NOW),
    "cancelled by staff": lambda visit, by: actions.cancel(appointment=visit, by=by, now=NOW),
    "cancelled by the patient": lambda visit, by: actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW),
    "moved by staff": lambda visit, by: actions.reschedule(appointment=visit, starts_at=ONE, by=by, now=NOW),
    "moved by the patient": lambda visit, by: actions.reschedule(
        appointment=visit, starts_at=later(START, days=5), by=actions.PATIENT, now=NOW
    ),
    "withdrawn": lambda visit, by: actions.withdraw_times(appointment=visit, by=by, now=NOW),
}


@pytest.mark.parametrize("what", WITHDRAWING)
def test_what_settles_the_visit_withdraws_them(sam: actions.By, what: str) -> None:
    ana = request_of_ana()
    one, *_ = offer(ana, sam)

    WITHDRAWING[what](ana, sam)

    assert states(ana) == [State.WITHDRAWN] * 3
    assert not Hold.objects.exclude(offer=None).exists()
    message = Message.objects.select_related("appointment").get(kind=Kind.OTHER_OFFERED)
    assert no_longer_true(message, now=NOW) is not None
    before = Appointment.objects.values().get(pk=ana.pk)
    with pytest.raises(actions.OfferGone):
        take(one)
    assert not refuse(ana)
    assert Appointment.objects.values().get(pk=ana.pk) == before


def test_who_no_longer_waits_for_an_earlier_time_keeps_the_other_times(sam: actions.By) -> None:
    ana = request_of_ana()
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=NOW)
    offer(ana, sam)
    actions.stop_asking(appointment=ana, by=actions.PATIENT, now=NOW)
    assert states(ana) == [State.OPEN] * 3


def test_an_earlier_time_outlives_a_confirmation(sam: actions.By) -> None:
    ana = request_of_ana(starts_at=later(START, days=7))
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=NOW)
    actions.cancel(appointment=make_appointment(name="Cora Lane"), by=actions.PATIENT, now=NOW)
    actions.offer_freed_times(now=NOW)
    actions.confirm(appointment=ana, by=sam, now=NOW)
    assert states(ana) == [State.OPEN]


def test_a_day_that_is_closed_takes_its_own_times_alone(sam: actions.By) -> None:
    ana = request_of_ana()
    offer(ana, sam)
    snow = Holiday.objects.create(day=date(2026, 12, 3), name="Snow")
    actions.decide_holiday(holiday=snow, decision=Holiday.Decision.CLOSED, by=sam, now=NOW)
    assert states(ana) == [State.OPEN, State.OPEN, State.WITHDRAWN]
    batch = offered.newest(ana)
    assert batch
    assert [one.starts_at for one in batch.held(NOW)] == [NOON, ONE]


def test_a_time_that_can_no_longer_be_had_leaves_the_others(sam: actions.By) -> None:
    ana = request_of_ana()
    one, _, next_day = offer(ana, sam)
    Holiday.objects.create(day=date(2026, 12, 3), name="Snow", decision=Holiday.Decision.CLOSED)
    with pytest.raises(actions.OfferGone):
        take(next_day)
    assert states(ana) == [State.OPEN, State.OPEN, State.WITHDRAWN]
    assert take(one).starts_at == NOON


def test_what_is_over_is_offered_nothing(sam: actions.By) -> None:
    ana = request_of_ana()
    actions.cancel(appointment=ana, by=sam, now=NOW)
    with pytest.raises(actions.NotAllowed):
        offer(ana, sam)


def test_who_comes_second_learns_what_happened(sam: actions.By) -> None:
    ana = request_of_ana()
    seen = ana.events.latest("pk").pk
    kim = actions.staff(make_staff("kim"), seen=seen)
    offer(ana, sam)
    with pytest.raises(actions.NotAllowed) as refused:
        offer(ana, kim)
    assert refused.value.last
    assert (refused.value.last.verb, refused.value.last.user) == (Verb.OFFER, sam.user)


# --- Whose turn it is -------------------------------------------------------------------------------------------


def turn(visit: Appointment) -> datetime:
    found: datetime = vars(offered.with_turn(Appointment.objects.filter(pk=visit.pk)).get())["turn_at"]
    return found


def unanswered(now: datetime) -> int:
    before = Message.objects.filter(kind=Kind.STAFF_UNANSWERED).count()
    reminders.write_due(now=now)
    return Message.objects.filter(kind=Kind.STAFF_UNANSWERED).count() - before


def test_the_promise_rests_while_times_are_offered_and_begins_anew(sam: actions.By) -> None:
    """Monday 8 AM; one working day is promised."""
    far = later(START, days=7)
    ana = request_of_ana(starts_at=far)
    until = later(NOW, days=2)
    offer(ana, sam, later(far, hours=2), until=until)
    sent()

    assert turn(ana) == until
    assert unanswered(later(NOW, days=1, hours=23)) == 0
    assert unanswered(until) == 0  # and no sweep has been by
    actions.expire_offers(now=later(until, minutes=5))
    assert turn(ana) == until
    assert unanswered(later(until, days=1)) == 0
    assert unanswered(later(until, days=1, minutes=1)) == 1
    assert unanswered(later(until, days=2)) == 0


def test_staff_who_were_reminded_are_reminded_of_their_next_turn_too(sam: actions.By) -> None:
    far = later(START, days=7)
    ana = request_of_ana(starts_at=far)
    late = later(NOW, days=1, minutes=1)
    assert unanswered(late) == 1
    offer(ana, sam, later(far, hours=2), until=later(far, days=-3), now=late)
    told = ana.messages.select_related("appointment").get(kind=Kind.STAFF_UNANSWERED)
    assert no_longer_true(told, now=late) == Reason.OFFERED
    refuse(ana, now=later(late, hours=1))
    assert turn(ana) == later(late, hours=1)
    assert unanswered(later(late, days=1, hours=2)) == 1


def test_what_was_withdrawn_counts_as_never_offered(sam: actions.By) -> None:
    ana = request_of_ana(starts_at=later(START, days=7))
    offer(ana, sam, NEXT_DAY)
    actions.withdraw_times(appointment=ana, by=sam, now=later(NOW, hours=1))
    assert turn(ana) == NOW
    assert unanswered(later(NOW, days=1, minutes=1)) == 1


# --- Every order of things --------------------------------------------------------------------------------------

STEPS = ["offer", "offer other", "take", "refuse", "withdraw", "confirm", "decline", "cancel", "move", "sweep", "wait"]


@pytest.mark.django_db(transaction=False)
class AnyOrder(TestCase):
    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(done=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=8))
    def test_whatever_happens_in_whatever_order(self, done: list[tuple[str, int]]) -> None:
        """One open batch at most, its holds and no others; a visit that is over is offered nothing."""
        sam, now = actions.staff(make_staff()), NOW
        ana = request_of_ana()
        for step, pick in done:
            now += timedelta(hours=6) if step == "wait" else timedelta(minutes=1)
            self.do(step, ana, sam, pick, now)
            self.expect_all_well(now)

    def do(self, step: str, ana: Appointment, sam: actions.By, pick: int, now: datetime) -> None:
        offers = list(ana.offers.order_by("pk"))
        chosen = offers[pick % len(offers)] if offers else None
        told: dict[str, Any] = {"appointment": ana, "now": now}
        acts: dict[str, Callable[[], object]] = {
            "offer": partial(offer, ana, sam, now=now),
            "offer other": partial(offer, ana, sam, later(START, days=5), START, now=now),
            "refuse": partial(actions.refuse_times, batch=pick, by=actions.PATIENT, **told),
            "withdraw": partial(actions.withdraw_times, by=sam, **told),
            "confirm": partial(actions.confirm, by=sam, **told),
            "decline": partial(actions.decline, by=sam, **told),
            "cancel": partial(actions.cancel, by=actions.PATIENT, **told),
            "move": partial(actions.reschedule, starts_at=later(START, days=pick), by=sam, **told),
            "sweep": partial(actions.expire_offers, now=now),
            "wait": lambda: None,
        }
        if step == "take":
            acts["take"] = partial(take, chosen, now) if chosen else lambda: None
        with suppress(SlotTaken, NoTimeToAnswer, actions.NotAllowed, actions.OfferGone):
            acts[step]()

    def expect_all_well(self, now: datetime) -> None:
        ana = Appointment.objects.get()
        still = ana.offers.filter(state=State.OPEN)
        assert len({one.batch for one in still}) <= 1
        assert not still or ana.status in OPEN
        held = sorted(Hold.objects.exclude(offer=None).values_list("offer", flat=True))
        assert held == sorted(one.pk for one in still)
        assert ana.offers.filter(state=State.TAKEN).count() <= verbs(ana).count("reschedule")
        assert ana.holds.count() == (0 if ana.status in (Status.DECLINED, Status.CANCELLED) else 1)
        assert all(one.expires_at <= min(ana.starts_at, one.starts_at - 2 * HOUR) for one in still)
        assert Resource.objects.count() == 1
