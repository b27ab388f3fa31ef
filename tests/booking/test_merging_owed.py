"""Two records are put together or taken apart: what is owed follows the answer that the visits come under."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User

from booking import actions
from booking.actions import Shown
from booking.actions.taking_apart import newest_merge
from booking.models import Appointment, Patient, Task
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

pytestmark = pytest.mark.django_db

FAR = later(START, days=14)
BY_THURSDAY, BY_FRIDAY = date(2026, 12, 3), date(2026, 12, 4)  # three business days after the Monday, the Tuesday
TUESDAY, THURSDAY = NOW + timedelta(days=1), NOW + timedelta(days=3)


@pytest.fixture
def sam() -> User:
    make_visit_type(horizon_days=90)
    return make_staff()


def agreed(sam: User, insurance: str, *, hours: int = 0) -> Appointment:
    visit = make_appointment(starts_at=later(FAR, hours=hours), insurance=insurance, email=f"at{hours}@example.test")
    return actions.confirm(appointment=visit, by=actions.staff(sam), now=NOW)


def merge(stays: Patient, other: Patient, sam: User, *, insurance: str = "stays") -> None:
    rows = Patient.objects.get(pk=stays.pk), Patient.objects.get(pk=other.pk)
    was = (Shown.of(rows[0]), Shown.of(rows[1]))
    chosen = {"insurance"} if insurance == "other" else set()
    by = actions.staff(sam)
    actions.merge_records(stays=rows[0], other=rows[1], was=was, chosen=chosen, by=by, now=TUESDAY)


def apart(patient: Patient, sam: User) -> None:
    stays = Patient.objects.get(pk=patient.pk)
    newest = newest_merge(stays)
    assert newest
    actions.take_apart(merge=newest, was=Shown.of(stays), by=actions.staff(sam), now=THURSDAY)


def owed() -> list[tuple[int, date]]:
    return list(Task.objects.open().order_by("appointment").values_list("appointment", "due_on"))


@pytest.mark.parametrize(
    ("answers", "stays", "due"),
    [
        (("yes", "no"), "other", (BY_FRIDAY, BY_THURSDAY)),  # of the own ones it is learned only now
        (("no", "yes"), "stays", (BY_THURSDAY, BY_FRIDAY)),
        (("unsure", "no"), "other", (BY_THURSDAY, BY_THURSDAY)),  # it means the same
        (("yes", "unsure"), "stays", (None, None)),
        (("no", "yes"), "other", (None, None)),
        (("yes", "yes"), "stays", (None, None)),
    ],
)
def test_put_together_all_come_under_one_answer_and_apart_under_their_own(
    sam: User, answers: tuple[str, str], stays: str, due: tuple[date | None, date | None]
) -> None:
    mine, theirs = agreed(sam, answers[0]), agreed(sam, answers[1], hours=2)
    before = owed()

    merge(mine.patient, theirs.patient, sam, insurance=stays)
    assert owed() == [(visit.pk, day) for visit, day in zip((mine, theirs), due, strict=True) if day]

    apart(mine.patient, sam)
    assert owed() == before, "by the same day as before"


def test_nothing_becomes_due_sooner_and_what_was_asked_for_stays_where_the_answer_is_the_same(sam: User) -> None:
    mine, theirs = agreed(sam, "no"), agreed(sam, "unsure", hours=2)
    insured = agreed(sam, "yes", hours=4)
    Appointment.objects.filter(pk=theirs.pk).update(
        starts_at=later(START, days=5), ends_at=later(START, days=5, hours=1)
    )
    actions.ask_for_estimate(appointment=insured, by=actions.staff(sam), now=NOW)
    also_insured = agreed(sam, "yes", hours=6)
    before = owed()

    merge(mine.patient, theirs.patient, sam)
    merge(insured.patient, also_insured.patient, sam)

    assert owed() == before


def test_what_they_asked_for_is_owed_again_once_they_are_no_longer_taken_for_somebody_insured(sam: User) -> None:
    mine, theirs = agreed(sam, "yes"), make_appointment(starts_at=START, insurance="no", email="b@example.test")
    actions.ask_for_estimate(appointment=theirs, by=actions.staff(sam), now=NOW)

    merge(mine.patient, theirs.patient, sam)
    assert owed() == []
    apart(mine.patient, sam)

    assert owed() == [(theirs.pk, BY_THURSDAY)]


def test_a_visit_called_off_meanwhile_owes_nothing_afterwards(sam: User) -> None:
    mine, theirs = agreed(sam, "yes"), agreed(sam, "no", hours=2)

    merge(mine.patient, theirs.patient, sam)
    actions.cancel(appointment=theirs, by=actions.staff(sam), now=TUESDAY)
    apart(mine.patient, sam)

    assert owed() == []
