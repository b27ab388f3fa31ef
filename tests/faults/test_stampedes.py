"""Many at once over HTTP (CROWD=200 for two hundred) on all that takes time from others: one wins, each is told."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from django.utils import timezone

from booking import actions
from booking.models import Appointment, FreedTime, Hold, Kind, Message, Offer, Resource, Status, Verb
from booking.when import local
from tests.booking import factories
from tests.faults.asking import all_at_once, free_starts, path_of, person, ready
from tests.faults.parts import Site
from tests.faults.stampede import (
    MANY,
    browser,
    deadlocks,
    patients_browser,
    staff_browsers,
    told,
    visits_at,
)
from tests.faults.visitor import Answer

pytestmark = pytest.mark.faults

Press = Callable[[], Answer]
STARTS = r"/\d{8}T\d{4}Z/"


@pytest.fixture(autouse=True)
def nobody_is_left_waiting(site: Site) -> Iterator[None]:
    before = deadlocks()
    yield
    assert deadlocks() == before
    assert "40P01" not in site.parts.log("web").read_text()


def statuses(answers: list[Answer]) -> Counter[int]:
    """How each was answered. 503 is honest too: it says that nothing was stored and offers to press again."""
    counted = Counter(answer.status for answer in answers)
    assert set(counted) <= {200, 302, 409, 503}, counted
    return counted


def booking(site: Site, path: str, number: int) -> Press:
    return partial(browser(site).post, path + "send/", person(number))


@pytest.mark.parametrize("times", [1, 4])
def test_many_ask_for_one_time_or_for_times_that_overlap(site: Site, times: int) -> None:
    visit_type = ready(step_minutes=15)
    paths = [path_of(visit_type, start) for start in free_starts(visit_type)[:times]]

    answers = all_at_once([booking(site, paths[number % times], number) for number in range(MANY)])

    assert statuses(answers)[302] == 1
    for answer in answers:
        if answer.status == 409:
            forms = [form for form in answer.forms if form.values().get("name", "").startswith("Person ")]
            assert len({where for form in forms for where in form.buttons if re.search(STARTS, where)}) == 3
    assert (Appointment.objects.count(), Hold.objects.count()) == (1, 1)


def test_many_staff_confirm_one_request(site: Site) -> None:
    visit_type = ready()
    appointment = factories.make_appointment(visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now())
    path = f"/admin/booking/appointment/{appointment.pk}/confirm/"
    seen = {"seen": str(appointment.events.get().pk)}
    desks = staff_browsers(site, MANY)

    answers = all_at_once([partial(desk.post, path, seen) for desk in desks])

    assert set(statuses(answers)) <= {302, 503}
    news = [told(desk) for desk, answer in zip(desks, answers, strict=True) if answer.status == 302]
    assert sum("Confirmed." in text for text in news) == 1
    honest = ("Confirmed.", "Already confirmed by", "Many people are booking")
    assert [text for text in news if not any(known in text for known in honest)] == []
    assert Message.objects.filter(kind=Kind.CONFIRMED).count() == 1
    assert appointment.events.filter(to_status=Status.CONFIRMED).count() == 1


@pytest.mark.parametrize("times", [1, 4])
def test_many_visits_move_to_one_time_or_to_times_that_overlap(site: Site, times: int) -> None:
    visit_type = ready(step_minutes=15)
    starts = free_starts(visit_type)
    targets = starts[:times]
    hourly = [
        start for start in starts if local(start).minute == 0 and start >= targets[0] + 2 * visit_type.rule().stay
    ]
    visits = visits_at(visit_type, hourly[:MANY])
    paths = [
        f"/visit/{visit.public_id}/move/{targets[number % times]:%Y%m%dT%H%MZ}/" for number, visit in enumerate(visits)
    ]

    answers = all_at_once(
        [partial(patients_browser(site, visit).post, path, {}) for visit, path in zip(visits, paths, strict=True)]
    )

    assert statuses(answers)[302] == 1
    for visit, answer in zip(visits, answers, strict=True):
        now = Appointment.objects.get(pk=visit.pk)
        assert now.starts_at in targets if answer.status == 302 else now.starts_at == visit.starts_at
        assert now.holds.get().span.start == now.starts_at
        if answer.status == 409:
            assert "Nothing has changed: your visit is still on" in answer.text
            assert len(set(re.findall(rf'href="[^"]+/move{STARTS}"', answer.text))) == 3
    assert FreedTime.objects.count() == 1


def test_staff_block_a_time_and_move_visits_to_it_while_others_ask_for_it(site: Site) -> None:
    visit_type = ready(step_minutes=60)
    starts = free_starts(visit_type)
    target, clinician = starts[0], Resource.objects.get()
    few = MANY // 7
    visits = visits_at(visit_type, starts[5 : 5 + few])
    desks = staff_browsers(site, 2 * few)
    at, end = local(target), local(target + visit_type.rule().stay)
    block = {
        "resource": str(clinician.pk),
        "starts_at_0": f"{at:%Y-%m-%d}",
        "starts_at_1": f"{at:%H:%M}",
        "ends_at_0": f"{end:%Y-%m-%d}",
        "ends_at_1": f"{end:%H:%M}",
        "reason": "Meeting",
    }
    moves = [f"/admin/booking/appointment/{visit.pk}/move/{target:%Y%m%dT%H%MZ}/" for visit in visits]
    presses: list[Press] = [
        *[partial(desk.post, "/admin/booking/hold/add/", block) for desk in desks[:few]],
        *[partial(desk.post, path, {}) for desk, path in zip(desks[few:], moves, strict=True)],
        *[booking(site, path_of(visit_type, target), number) for number in range(MANY - 2 * few)],
    ]

    answers = all_at_once(presses)

    assert statuses(answers)[302] == 1
    for answer in answers[:few]:
        assert (
            answer.status == 302
            or "Something stands in the way." in answer.text
            or "Many people are booking" in answer.text
        )
    assert Hold.objects.filter(period__startswith=target).count() == 1
    moved = sum(visit.starts_at != Appointment.objects.get(pk=visit.pk).starts_at for visit in visits)
    assert (moved, Hold.objects.blocks().count(), Appointment.objects.count() - few).count(1) == 1


def test_one_offer_is_taken_in_many_browsers_while_others_try_for_its_time(site: Site) -> None:
    visit_type = ready(step_minutes=60)
    starts, now = free_starts(visit_type), timezone.now()
    offered, old = starts[0], starts[20]
    ana, *others = [factories.make_appointment(visit_type, starts_at=start, now=now) for start in (old, *starts[30:32])]
    actions.ask_for_earlier(appointment=ana, by=actions.PATIENT, now=now)
    gone = factories.make_appointment(visit_type, starts_at=offered, now=now, name="Cora Lane")
    actions.cancel(appointment=gone, by=actions.PATIENT, now=now)
    assert actions.offer_freed_times(now=now) == 1
    offer = Offer.objects.get()
    take = {"offer": str(offer.pk), "choice": "take"}
    presses: list[Press] = [
        *[partial(patients_browser(site, ana).post, f"/visit/{ana.public_id}/offer/", take) for _ in range(MANY // 2)],
        *[booking(site, path_of(visit_type, offered), number) for number in range(MANY // 4)],
    ]
    for number in range(MANY // 4):
        other = others[number % 2]
        path = f"/visit/{other.public_id}/move/{offered:%Y%m%dT%H%MZ}/"
        presses.append(partial(patients_browser(site, other).post, path, {}))

    answers = all_at_once(presses)

    statuses(answers)
    assert {answer.status for answer in answers[: MANY // 2]} <= {302, 503}
    assert {answer.status for answer in answers[MANY // 2 :]} <= {409, 503}
    ana.refresh_from_db()
    assert ana.starts_at == offered
    assert ana.events.filter(verb=Verb.RESCHEDULE).count() == 1
    assert ana.messages.filter(kind=Kind.CHANGED).count() == 1
    assert [hold.appointment for hold in Hold.objects.filter(period__startswith=offered)] == [ana]
    assert not Hold.objects.filter(period__startswith=old).exists()


def test_many_staff_offer_the_same_times_to_two_patients_who_answer_at_once(site: Site) -> None:
    """One batch is held; then many browsers choose each of its times, or none: one answer counts."""
    visit_type = ready(step_minutes=60)
    starts, now = free_starts(visit_type), timezone.now()
    times = starts[20:23]
    visits = [factories.make_appointment(visit_type, starts_at=start, now=now) for start in starts[40:42]]
    posted = [("at", f"{start:%Y%m%dT%H%MZ}") for start in times]
    desks = staff_browsers(site, MANY // 2)
    presses: list[Press] = []
    for number, desk in enumerate(desks):
        visit = visits[number % 2]
        seen = ("seen", str(visit.events.get().pk))
        presses.append(partial(desk.post, f"/admin/booking/appointment/{visit.pk}/offer/check/", [*posted, seen]))

    statuses(all_at_once(presses))

    offers = list(Offer.objects.filter(state=Offer.State.OPEN).order_by("starts_at"))
    assert [offer.starts_at for offer in offers] == times
    [ana] = {offer.appointment for offer in offers}
    assert ana.events.filter(verb=Verb.OFFER).count() == 1

    path = f"/visit/{ana.public_id}/times/"
    answers: list[dict[str, str]] = [*({"offer": str(offer.pk)} for offer in offers), {"none": "1"}]
    crowd = [partial(patients_browser(site, ana).post, path, answers[number % 4]) for number in range(MANY)]
    given = Counter(answer.status for answer in all_at_once(crowd))

    assert set(given) <= {302, 410, 503}
    assert given[302] >= 1
    taken = list(Offer.objects.filter(state=Offer.State.TAKEN))
    ana.refresh_from_db()
    assert (ana.status, len(taken)) in ((Status.CONFIRMED, 1), (Status.REQUESTED, 0))
    assert ana.starts_at == (taken[0].starts_at if taken else starts[40 + visits.index(ana)])
    assert ana.events.filter(verb__in=[Verb.RESCHEDULE, Verb.REFUSE]).count() == 1
    assert not Offer.objects.filter(state=Offer.State.OPEN).exists()
    assert ana.holds.count() == 1
