"""Booking against a plain model of the timetable: whatever happens in whatever order, what is offered is what is free,
what is offered can be booked, and what is not is refused.
"""

import itertools
import random
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from booking import actions, availability
from booking.models import OPEN, Appointment, DatedHours, Hold, Holiday, Resource, Status, VisitType, WeeklyHours
from booking.slots import Span
from booking.transactions import SlotTaken
from tests.booking.factories import make_chair, make_clinician, make_details, make_staff, make_visit_type
from tests.booking.timetable import MINUTE, Kind, Timetable, Visit

pytestmark = pytest.mark.django_db

HOUR, DAY = 60, 24 * 60
KINDS = [
    Kind("talk", stay=60, part=60, step=30, after=10, notice=DAY, cutoff=DAY),
    Kind("monitored", stay=150, part=30, step=30, before=5, chair=True, limit=2, cutoff=2 * DAY),
    Kind("short", stay=20, part=20, step=10, limit=3, notice=2 * HOUR, asks=False),
]
# Mondays: the clock is set back, forward, or not at all on the Sunday after.
MONDAYS = [date(2026, 10, 26), date(2027, 3, 8), date(2026, 11, 30)]
MORNING, AFTERNOON = (time(9), time(12)), (time(13), time(17))
NIGHT = (time(0), time(4))  # over both changes
OTHER_HOURS = [[], [(time(10), time(11, 20))], [(time(7, 30), time(9)), (time(9), time(12)), (time(18), time(20))]]


class Practice:
    """The database and the model side by side. Each verb is done in both and must end the same."""

    def __init__(self, first: date, days: int) -> None:
        self.staff: User = make_staff(f"staff-{uuid4()}")
        ana, ben = make_clinician("Ana", hours=False), make_clinician("Ben", hours=False)
        left, right = make_chair("Left", turnover_minutes=15), make_chair("Right", turnover_minutes=0)
        weekly = {(ana.pk, day): [MORNING, AFTERNOON] for day in range(5)}
        weekly |= {(ben.pk, 2): [(time(10), time(15))], (ana.pk, 6): [NIGHT], (ben.pk, 6): [(time(0), time(6))]}
        for (clinician, weekday), spans in weekly.items():
            for opens, closes in spans:
                WeeklyHours.objects.create(clinician_id=clinician, weekday=weekday, opens=opens, closes=closes)
        self.table = Timetable(first, days, [ana.pk, ben.pk], {left.pk: 15, right.pk: 0}, weekly)
        self.kinds = {kind: self._stored(kind) for kind in KINDS}
        self.now = self.table.begin - 6 * DAY * MINUTE + 8 * HOUR * MINUTE

    @staticmethod
    def _stored(kind: Kind) -> VisitType:
        return make_visit_type(
            kind.slug,
            length_minutes=kind.stay,
            clinician_minutes=kind.part,
            step_minutes=kind.step,
            buffer_before_minutes=kind.before,
            buffer_after_minutes=kind.after,
            notice_hours=kind.notice // HOUR,
            horizon_days=kind.horizon // DAY,
            cutoff_hours=kind.cutoff // HOUR,
            needs_chair=kind.chair,
            daily_limit=kind.limit,
            needs_confirmation=kind.asks,
        )

    @property
    def minute(self) -> int:
        return self.table.number(self.now)

    @property
    def desk(self) -> actions.By:
        return actions.staff(self.staff)

    def get(self, pk: int) -> Appointment:
        return Appointment.objects.select_related("visit_type", "patient").get(pk=pk)

    def free(self, kind: Kind, minutes: range | None = None, **who: Any) -> dict[int, tuple[int, int | None]]:
        return self.table.free(kind, minutes or range(self.table.length), now=self.minute, **who)

    def book(self, kind: Kind, number: int) -> None:
        expected = self.free(kind, range(number, number + 1)).get(number)
        values: dict[str, Any] = {
            "visit_type": self.kinds[kind],
            "starts_at": self.table.moment(number),
            "details": make_details(email=f"{uuid4()}@example.test"),
            "submission_id": uuid4(),
            "network": None,
            "now": self.now,
        }
        if expected is None:
            with pytest.raises(SlotTaken):
                actions.request_appointment(**values)
            return
        made = actions.request_appointment(**values).appointment
        self.table.visits[made.pk] = Visit(kind, number, *expected, confirmed=not kind.asks)

    def too_late(self, visit: Visit) -> bool:
        """For the patient: a request may be taken back until it begins."""
        return self.minute >= visit.start - (visit.kind.cutoff if visit.confirmed else 0)

    def move(self, pk: int, number: int, *, by_staff: bool) -> None:
        visit = self.table.visits[pk]
        expected = self.free(visit.kind, range(number, number + 1), moving=pk, staff=by_staff).get(number)
        late = self.minute >= visit.start if by_staff else self.too_late(visit)
        values: dict[str, Any] = {
            "appointment": self.get(pk),
            "starts_at": self.table.moment(number),
            "by": self.desk if by_staff else actions.PATIENT,
            "now": self.now,
        }
        if late or (expected is None and number != visit.start):
            with pytest.raises(actions.NotAllowed if late else SlotTaken):
                actions.reschedule(**values)
            return
        actions.reschedule(**values)
        if number != visit.start and expected:
            visit.start, (visit.clinician, visit.chair) = number, expected

    def cancel(self, pk: int, *, by_staff: bool) -> None:
        by = self.desk if by_staff else actions.PATIENT
        if not by_staff and self.too_late(self.table.visits[pk]):
            with pytest.raises(actions.TooLate):
                actions.cancel(appointment=self.get(pk), by=by, now=self.now)
            return
        actions.cancel(appointment=self.get(pk), by=by, now=self.now)
        del self.table.visits[pk]

    def answer(self, pk: int, *, yes: bool) -> None:
        visit, verb = self.table.visits[pk], actions.confirm if yes else actions.decline
        if visit.confirmed or (yes and self.minute >= visit.start):
            with pytest.raises(actions.NotAllowed):
                verb(appointment=self.get(pk), by=self.desk, now=self.now)
            return
        verb(appointment=self.get(pk), by=self.desk, now=self.now)
        if yes:
            visit.confirmed = True
        else:
            del self.table.visits[pk]

    def block(self, resource: int, start: int, length: int) -> None:
        span = Span(self.table.moment(start), self.table.moment(start + length))
        values: dict[str, Any] = {"resource": Resource.objects.get(pk=resource), "span": span, "reason": "Away"}
        if self.table.is_taken(resource, start, start + length):
            with pytest.raises(SlotTaken), transaction.atomic():
                actions.block_time(**values)
            return
        self.table.blocks[actions.block_time(**values).pk] = (resource, start, start + length)

    def unblock(self, pk: int) -> None:
        actions.free_time(block=Hold.objects.get(pk=pk), now=self.now)
        del self.table.blocks[pk]

    def decide(self, day: date, decision: Holiday.Decision) -> None:
        holiday, _ = Holiday.objects.get_or_create(day=day, defaults={"name": "A holiday"})
        actions.decide_holiday(holiday=holiday, decision=decision, by=self.desk, now=self.now)
        (self.table.closed.discard if decision == Holiday.Decision.OPEN else self.table.closed.add)(day)
        self.table.read_day(day)

    def set_hours(self, clinician: int, day: date, spans: list[tuple[time, time]] | None) -> None:
        """On that date: these hours, none, or (None) the weekly ones again."""
        DatedHours.objects.filter(clinician_id=clinician, day=day).delete()
        self.table.dated.pop((clinician, day), None)
        if spans is not None:
            rows: list[tuple[time | None, time | None]] = [*spans] or [(None, None)]
            for opens, closes in rows:
                DatedHours.objects.create(clinician_id=clinician, day=day, opens=opens, closes=closes)
            self.table.dated[clinician, day] = spans
        self.table.read_day(day)

    def check_offered(self, *, staff: bool = False) -> None:
        window = Span(self.table.begin, self.table.moment(self.table.length))
        for kind, stored in self.kinds.items():
            rule = stored.staff_rule() if staff else None
            offered = availability.free_times(stored, window=window, now=self.now, rule=rule)
            assert {self.table.number(start.at): (start.clinician, start.chair) for start in offered} == self.free(
                kind, staff=staff
            ), kind.slug

    def check_holds(self) -> None:
        """Nobody is held twice, and what is held is what the visits need."""
        stored = sorted(
            (hold.resource_id, self.table.number(hold.span.start), self.table.number(hold.span.end))
            for hold in Hold.objects.all()
        )
        assert stored == sorted(self.table.holds())
        for (resource, _, end), (other, start, _) in itertools.pairwise(stored):
            assert resource != other or end <= start
        open_visits = dict(Appointment.objects.filter(status__in=OPEN).values_list("pk", "status"))
        assert open_visits == {
            pk: Status.CONFIRMED if visit.confirmed else Status.REQUESTED for pk, visit in self.table.visits.items()
        }


numbers = st.integers(0, 7 * DAY - 1)


class BookingMachine(RuleBasedStateMachine):
    practice: Practice

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(monday=st.sampled_from(MONDAYS))
    def open_practice(self, monday: date) -> None:
        self.practice = Practice(monday, 7)

    def pick(self, kind: Kind, number: int, free: bool, **who: Any) -> int:
        """One that is free, or any at all."""
        found = list(self.practice.free(kind, **who)) if free else []
        return found[number % len(found)] if found else min(number // 5 * 5, self.practice.table.length - 1)

    def visit(self, number: int) -> int:
        return list(self.practice.table.visits)[number % len(self.practice.table.visits)]

    def some_day(self, number: int) -> date:
        return list(self.practice.table.minutes_of)[number % 7]

    @rule(kind=st.sampled_from(KINDS), number=numbers, free=st.sampled_from([True, True, False]))
    def book(self, kind: Kind, number: int, free: bool) -> None:
        self.practice.book(kind, self.pick(kind, number, free))

    @precondition(lambda self: self.practice.table.visits)
    @rule(which=numbers, number=numbers, free=st.booleans(), by_staff=st.booleans())
    def move(self, which: int, number: int, free: bool, by_staff: bool) -> None:
        pk = self.visit(which)
        kind = self.practice.table.visits[pk].kind
        self.practice.move(pk, self.pick(kind, number, free, moving=pk, staff=by_staff), by_staff=by_staff)

    @precondition(lambda self: self.practice.table.visits)
    @rule(which=numbers, by_staff=st.booleans())
    def cancel(self, which: int, by_staff: bool) -> None:
        self.practice.cancel(self.visit(which), by_staff=by_staff)

    @precondition(lambda self: self.practice.table.visits)
    @rule(which=numbers, yes=st.booleans())
    def answer(self, which: int, yes: bool) -> None:
        self.practice.answer(self.visit(which), yes=yes)

    @rule(which=numbers, start=numbers, length=st.integers(1, 2 * DAY))
    def block(self, which: int, start: int, length: int) -> None:
        resources = [*self.practice.table.clinicians, *self.practice.table.chairs]
        self.practice.block(resources[which % len(resources)], start, length)

    @precondition(lambda self: self.practice.table.blocks)
    @rule(which=numbers)
    def unblock(self, which: int) -> None:
        self.practice.unblock(list(self.practice.table.blocks)[which % len(self.practice.table.blocks)])

    @rule(which=numbers, decision=st.sampled_from(Holiday.Decision))
    def decide(self, which: int, decision: Holiday.Decision) -> None:
        self.practice.decide(self.some_day(which), decision)

    @rule(which=numbers, clinician=st.integers(0, 1), spans=st.sampled_from([None, *OTHER_HOURS]))
    def set_hours(self, which: int, clinician: int, spans: list[tuple[time, time]] | None) -> None:
        self.practice.set_hours(self.practice.table.clinicians[clinician], self.some_day(which), spans)

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        self.practice.now += timedelta(hours=hours)

    @invariant()
    def what_is_offered_is_what_is_free(self) -> None:
        self.practice.check_offered()

    @invariant()
    def holds_are_what_the_visits_need(self) -> None:
        self.practice.check_holds()


def test_whatever_happens_what_is_offered_is_what_can_be_booked() -> None:
    run_state_machine_as_test(
        BookingMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def some_minutes(chance: random.Random, table: Timetable) -> Iterator[int]:
    """Two of three in the few weeks that fill up, among them those in which the clock is changed."""
    crowded = [0, 19, 20, 40]
    while True:
        week = chance.choice(crowded) if chance.random() < 0.66 else chance.randrange(table.days // 7)
        yield min(week * 7 * DAY + chance.randrange(7 * DAY // 10) * 10, table.length - 1)


def test_a_year_of_bookings() -> None:
    """Chosen by a fixed seed: booked, moved, answered, cancelled and blocked while the year goes by."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # the model takes its time
    chance = random.Random(20270101)  # noqa: S311
    practice = Practice(date(2026, 10, 26), 53 * 7)
    table, minutes = practice.table, some_minutes(chance, practice.table)
    for _ in range(600):
        what, number = chance.random(), next(minutes)
        visits = [pk for pk, visit in table.visits.items() if visit.start > practice.minute]
        pk = chance.choice(visits) if visits else None
        if what < 0.5 or pk is None:
            kind = chance.choice(KINDS)
            day = range(number, min(number + DAY, table.length))
            practice.book(kind, next(iter(practice.free(kind, day)), number))
        elif what < 0.65:
            practice.move(
                pk,
                next(
                    iter(
                        practice.free(
                            table.visits[pk].kind, range(number, min(number + DAY, table.length)), moving=pk, staff=True
                        )
                    ),
                    number,
                ),
                by_staff=True,
            )
        elif what < 0.75:
            practice.cancel(pk, by_staff=chance.random() < 0.5)
        elif what < 0.85:
            practice.answer(pk, yes=chance.random() < 0.7)
        elif what < 0.9:
            practice.block(chance.choice([*table.clinicians, *table.chairs]), number, chance.randrange(30, 3 * DAY))
        elif what < 0.95:
            practice.decide(table.local[number].date(), chance.choice(list(Holiday.Decision)))
        else:
            practice.set_hours(chance.choice(table.clinicians), table.local[number].date(), chance.choice(OTHER_HOURS))
        practice.now += timedelta(hours=chance.randrange(48))

    assert len(table.visits) > 12
    practice.check_holds()
    practice.now = table.begin
    practice.check_offered(staff=True)
