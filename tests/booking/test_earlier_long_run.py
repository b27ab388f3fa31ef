"""Weeks of cancelling, waiting, taking and refusing by chance: what must hold, holds after every step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any, TypeVar

import pytest

from booking import actions, availability
from booking.models import (
    HOLDING,
    OPEN,
    Appointment,
    EarlierRequest,
    FreedTime,
    Hold,
    Message,
    Offer,
    Resource,
    VisitType,
)
from booking.slots import Span
from booking.transactions import SlotTaken
from tests.booking.factories import NOW, make_appointment, make_chair, make_clinician, make_visit_type

T = TypeVar("T")

STEPS = 100
HORIZON = timedelta(days=5)


class World:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  the same run for the same seed
        self.now = NOW
        self.offered = 0
        self.taken = 0
        make_clinician()
        make_chair()
        both: dict[str, Any] = {"notice_hours": 2, "horizon_days": HORIZON.days}
        make_visit_type(**both)
        chair: dict[str, Any] = {"length_minutes": 120, "clinician_minutes": 30, "needs_chair": True}
        make_visit_type("monitored", daily_limit=2, **both, **chair)
        for _ in range(22):  # hardly anything is free, and many wait
            self.book()
            self.ask()

    def step(self) -> None:
        acts: list[tuple[int, Callable[[], None]]] = [
            (7, self.book), (5, self.ask), (5, self.cancel), (2, self.move), (4, self.take), (4, self.refuse),
            (1, self.stop), (1, self.block), (1, self.unblock), (9, self.sweep), (2, self.wait),
        ]  # fmt: skip
        self.random.choices([act for _, act in acts], [weight for weight, _ in acts])[0]()

    def visit(self) -> Appointment | None:
        return self._one(list(Appointment.objects.filter(status__in=OPEN, starts_at__gt=self.now).order_by("pk")))

    def offer(self) -> Offer | None:
        return self._one(list(Offer.objects.filter(state="open", expires_at__gt=self.now).order_by("pk")))

    def _one(self, rows: list[T]) -> T | None:
        return self.random.choice(rows) if rows else None

    def _free(self, kind: VisitType, moving: Appointment | None = None) -> datetime | None:
        window = Span(self.now, self.now + HORIZON)
        start = self._one(availability.free_times(kind, window=window, now=self.now, moving=moving))
        return start.at if start else None

    def book(self) -> None:
        kind = self.random.choice(list(VisitType.objects.order_by("pk")))
        if start := self._free(kind):
            make_appointment(kind, starts_at=start, now=self.now)

    def ask(self) -> None:
        if visit := self.visit():
            actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=self.now)

    def stop(self) -> None:
        if visit := self.visit():
            actions.stop_asking(appointment=visit, by=actions.PATIENT, now=self.now)

    def cancel(self) -> None:
        if visit := self.visit():
            actions.cancel(appointment=visit, by=actions.PATIENT, now=self.now)

    def move(self) -> None:
        visit = self.visit()
        if visit and (start := self._free(visit.visit_type, moving=visit)):
            moved = actions.reschedule(appointment=visit, starts_at=start, by=actions.PATIENT, now=self.now)
            assert moved.starts_at == start

    def take(self) -> None:
        """Until it runs out it can be had, whatever others do."""
        if offer := self.offer():
            moved = actions.take_offer(offer=offer, by=actions.PATIENT, now=self.now)
            assert moved.starts_at == offer.starts_at
            self.taken += 1

    def refuse(self) -> None:
        if offer := self.offer():
            assert actions.refuse_offer(offer=offer, by=actions.PATIENT, now=self.now).state == "refused"

    def block(self) -> None:
        resource = self.random.choice(list(Resource.objects.order_by("pk")))
        start = self.now + timedelta(hours=self.random.randrange(24, 100))
        try:
            actions.block_time(resource=resource, span=Span(start, start + timedelta(hours=5)), reason="Meeting")
        except SlotTaken:
            return

    def unblock(self) -> None:
        if block := self._one(list(Hold.objects.blocks().order_by("pk"))):
            actions.free_time(block=block, now=self.now)

    def wait(self) -> None:
        self.now += timedelta(hours=self.random.randrange(1, 6))

    def sweep(self) -> None:
        actions.expire_offers(now=self.now)
        assert not Offer.objects.filter(state="open", expires_at__lte=self.now).exists()
        in_line = list(EarlierRequest.objects.waiting(self.now).select_related("appointment__visit_type"))
        had_one = set(Offer.objects.filter(state="open").values_list("appointment", flat=True))
        before = list(Offer.objects.values_list("pk", flat=True))
        self.offered += actions.offer_freed_times(now=self.now)
        for offer in Offer.objects.exclude(pk__in=before).order_by("pk"):
            self._expect_in_turn(offer, in_line, had_one)
            had_one.add(offer.appointment_id)
        assert had_one or not FreedTime.objects.exists()
        if self.random.random() < 0.7:  # else the mail server is down
            mails = Message.objects.filter(kind="earlier_offered", state="queued")
            mails.update(state="sent", sent_at=self.now)

    def _expect_in_turn(self, offer: Offer, in_line: list[EarlierRequest], had_one: set[int]) -> None:
        """Nobody who asked sooner, is free to be asked and could use that very time was passed over."""
        mine = next(request for request in in_line if request.appointment_id == offer.appointment_id)
        kind = mine.appointment.visit_type
        assert offer.starts_at < mine.appointment.starts_at
        assert self.now + timedelta(hours=4) <= offer.expires_at <= offer.starts_at - timedelta(hours=2)
        for sooner in in_line[: in_line.index(mine)]:
            visit = sooner.appointment
            could_use = visit.visit_type == kind and visit.starts_at >= offer.starts_at + timedelta(hours=5)
            left = visit.events.exclude(moved_from=None).values_list("moved_from", flat=True)
            if any(moment and abs(moment - offer.starts_at) < timedelta(hours=1) for moment in left):
                continue  # the stay of the kind without a limit
            if could_use and kind.daily_limit is None and visit.pk not in had_one:
                assert visit.offers.filter(starts_at=offer.starts_at, pk__lt=offer.pk).exists()

    def expect_all_well(self) -> None:
        held = list(Hold.objects.select_related("appointment", "offer").order_by("resource", "period"))
        for one, other in pairwise(held):
            assert one.resource_id != other.resource_id or one.span.end <= other.span.start
        for hold in held:
            if hold.appointment:
                assert hold.appointment.status in HOLDING
                assert hold.offer is None
            else:
                assert hold.reason
                assert hold.offer is None or hold.offer.state == "open"
        for visit in Appointment.objects.filter(status__in=OPEN).select_related("visit_type").prefetch_related("holds"):
            assert len(visit.holds.all()) == (2 if visit.visit_type.needs_chair else 1)
        offers = list(Offer.objects.exclude(state="withdrawn").values_list("appointment", "starts_at", "state"))
        assert len({(visit, start) for visit, start, _ in offers}) == len(offers)
        asked = [visit for visit, _, state in offers if state == "open"]
        assert len(set(asked)) == len(asked)
        assert set(asked) <= set(EarlierRequest.objects.filter(ended_at=None).values_list("appointment", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_people_do(seed: int, settings: Any) -> None:
    settings.BOOKING_LIMIT_PER_NETWORK = 100_000
    world = World(seed)

    for _ in range(STEPS):
        world.step()
        world.expect_all_well()

    assert world.offered > 5
    assert world.taken
