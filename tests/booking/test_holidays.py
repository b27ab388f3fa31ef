from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from booking import holidays
from booking.models import Holiday
from tests.booking.factories import NOW, make_staff

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def test_the_holidays_from_today_to_the_end_of_the_year_after_next_are_proposed() -> None:
    created = holidays.propose(today=TODAY)

    days = list(Holiday.objects.order_by("day").values_list("day", flat=True))
    assert created == len(days) == len(set(days))
    assert (days[0], days[-1]) == (date(2026, 11, 26), date(2028, 12, 25))
    assert {Holiday.Decision.UNDECIDED} == set(Holiday.objects.values_list("decision", flat=True))
    names = dict(Holiday.objects.values_list("day", "name"))
    assert names[date(2026, 11, 26)] == "Thanksgiving Day"
    assert names[date(2027, 3, 31)] == "Cesar Chavez Day"  # California's own
    assert names[date(2027, 7, 5)] == "Independence Day (observed)"  # the 4th is a Sunday
    assert "Susan B. Anthony Day" in names[date(2027, 2, 15)]  # two on one day are one row


def test_again_it_adds_nothing_and_leaves_what_staff_have_decided() -> None:
    holidays.propose(today=TODAY)
    chosen = {date(2026, 11, 26): Holiday.Decision.CLOSED, date(2026, 12, 25): Holiday.Decision.OPEN}
    for day, decision in chosen.items():
        Holiday.objects.filter(day=day).update(decision=decision, name="Ours", decided_by=make_staff(decision))
    before = list(Holiday.objects.order_by("pk").values())

    assert holidays.propose(today=TODAY) == 0
    assert list(Holiday.objects.order_by("pk").values()) == before


def test_what_is_missing_is_added_and_the_past_is_not() -> None:
    holidays.propose(today=TODAY)
    Holiday.objects.filter(day__in=[date(2026, 12, 25), date(2026, 11, 26)]).delete()

    assert holidays.propose(today=date(2026, 12, 1)) == 1
    assert Holiday.objects.filter(day=date(2026, 12, 25)).exists()
    assert not Holiday.objects.filter(day=date(2026, 11, 26)).exists()


def test_the_command_goes_by_the_clinic_s_date() -> None:
    """At 11 PM on New Year's Eve in Los Angeles it is next year in UTC."""
    said = StringIO()
    with time_machine.travel("2027-01-01T07:00:00Z", tick=False):
        call_command("load_holidays", stdout=said)
    assert Holiday.objects.latest("day").day.year == 2028
    assert said.getvalue() == f"{Holiday.objects.count()} holidays are new.\n"
    with time_machine.travel(NOW, tick=False):
        call_command("load_holidays", stdout=said)
    assert said.getvalue().endswith("\n1 holiday is new.\n")  # Christmas of 2026
