"""Public holidays: one press closes a day or leaves it open; who did is kept, and visits on it are named."""

from datetime import date, time
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from booking import actions, availability
from booking.models import Appointment, DatedHours, Holiday, WeeklyHours
from booking.transactions import Busy
from tests.booking.admin.conftest import grant
from tests.booking.admin.pages import flashes, links, text
from tests.booking.factories import NOW, START, make_clinician

URL = "/admin/booking/holiday/"


@pytest.fixture
def holiday(db: None) -> Holiday:
    """On the day of Ana's visit."""
    return Holiday.objects.create(day=date(2026, 12, 2), name="Founders’ Day")


@pytest.fixture
def may_decide(sam: User) -> None:
    grant(sam, "view_holiday", "change_holiday")


@pytest.mark.usefixtures("may_decide")
def test_a_day_without_visits_is_closed_and_opened(desk: Client, sam: User, holiday: Holiday) -> None:
    response = desk.post(f"{URL}{holiday.pk}/closed/")
    told = [("success", "Wed, Dec 2, 2026, Founders’ Day: closed.")]
    assert (response["Location"], flashes(response)) == (URL, told)
    holiday.refresh_from_db()
    assert (holiday.decision, holiday.decided_by, holiday.decided_at) == ("closed", sam, NOW)
    desk.post(f"{URL}{holiday.pk}/open/")
    holiday.refresh_from_db()
    assert holiday.decision == "open"


@pytest.mark.usefixtures("may_decide")
def test_visits_on_a_day_that_is_closed_are_named(desk: Client, request_of_ana: Appointment, holiday: Holiday) -> None:
    response = desk.post(f"{URL}{holiday.pk}/closed/")
    page = f"{URL}{holiday.pk}/change/"
    assert response["Location"] == page
    assert flashes(response)[1] == ("warning", "1 visit is booked on that day. Please move it.")
    shown = desk.get(page)
    assert f"10:00 AM Ana Diaz First visit · {request_of_ana.reference}" in text(shown)
    assert f"/admin/booking/appointment/{request_of_ana.pk}/move/" in links(shown, "/move/")
    assert availability.why_not(request_of_ana.visit_type, START, now=NOW) is not None


def several(decision: str, *holidays: Holiday) -> dict[str, Any]:
    """What the list posts."""
    return {"action": f"{decision}_all", "_selected_action": [str(holiday.pk) for holiday in holidays], "index": "0"}


@pytest.fixture
def three(holiday: Holiday) -> list[Holiday]:
    """One has passed, one is on the day of Ana's visit, one is Christmas."""
    past = Holiday.objects.create(day=date(2026, 11, 26), name="Thanksgiving Day")
    return [past, holiday, Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")]


@pytest.mark.usefixtures("may_decide")
def test_several_are_decided_at_once(
    desk: Client, sam: User, request_of_ana: Appointment, three: list[Holiday]
) -> None:
    response = desk.post(URL, several("close", *three))

    assert flashes(response) == [
        ("success", "2 days: closed."),
        ("warning", "Visits are booked on these days. Please move them: Wed, Dec 2, 2026"),
    ]
    decided = Holiday.objects.filter(decision="closed", decided_by=sam, decided_at=NOW)
    assert list(decided.order_by("day")) == three[1:]
    assert [entry.object_id for entry in LogEntry.objects.order_by("pk")] == [str(one.pk) for one in three[1:]]
    assert flashes(desk.post(URL, several("open", *three)))[-1] == ("success", "2 days: open as usual.")
    assert flashes(desk.post(URL, several("open", three[0])))[-1] == ("warning", "0 days: open as usual.")
    assert Holiday.objects.filter(decision="undecided").get() == three[0]


@pytest.mark.usefixtures("may_decide")
def test_of_several_what_was_decided_before_the_database_was_busy_is_told(
    desk: Client, three: list[Holiday], monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = actions.decide_holiday

    def busy_at_christmas(**values: Any) -> Holiday:
        if values["holiday"] == three[2]:
            raise Busy
        return decide(**values)

    monkeypatch.setattr(actions, "decide_holiday", busy_at_christmas)
    problem = "Many people are booking at this moment. Not all days were changed; please press again."
    told = [("error", problem), ("success", "1 day: closed.")]

    assert flashes(desk.post(URL, several("close", *three))) == told
    assert Holiday.objects.get(decision="closed") == three[1]


def test_who_may_only_see_decides_nothing_with_several(reader: Client, chief: Client, three: list[Holiday]) -> None:
    grant(User.objects.get(username="kim"), "view_holiday")

    assert "action-select" not in reader.get(URL).content.decode()
    assert "action-select" in chief.get(URL).content.decode()
    reader.post(URL, several("close", *three))
    assert not Holiday.objects.filter(decision="closed").exists()


def test_nobody_is_asked_about_a_day_on_which_nobody_is_there(chief: Client) -> None:
    """Until somebody has hours then, or on that very date. Where nobody has any hours yet, it might be any day."""
    saturday, friday = (Holiday.objects.create(day=date(2027, 12, day), name=f"Christmas {day}") for day in (25, 24))

    def asked() -> list[Holiday]:
        found = list(Holiday.objects.to_decide().order_by("day"))
        shown = text(chief.get(URL))
        assert [holiday for holiday in (friday, saturday) if holiday.name in shown] == found
        return found

    assert asked() == [friday, saturday]
    clinician = make_clinician()
    assert asked() == [friday]
    assert list(Holiday.objects.closing().order_by("day")) == [friday, saturday]  # it is not offered for all that
    WeeklyHours.objects.create(clinician=clinician, weekday=5, opens=time(9), closes=time(12))
    assert asked() == [friday, saturday]
    WeeklyHours.objects.filter(weekday=5).delete()
    DatedHours.objects.create(clinician=clinician, day=saturday.day, opens=time(9), closes=time(12))
    assert asked() == [friday, saturday]
    DatedHours.objects.update(opens=None, closes=None)
    assert asked() == [friday]


def test_opening_an_address_decides_nothing(chief: Client, holiday: Holiday) -> None:
    assert chief.get(f"{URL}{holiday.pk}/closed/").status_code == 405
    holiday.refresh_from_db()
    assert holiday.decision == "undecided"


@pytest.mark.usefixtures("may_decide")
def test_a_day_that_has_passed_is_left_as_it_is(desk: Client) -> None:
    past = Holiday.objects.create(day=date(2026, 11, 26), name="Thanksgiving Day")
    response = desk.post(f"{URL}{past.pk}/closed/")
    assert flashes(response) == [("error", "That day has passed. Nothing was changed.")]
    past.refresh_from_db()
    assert past.decision == "undecided"


def test_a_day_of_the_practice_s_own_may_be_added(chief: Client, holiday: Holiday) -> None:
    for day, told in (("2026-11-01", "That day has passed."), ("2026-12-02", "already exists")):
        assert told in text(chief.post(f"{URL}add/", {"day": day, "name": "Moving day"}))
    assert chief.post(f"{URL}add/", {"day": "2026-12-31", "name": "Moving day"}).status_code == 302
    assert Holiday.objects.get(name="Moving day").decision == "undecided"


def test_what_is_to_come_stands_first(chief: Client, holiday: Holiday) -> None:
    Holiday.objects.create(day=date(2026, 11, 26), name="Thanksgiving Day")
    Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    shown = text(chief.get(URL))
    places = [shown.index(name) for name in ("Founders’ Day", "Christmas Day", "Thanksgiving Day")]
    assert places == sorted(places)


def test_who_may(client: Client, outsider: Client, reader: Client, holiday: Holiday) -> None:
    for who, status in ((client, 302), (outsider, 403), (reader, 403)):
        assert who.post(f"{URL}{holiday.pk}/closed/").status_code == status
    holiday.refresh_from_db()
    assert holiday.decision == "undecided"
