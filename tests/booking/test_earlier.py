"""Earlier times: who is offered what, in which order, and what happens to the time they had."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from booking import actions, availability
from booking.actions.in_line import answer_until
from booking.models import (
    Appointment,
    Course,
    CourseTemplate,
    DatedHours,
    EarlierRequest,
    FreedTime,
    Hold,
    Holiday,
    Kind,
    Message,
    Offer,
    Preparation,
    Resource,
    Status,
    Verb,
    VisitType,
)
from booking.slots import Span
from booking.transactions import SlotTaken
from tests.booking.factories import (
    NOW,
    START,
    later,
    make_appointment,
    make_chair,
    make_clinician,
    make_staff,
    make_visit_type,
)
from tests.faults.asking import all_at_once

pytestmark = pytest.mark.django_db

State = Offer.State
HOUR = timedelta(hours=1)
A_WEEK_ON = later(START, days=7)  # Wednesday, December 9, 10:00 at the office
ANA, BOB = "Ana Diaz", "Bob Ray"


def make_kind(slug: str = "first-visit", **changes: Any) -> VisitType:
    """An hour, each hour: what one gives up another can have, and nothing beside it."""
    return make_visit_type(slug, **{"step_minutes": 60, **changes})


@pytest.fixture(autouse=True)
def kind(db: None) -> VisitType:
    return make_kind()


def make_waiting(name: str = ANA, starts_at: datetime = A_WEEK_ON, kind: VisitType | None = None) -> Appointment:
    """Somebody who would take anything sooner; each asks a minute after the one made before."""
    visit = make_appointment(kind, starts_at=starts_at, name=name)
    asked = later(NOW, minutes=EarlierRequest.objects.count())
    actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=asked)
    return visit


def free(starts_at: datetime = START, kind: VisitType | None = None, now: datetime = NOW) -> None:
    """Somebody has cancelled."""
    visit = make_appointment(kind, starts_at=starts_at, name="Cora Lane")
    actions.cancel(appointment=visit, by=actions.PATIENT, now=now)


def sweep(now: datetime = NOW, *, mail: bool = True) -> list[tuple[str, datetime]]:
    """Who is offered what, as the worker does it; and the mail that tells of it goes."""
    before = list(Offer.objects.values_list("pk", flat=True))
    actions.expire_offers(now=now)
    made = actions.offer_freed_times(now=now)
    offers = Offer.objects.exclude(pk__in=before).order_by("pk").select_related("appointment__patient")
    assert made == len(offers)
    if mail:
        mails = Message.objects.filter(kind=Kind.EARLIER_OFFERED, state=Message.State.QUEUED)
        mails.update(state=Message.State.SENT, sent_at=now)
    return [(offer.appointment.patient.name, offer.starts_at) for offer in offers]


def offer_of(visit: Appointment) -> Offer:
    return visit.offers.get(state=State.OPEN)


def take(visit: Appointment, now: datetime = NOW) -> Appointment:
    return actions.take_offer(offer=offer_of(visit), by=actions.PATIENT, now=now)


def states(visit: Appointment) -> list[str]:
    return list(visit.offers.order_by("pk").values_list("state", flat=True))


def is_waiting(visit: Appointment) -> bool:
    return EarlierRequest.objects.filter(appointment=visit, ended_at=None).exists()


def test_asked_twice_is_asked_once_with_the_first_place_in_line() -> None:
    visit = make_appointment()

    first = actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=NOW)
    again = actions.ask_for_earlier(appointment=visit, by=actions.staff(make_staff()), now=NOW + HOUR)

    assert again == first
    assert again.asked_at == NOW
    events = visit.events.order_by("pk").values_list("verb", "by")
    assert list(events) == [(Verb.REQUEST, "patient"), (Verb.EARLIER, "patient")]


def test_who_has_stopped_may_ask_again_and_goes_to_the_end() -> None:
    ana, bob = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, hours=2))
    in_line = EarlierRequest.objects.waiting(NOW).values_list("appointment", flat=True)

    for _ in range(2):
        actions.stop_asking(appointment=ana, by=actions.PATIENT, now=NOW)
    assert list(in_line.all()) == [bob.pk]
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=NOW + HOUR)

    assert list(in_line.all()) == [bob.pk, ana.pk]
    assert [event.verb for event in ana.events.order_by("pk")] == ["request", "earlier", "no_earlier", "earlier"]


def test_only_a_visit_that_may_still_be_moved_asks() -> None:
    visit = make_appointment()
    staff = actions.staff(make_staff())
    actions.confirm(appointment=visit, by=staff, now=NOW)
    ask = partial(actions.ask_for_earlier, appointment=visit)

    with pytest.raises(actions.TooLate):  # the kind's cut-off is a day before
        ask(by=actions.PATIENT, now=START - HOUR)
    with pytest.raises(actions.NotAllowed):
        ask(by=staff, now=START)
    actions.cancel(appointment=visit, by=staff, now=NOW)
    with pytest.raises(actions.NotAllowed):
        ask(by=staff, now=NOW)

    assert not EarlierRequest.objects.exists()


def test_a_freed_time_is_held_for_the_first_who_asked_and_told_them() -> None:
    ana, bob = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, hours=2))
    free()

    assert sweep() == [(ANA, START)]
    assert sweep(NOW + HOUR) == []

    offer = offer_of(ana)
    assert offer.expires_at == later(NOW, hours=4)
    assert [hold.span for hold in offer.holds.all()] == [Span(START, START + HOUR)]
    assert Message.objects.get(kind=Kind.EARLIER_OFFERED).occasion == str(offer.pk)
    assert [message.appointment for message in Message.objects.filter(kind=Kind.EARLIER_OFFERED)] == [ana]
    assert states(bob) == []
    ana.refresh_from_db()
    assert ana.starts_at == A_WEEK_ON


def test_refused_or_run_out_it_goes_to_the_next_and_never_twice_to_the_same() -> None:
    ana, bob = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, hours=2))
    free()
    sweep()

    actions.refuse_offer(offer=offer_of(ana), by=actions.PATIENT, now=NOW)
    assert sweep() == [(BOB, START)]
    assert sweep(later(NOW, hours=3, minutes=59)) == []
    assert sweep(later(NOW, hours=4)) == []  # Bob has not answered; nobody is left

    assert states(ana) == [State.REFUSED]
    assert states(bob) == [State.EXPIRED]
    assert is_waiting(ana)
    assert is_waiting(bob)
    assert not Hold.objects.exclude(offer=None).exists()
    assert not FreedTime.objects.exists()


def test_the_hours_of_an_offer_begin_when_its_mail_goes() -> None:
    """The mail server is down for hours."""
    ana, bob = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, hours=2))
    free()
    sweep(mail=False)
    assert offer_of(ana).expires_at == later(NOW, hours=4)

    sent_at = later(NOW, hours=5)
    assert sweep(sent_at) == []
    assert offer_of(ana).expires_at == later(sent_at, hours=4)
    assert sweep(later(sent_at, hours=1)) == []
    assert offer_of(ana).expires_at == later(sent_at, hours=4)  # put off no more: it has gone

    assert sweep(later(sent_at, hours=4)) == [(BOB, START)]
    assert (states(ana), states(bob)) == ([State.EXPIRED], [State.OPEN])


def test_it_waits_for_its_mail_no_longer_than_leaves_time_before_its_start() -> None:
    ana = make_waiting()
    free()
    sweep(mail=False)

    assert sweep(later(START, hours=-3), mail=False) == []
    assert offer_of(ana).expires_at == later(START, hours=-2)
    assert sweep(later(START, hours=-2), mail=False) == []
    assert states(ana) == [State.WITHDRAWN]
    assert not Hold.objects.exclude(offer=None).exists()


@pytest.mark.parametrize(
    ("mail", "ended", "again"),
    [
        (Message.State.SENT, State.EXPIRED, []),
        (Message.State.FAILED, State.EXPIRED, []),  # they can't be reached: the next in line is asked
        (Message.State.SUPPRESSED, State.WITHDRAWN, [(ANA, START)]),
    ],
)
def test_only_what_they_could_have_heard_of_counts_as_offered(
    mail: Message.State, ended: Offer.State, again: list[tuple[str, datetime]]
) -> None:
    ana = make_waiting()
    free()
    sweep(mail=False)
    sent_at = NOW if mail == Message.State.SENT else None
    Message.objects.filter(kind=Kind.EARLIER_OFFERED).update(state=mail, sent_at=sent_at)

    assert sweep(later(NOW, hours=4)) == again
    assert states(ana)[0] == ended


def test_an_offer_that_was_withdrawn_is_made_again() -> None:
    """The office has moved the visit that the offer was made for; they still wait for anything sooner."""
    ana = make_waiting()
    free()
    sweep()
    staff = actions.staff(make_staff())
    actions.reschedule(appointment=ana, starts_at=later(A_WEEK_ON, days=1), by=staff, now=NOW)
    assert states(ana) == [State.WITHDRAWN]

    assert sweep() == [(ANA, START)]
    assert ana.messages.filter(kind=Kind.EARLIER_OFFERED).count() == 2
    actions.refuse_offer(offer=offer_of(ana), by=actions.PATIENT, now=NOW)
    assert sweep() == []
    with pytest.raises(actions.OfferGone):  # nor can what was withdrawn be taken
        actions.take_offer(offer=ana.offers.earliest("pk"), by=actions.PATIENT, now=NOW)


def test_taking_it_moves_the_visit_and_frees_the_old_time_for_the_next() -> None:
    ana, _ = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, days=1))
    actions.confirm(appointment=ana, by=actions.staff(make_staff()), now=NOW)
    free()
    sweep()

    moved = take(ana)

    assert (moved.starts_at, moved.ends_at, moved.status) == (START, START + HOUR, Status.CONFIRMED)
    assert [hold.span for hold in moved.holds.all()] == [Span(START, START + HOUR)]
    assert states(ana) == [State.TAKEN]
    assert not is_waiting(ana)
    event = ana.events.get(verb=Verb.RESCHEDULE)
    assert (event.moved_from, event.moved_to, event.by) == (A_WEEK_ON, START, "patient")
    assert ana.messages.filter(kind=Kind.CHANGED).count() == 1
    assert sweep() == [(BOB, A_WEEK_ON)]


def test_pressed_twice_it_moves_once() -> None:
    ana = make_waiting()
    free()
    sweep()
    offer = offer_of(ana)

    for _ in range(2):
        assert actions.take_offer(offer=offer, by=actions.PATIENT, now=NOW).starts_at == START

    assert ana.events.filter(verb=Verb.RESCHEDULE).count() == 1
    assert ana.messages.filter(kind=Kind.CHANGED).count() == 1


@pytest.mark.parametrize("ending", ["refused", "run out, not yet swept", "expired", "cancelled", "moved", "stopped"])
def test_an_offer_that_is_gone_can_not_be_taken(ending: str) -> None:
    ana = make_waiting()
    free()
    sweep()
    offer, now = offer_of(ana), NOW
    patient: dict[str, Any] = {"by": actions.PATIENT, "now": NOW}
    if ending == "refused":
        actions.refuse_offer(offer=offer, **patient)
    elif ending == "cancelled":
        actions.cancel(appointment=ana, **patient)
    elif ending == "moved":
        actions.reschedule(appointment=ana, starts_at=later(A_WEEK_ON, days=1), **patient)
    elif ending == "stopped":
        actions.stop_asking(appointment=ana, **patient)
    else:
        now = offer.expires_at
        if ending == "expired":
            actions.expire_offers(now=now)
    before = Appointment.objects.filter(pk=ana.pk).values().get()

    with pytest.raises(actions.OfferGone):
        actions.take_offer(offer=offer, by=actions.PATIENT, now=now)

    assert Appointment.objects.filter(pk=ana.pk).values().get() == before
    refused = actions.refuse_offer(offer=offer, by=actions.PATIENT, now=now)
    assert refused.state != State.OPEN
    assert not Hold.objects.exclude(offer=None).exists()


def test_taking_is_possible_after_the_cut_off_of_the_visit_they_have() -> None:
    kind = make_kind("short-notice", notice_hours=2, cutoff_hours=300)
    ana = make_appointment(kind, starts_at=A_WEEK_ON)
    staff = actions.staff(make_staff())
    actions.confirm(appointment=ana, by=staff, now=NOW)
    actions.ask_for_earlier(appointment=ana, by=staff, now=NOW)
    free(kind=kind)
    sweep()

    assert take(ana).starts_at == START


def close_the_day() -> None:
    Holiday.objects.create(day=date(2026, 12, 2), name="Snow", decision=Holiday.Decision.CLOSED)


def send_the_clinician_home() -> None:
    DatedHours.objects.create(clinician=Resource.objects.get(), day=date(2026, 12, 2))


def make_it_longer_than_is_free() -> None:
    make_appointment(starts_at=START + HOUR, name="Dan Poe")
    VisitType.objects.update(length_minutes=90, clinician_minutes=90)


def make_it_longer_than_the_day() -> None:
    VisitType.objects.update(length_minutes=450, clinician_minutes=30)


def book_something_else_for_then() -> None:
    make_clinician("Dr. Other")
    visit = make_appointment(name="Dan Poe")
    Appointment.objects.filter(pk=visit.pk).update(patient=Appointment.objects.earliest("pk").patient)


@pytest.mark.parametrize(
    "meanwhile",
    [
        close_the_day,
        send_the_clinician_home,
        lambda: Resource.objects.update(is_active=False),
        lambda: VisitType.objects.update(needs_chair=True),  # and there is none
        make_it_longer_than_is_free,
        make_it_longer_than_the_day,
        book_something_else_for_then,
    ],
)
def test_what_can_no_longer_be_had_is_not_taken_and_its_time_is_free(meanwhile: Callable[[], object]) -> None:
    ana = make_waiting()
    free()
    sweep()
    meanwhile()

    for _ in range(2):
        with pytest.raises(actions.OfferGone):
            actions.take_offer(offer=ana.offers.get(), by=actions.PATIENT, now=NOW)

    assert Appointment.objects.get(pk=ana.pk).starts_at == A_WEEK_ON
    assert states(ana) == [State.WITHDRAWN]
    assert not Hold.objects.exclude(offer=None).exists()
    assert FreedTime.objects.filter(starts_at=START).exists()
    assert is_waiting(ana)


def test_a_kind_that_needs_a_chair_by_now_takes_one() -> None:
    ana = make_waiting()
    free()
    sweep()
    chair = make_chair()
    VisitType.objects.update(needs_chair=True)

    assert chair in [hold.resource for hold in take(ana).holds.all()]


@pytest.mark.parametrize("decision", [Holiday.Decision.CLOSED, Holiday.Decision.OPEN])
def test_on_a_day_that_is_closed_nothing_stays_offered(decision: Holiday.Decision) -> None:
    ana, bob = make_waiting(), make_waiting(BOB, later(A_WEEK_ON, hours=2))
    free()
    free(later(START, days=1))
    sweep()
    assert (offer_of(ana).starts_at, offer_of(bob).starts_at) == (START, later(START, days=1))

    holiday = Holiday.objects.create(day=date(2026, 12, 2), name="Snow")
    actions.decide_holiday(holiday=holiday, decision=decision, by=actions.staff(make_staff()), now=NOW)

    assert states(ana) == [State.OPEN if decision == Holiday.Decision.OPEN else State.WITHDRAWN]
    assert states(bob) == [State.OPEN]
    assert Hold.objects.exclude(offer=None).count() == len(Offer.objects.filter(state=State.OPEN))


def test_a_freed_morning_serves_as_many_as_it_holds() -> None:
    names = [ANA, BOB, "Dan Poe", "Eve Sol"]
    visits = [make_waiting(name, later(A_WEEK_ON, hours=number)) for number, name in enumerate(names)]
    clinician = Resource.objects.get()
    block = actions.block_time(resource=clinician, span=Span(START, later(START, hours=3)), reason="Meeting")
    actions.free_time(block=block, now=NOW)

    assert sweep() == [(name, later(START, hours=number)) for number, name in enumerate(names[:3])]
    assert states(visits[3]) == []


def test_what_was_free_all_along_is_not_offered() -> None:
    """Another clinician had that very time free, and a freed chair changes nothing for a visit without one."""
    make_clinician("Dr. Bacchus")
    make_clinician("Dr. Other")
    make_waiting()
    free()
    chair = make_chair()
    block = actions.block_time(resource=chair, span=Span(START, later(START, days=3)), reason="Repair")
    actions.free_time(block=block, now=NOW)

    assert sweep() == []
    assert not FreedTime.objects.exists()


def test_a_freed_chair_is_offered_to_whom_it_was_missing() -> None:
    make_clinician()
    chair = make_chair()
    monitored = make_kind("monitored", length_minutes=120, clinician_minutes=30, needs_chair=True)
    ana = make_waiting(kind=monitored)
    talk = make_waiting(BOB, later(A_WEEK_ON, days=1))
    span = Span(later(START, hours=-1), later(START, hours=8))  # 9:00 to the evening
    block = actions.block_time(resource=chair, span=span, reason="Repair")
    actions.free_time(block=block, now=NOW)

    assert sweep() == [(ANA, later(START, hours=-1))]
    held = {hold.resource_id: hold.span for hold in offer_of(ana).holds.all()}
    assert held[chair.pk] == Span(later(START, hours=-1), later(START, hours=1, minutes=15))
    assert len(held) == 2
    assert states(talk) == []
    assert {hold.resource_id for hold in take(ana).holds.all()} == set(held)


def test_only_what_is_sooner_is_offered() -> None:
    make_waiting(starts_at=later(START, days=-1))
    free()

    assert sweep() == []


@pytest.mark.parametrize(
    ("status", "freed_in", "is_offered"),
    [
        (Status.REQUESTED, timedelta(hours=25), True),
        (Status.REQUESTED, timedelta(hours=24), False),
        (Status.CONFIRMED, timedelta(hours=24), True),
        (Status.CONFIRMED, timedelta(hours=19), True),  # staff have agreed to it: nothing is left to answer
    ],
)
def test_the_kinds_notice_holds_for_what_staff_have_still_to_answer(
    status: Status, freed_in: timedelta, is_offered: bool
) -> None:
    Appointment.objects.filter(pk=make_waiting().pk).update(status=status)
    free(NOW + timedelta(hours=25))  # Tuesday, 9:00

    asked_at = NOW + timedelta(hours=25) - freed_in - timedelta(minutes=0 if is_offered else -1)
    assert bool(sweep(asked_at)) is is_offered


@pytest.mark.parametrize(("minutes_before", "is_offered"), [(None, True), (120, True), (600, False)])
def test_what_is_to_be_done_beforehand_can_still_be_done(minutes_before: int | None, is_offered: bool) -> None:
    """It is eight; the answer would be due at twelve, and the visit begins at three."""
    VisitType.objects.update(notice_hours=0)
    text = "Nothing to eat after {time}" if minutes_before else "Wear something warm"
    Preparation.objects.create(visit_type=VisitType.objects.get(), text=text, minutes_before=minutes_before)
    make_waiting()
    free(NOW + timedelta(hours=7))

    assert bool(sweep()) is is_offered


@pytest.mark.parametrize(("clock", "is_offered"), [(13, False), (14, True)])
def test_a_start_too_soon_after_the_time_to_answer_is_not_offered(clock: int, is_offered: bool) -> None:
    """It is eight; the answer would be due at twelve."""
    VisitType.objects.update(notice_hours=0)
    make_waiting()
    free(NOW + timedelta(hours=clock - 8))

    assert bool(sweep()) is is_offered


@pytest.mark.parametrize(
    ("offered", "until"),
    [
        ("2026-12-01T10:00", "2026-12-01T14:00"),
        ("2026-12-01T16:00", "2026-12-01T20:00"),
        ("2026-12-01T18:30", "2026-12-02T10:30"),
        ("2026-12-01T23:10", "2026-12-02T12:00"),
        ("2026-12-01T03:00", "2026-12-01T12:00"),
        ("2026-10-31T18:00", "2026-11-01T10:00"),  # over the nights in which the clock changes
        ("2027-03-13T18:00", "2027-03-14T10:00"),
    ],
)
def test_nights_do_not_count_as_time_to_answer(offered: str, until: str) -> None:
    zone = ZoneInfo("America/Los_Angeles")

    assert answer_until(datetime.fromisoformat(offered).replace(tzinfo=zone)) == datetime.fromisoformat(until).replace(
        tzinfo=zone
    )


def test_the_days_limit_counts_offers_and_not_the_visit_that_would_move() -> None:
    limited = make_kind("limited", daily_limit=1)
    ana = make_waiting(kind=limited)
    bob = make_waiting(BOB, later(START, hours=3), limited)
    free()

    assert sweep() == [(BOB, START)]  # Ana would be the second of that day
    assert states(ana) == []
    actions.refuse_offer(offer=offer_of(bob), by=actions.PATIENT, now=NOW)
    actions.cancel(appointment=bob, by=actions.PATIENT, now=NOW)
    assert sweep() == [(ANA, START)]
    window = Span(START, later(START, hours=6))
    assert availability.free_times(limited, window=window, now=NOW) == []


def test_where_the_day_was_full_its_whole_day_is_news() -> None:
    """Staff need the very time that was given up; the rest of the day was closed until now, too."""
    limited = make_kind("limited", daily_limit=1)
    make_waiting(kind=limited)
    visit = make_appointment(limited, name="Cora Lane")
    actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)
    block_from(START)

    assert sweep() == [(ANA, later(START, hours=-1))]


def test_where_the_day_was_not_full_only_the_period_is_news() -> None:
    """One more may come that day; or the visit has moved within it, and as many may come as before."""
    limited = make_kind("limited", daily_limit=2)
    make_waiting(kind=limited)
    visit = make_appointment(limited, name="Cora Lane")
    actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)
    block_from(START)
    assert sweep() == []

    visit = make_appointment(limited, starts_at=later(START, hours=2), name="Cora Lane")
    staff = actions.staff(make_staff())
    actions.reschedule(appointment=visit, starts_at=later(START, hours=3), by=staff, now=NOW)
    block_from(later(START, hours=2))
    assert sweep() == []


def test_a_day_that_an_offer_had_filled_is_open_to_the_next_in_line() -> None:
    """And not once more, hour by hour, to the one who has refused."""
    limited = make_kind("limited", daily_limit=1)
    ana = make_waiting(kind=limited)
    make_waiting(BOB, later(A_WEEK_ON, days=1), limited)
    free(kind=limited)
    nine = later(START, hours=-1)
    assert sweep() == [(ANA, nine)]
    actions.refuse_offer(offer=offer_of(ana), by=actions.PATIENT, now=NOW)
    block_from(nine)

    assert sweep() == [(BOB, START)]


def test_a_full_day_that_a_visit_leaves_is_no_news_to_that_visit() -> None:
    limited = make_kind("limited", daily_limit=1)
    ana = make_waiting(kind=limited)
    actions.reschedule(appointment=ana, starts_at=later(A_WEEK_ON, days=1), by=actions.PATIENT, now=NOW)

    assert sweep() == []


def block_from(start: datetime) -> None:
    actions.block_time(resource=Resource.objects.get(), span=Span(start, start + HOUR), reason="Call")


def test_no_offer_clashes_with_another_visit_of_the_same_patient() -> None:
    make_clinician("Dr. Bacchus")
    make_clinician("Dr. Other")
    ana = make_waiting()
    cora = make_appointment(name="Cora Lane")
    half_past = make_kind("half-past", step_minutes=30)
    other = make_appointment(half_past, starts_at=later(START, minutes=30))
    actions.cancel(appointment=cora, by=actions.PATIENT, now=NOW)

    Appointment.objects.filter(pk=other.pk).update(patient=ana.patient)
    assert sweep() == []
    Appointment.objects.filter(pk=other.pk).update(patient=other.patient)
    FreedTime.objects.create(
        resource=Resource.objects.earliest("pk"), starts_at=START, ends_at=START + HOUR, freed_at=NOW
    )
    assert sweep() == [(ANA, START)]


def test_a_session_of_a_course_keeps_its_distance_to_the_one_before(kind: VisitType) -> None:
    template = CourseTemplate.objects.create(name="Course A", visit_type=kind, min_gap_days=2)
    second = make_waiting()
    first = make_appointment(starts_at=later(START, days=-1))
    course = Course.objects.create(
        patient=second.patient,
        template=template,
        sessions=2,
        submission_id=uuid4(),
        placed_by=make_staff(),
        placed_at=NOW,
    )
    for position, visit in enumerate((first, second), start=1):
        changes: dict[str, Any] = {"course": course, "course_position": position, "patient": second.patient}
        Appointment.objects.filter(pk=visit.pk).update(**changes)
    free()
    assert sweep() == []

    free(later(START, days=1))
    assert sweep() == [(ANA, later(START, days=1))]


@pytest.mark.parametrize("who", ["patient", "staff"])
@pytest.mark.parametrize("step", [60, 30])  # with the shorter one half past nine would do, too
def test_the_time_that_a_visit_was_moved_away_from_is_not_offered_back(who: str, step: int) -> None:
    VisitType.objects.update(step_minutes=step)
    ana = make_waiting()
    by = actions.PATIENT if who == "patient" else actions.staff(make_staff())
    actions.reschedule(appointment=ana, starts_at=later(A_WEEK_ON, days=1), by=by, now=NOW)
    make_waiting(BOB, later(A_WEEK_ON, days=2))

    assert [name for name, _ in sweep()] == [BOB]
    assert is_waiting(ana)
    free()
    assert [name for name, _ in sweep()] == [ANA]


def test_requests_that_staff_have_not_looked_at_come_after_all_others() -> None:
    """Nobody knows who is behind them, however early they asked. That a kind is booked at once proves nothing."""
    VisitType.objects.update(needs_confirmation=False)
    unknown = [make_waiting(f"Nobody {number}", later(A_WEEK_ON, hours=number)) for number in range(3)]
    VisitType.objects.update(needs_confirmation=True)
    ana, bob = make_waiting(ANA, later(A_WEEK_ON, days=1)), make_waiting(BOB, later(A_WEEK_ON, days=2))
    staff = actions.staff(make_staff())
    actions.confirm(appointment=bob, by=staff, now=NOW)
    free()

    assert sweep() == [(BOB, START)]
    actions.refuse_offer(offer=offer_of(bob), by=actions.PATIENT, now=NOW)
    actions.send_fresh_link(appointment=ana, by=staff, now=NOW)
    assert sweep() == [(ANA, START)]
    actions.refuse_offer(offer=offer_of(ana), by=actions.PATIENT, now=NOW)
    assert sweep() == [("Nobody 0", START)]
    assert unknown[0].offers.count() == 1


def test_who_has_another_offer_open_is_passed_over_and_not_forgotten() -> None:
    ana = make_waiting()
    free()
    sweep()
    free(later(START, hours=2))

    assert sweep(NOW + HOUR) == []
    actions.refuse_offer(offer=offer_of(ana), by=actions.PATIENT, now=NOW + HOUR)

    assert sweep(NOW + HOUR) == [(ANA, later(START, hours=2))]


def test_new_periods_are_looked_at_before_those_that_were_kept() -> None:
    make_waiting()
    free()
    sweep()
    free(later(START, hours=2))
    sweep()
    kept = FreedTime.objects.get()
    free(later(START, hours=4))

    assert kept.looked_at == NOW
    bob = make_waiting(BOB, later(A_WEEK_ON, hours=2))
    assert sweep() == [(BOB, later(START, hours=4))]
    assert bob.offers.count() == 1


def test_what_lies_in_the_past_is_forgotten() -> None:
    make_waiting()
    free()

    assert sweep(later(START, hours=1)) == []
    assert not FreedTime.objects.exists()


def test_nobody_else_can_have_what_is_offered_but_its_owner_may_choose_it(kind: VisitType) -> None:
    ana, bob = make_waiting(), make_appointment(starts_at=later(A_WEEK_ON, hours=2), name=BOB)
    free()
    sweep()
    times = partial(availability.free_times, kind, window=Span(START, START + HOUR), now=NOW)

    assert times() == []
    assert times(moving=bob) == []
    with pytest.raises(SlotTaken):
        make_appointment(name="Dan Poe")
    with pytest.raises(SlotTaken):
        actions.reschedule(appointment=bob, starts_at=START, by=actions.PATIENT, now=NOW)
    with pytest.raises(SlotTaken):
        actions.block_time(resource=Resource.objects.get(), span=Span(START, START + HOUR), reason="Meeting")

    assert [start.at for start in times(moving=ana)] == [START]
    moved = actions.reschedule(appointment=ana, starts_at=START, by=actions.PATIENT, now=NOW)
    assert [hold.span for hold in moved.holds.all()] == [Span(START, START + HOUR)]
    assert states(ana) == [State.WITHDRAWN]
    assert not is_waiting(ana)


def test_moved_to_a_later_time_it_goes_on_waiting_with_no_offer_left() -> None:
    ana = make_waiting()
    free()
    sweep()

    actions.reschedule(appointment=ana, starts_at=later(A_WEEK_ON, days=1), by=actions.PATIENT, now=NOW)

    assert states(ana) == [State.WITHDRAWN]
    assert is_waiting(ana)
    assert sweep() == [(ANA, START)]  # not answered, it is offered once more


@pytest.mark.parametrize("verb", [actions.cancel, actions.decline])
def test_a_visit_that_ends_leaves_nothing_held_and_waits_no_more(verb: Callable[..., Any]) -> None:
    ana = make_waiting()
    free()
    sweep()

    verb(appointment=ana, by=actions.staff(make_staff()), now=NOW)

    assert states(ana) == [State.WITHDRAWN]
    assert not is_waiting(ana)
    assert not Hold.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_workers_side_by_side_offer_each_time_once_and_in_order() -> None:
    names = [f"Person {number}" for number in range(6)]
    for number, name in enumerate(names):
        make_waiting(name, later(A_WEEK_ON, hours=number))
    for hours in range(3):
        free(later(START, hours=hours))

    def work() -> int:
        return actions.offer_freed_times(now=NOW)

    assert sum(all_at_once([work] * 6)) + actions.offer_freed_times(now=NOW) == 3
    offers = Offer.objects.order_by("pk").select_related("appointment__patient")
    assert sorted(offer.starts_at for offer in offers) == [later(START, hours=hours) for hours in range(3)]
    assert {offer.appointment.patient.name for offer in offers} == set(names[:3])


@pytest.mark.django_db(transaction=True)
def test_taken_refused_and_run_out_at_once_it_ends_in_one_way() -> None:
    ana = make_waiting()
    free()
    sweep()
    offer = offer_of(ana)
    at_the_end = later(offer.expires_at, seconds=-1)

    def attempt(ending: Callable[..., object]) -> bool:
        try:
            ending()
        except actions.OfferGone:
            return False
        return True

    patient: dict[str, Any] = {"offer": offer, "by": actions.PATIENT, "now": at_the_end}
    endings: list[Callable[..., object]] = [
        *[partial(actions.take_offer, **patient)] * 4,
        *[partial(actions.refuse_offer, **patient)] * 2,
        *[partial(actions.expire_offers, now=offer.expires_at)] * 2,
        partial(actions.cancel, appointment=ana, by=actions.PATIENT, now=at_the_end),
    ]
    all_at_once([partial(attempt, ending) for ending in endings])

    ana.refresh_from_db()
    assert ana.status == Status.CANCELLED
    assert not Hold.objects.exists()
    assert len(states(ana)) == 1
    assert ana.events.filter(verb=Verb.RESCHEDULE).count() == (1 if states(ana) == [State.TAKEN] else 0)
