"""What the manager is told when settings change under visits that are booked, and every change of them."""

import pytest
from django.test import Client

from booking import actions
from booking.models import Preparation, ReminderDay
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import flashes, text
from tests.booking.admin.test_schedule import kind_data
from tests.booking.factories import NOW, make_appointment, make_clinician, make_staff, make_visit_type

pytestmark = pytest.mark.django_db
KEEPS = "1 visit of this kind is booked and keeps the length that it was booked with."


def path(kind: object) -> str:
    return f"/admin/booking/visittype/{getattr(kind, 'pk', 0)}/change/"


def test_visits_that_are_booked_keep_their_length_and_that_is_said(chief: Client) -> None:
    kind = make_visit_type()
    visit = make_appointment(kind)

    answer = chief.post(path(kind), kind_data())

    assert ("warning", KEEPS) in flashes(answer)
    ends = visit.ends_at
    visit.refresh_from_db()
    assert visit.ends_at == ends


@pytest.mark.parametrize("changes", [{"name": "Another name"}, {"step_minutes": "60", "cutoff_hours": "48"}])
def test_nothing_is_said_where_nothing_is_held_otherwise(chief: Client, changes: dict[str, str]) -> None:
    kind = make_visit_type()
    make_appointment(kind)

    answer = chief.post(path(kind), kind_data(length_minutes="60", clinician_minutes="60", **changes))

    assert KEEPS not in [said for _level, said in flashes(answer)]


def test_nothing_is_said_of_visits_that_are_over(chief: Client) -> None:
    kind = make_visit_type()
    actions.cancel(appointment=make_appointment(kind), by=actions.PATIENT, now=NOW)

    assert KEEPS not in [said for _level, said in flashes(chief.post(path(kind), kind_data()))]


def test_every_field_that_is_not_plain_says_what_it_does(chief: Client) -> None:
    shown = text(chief.get(path(make_visit_type())))

    for said in (
        "Visits that are booked keep theirs.",
        "Kept free before the visit",
        "Staff see further.",
    ):
        assert said in shown


def test_the_manager_sees_every_change_of_a_setting_and_others_do_not(chief: Client) -> None:
    kind = make_visit_type()
    Preparation.objects.create(visit_type=kind, text="Come rested")
    Preparation.objects.update(text="Come well rested")
    day = ReminderDay.objects.create(about="visit", days_before=9)
    clinician = make_clinician()
    clinician.hours.filter(weekday=0).update(closes="15:00")

    assert "before: Come rested → after: Come well rested" in text(chief.get(path(kind)))
    assert "Reminder entered" in text(chief.get(f"/admin/booking/reminderday/{day.pk}/change/"))
    shown = text(chief.get(f"/admin/booking/resource/{clinician.pk}/change/"))
    assert "before: 5:00 p.m. → after: 3:00 p.m." in shown or "before: 5:00 PM → after: 3:00 PM" in shown
    user = make_staff("kim")
    grant(user, "view_visittype")
    assert "Every change" not in text(signed_in(user).get(path(kind)))
