"""The diary: drawn from what is held, by day, week and month."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions, when
from booking.admin.diary import Block, read
from booking.models import Appointment, Hold, Holiday, Resource
from tests.booking.admin.conftest import grant
from tests.booking.admin.pages import links, text
from tests.booking.factories import NOW, START, later, make_appointment, make_chair, make_clinician, make_visit_type

URL = "/admin/booking/appointment/diary/{}/"
DAY = date(2026, 12, 2)


def blocks(day: date = DAY) -> dict[str, list[Block]]:
    return {lane.resource.name: lane.blocks for lane in read([day]).days[0].lanes}


def block_time(start: float, hours: float, reason: str = "Meeting") -> Hold:
    """From that hour of the day on which Ana comes at ten."""
    begin = START + timedelta(hours=start - 10)
    period = DateTimeTZRange(begin, begin + timedelta(hours=hours))
    return Hold.objects.create(resource=Resource.objects.get(kind="clinician"), period=period, reason=reason)


def test_a_visit_stands_on_the_lane_of_each_that_it_holds(db: None, clock: object) -> None:
    make_clinician()
    make_chair()
    make_chair("Chair 2")
    make_appointment(make_visit_type(needs_chair=True, clinician_minutes=30, length_minutes=150))
    lanes = blocks()
    assert list(lanes) == ["Dr. Bacchus", "Chair 1", "Chair 2"]
    [doctor], [chair] = lanes["Dr. Bacchus"], lanes["Chair 1"]
    assert (doctor.x, doctor.width, doctor.clock, doctor.name) == ("20.00%", "5.00%", "10:00", "Ana Diaz")  # of 8 to 6
    assert (chair.x, chair.width) == ("20.00%", "27.50%")  # with the turnover
    assert lanes["Chair 2"] == []


@pytest.mark.parametrize(
    ("start", "hours", "told"),
    [
        (-2, 40, "all day"),
        (0, 24, "all day"),
        (8, 10, "all day"),
        (0, 12, "12:00 AM"),
        (6, 3, "6:00 AM"),
        (-5, 15, "until 10:00 AM"),
        (8, 2, "8:00"),
        (12, 40, "12:00"),
        (19, 1, "7:00 PM"),
    ],
)
def test_a_block_says_when_it_is_also_where_it_is_drawn_from_the_edge(
    db: None, clock: object, start: float, hours: float, told: str
) -> None:
    make_clinician()
    block_time(start, hours)
    assert [when.plain(block.clock) for block in blocks()["Dr. Bacchus"]] == [told]


def test_states_rides_and_blocks_look_different_and_say_it(sam: User, request_of_ana: Appointment) -> None:
    block_time(12, 1)
    [asked, meeting] = blocks()["Dr. Bacchus"]
    assert (asked.tone, asked.note) == ("wait", "First visit · requested")
    assert (meeting.tone, meeting.name, meeting.note, meeting.url) == ("blocked", "Meeting", "blocked", "")
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    request_of_ana.visit_type.__class__.objects.update(needs_ride=True)
    assert (blocks()["Dr. Bacchus"][0].tone, blocks()["Dr. Bacchus"][0].note) == (
        "good no-ride",
        "First visit · ride home not confirmed",
    )
    actions.cancel(appointment=request_of_ana, by=actions.PATIENT, now=NOW)
    assert [block.name for block in blocks()["Dr. Bacchus"]] == ["Meeting"]


def test_what_lasts_for_days_is_cut_to_each_and_makes_none_longer(request_of_ana: Appointment) -> None:
    block_time(13, 48, "Away")
    assert [(block.x, block.width) for block in blocks()["Dr. Bacchus"]][1:] == [("50.00%", "50.00%")]
    assert [(block.x, block.width) for block in blocks(date(2026, 12, 3))["Dr. Bacchus"]] == [("0.00%", "100.00%")]
    assert [(block.x, block.width) for block in blocks(date(2026, 12, 4))["Dr. Bacchus"]] == [("0.00%", "50.00%")]


def test_a_visit_outside_the_usual_hours_makes_the_day_longer(request_of_ana: Appointment) -> None:
    hold = Hold.objects.get()
    early = START - timedelta(hours=4)
    Hold.objects.filter(pk=hold.pk).update(period=DateTimeTZRange(early, early + timedelta(hours=14, minutes=30)))
    scale = read([DAY]).scale
    assert (scale.first, scale.last) == (6, 21)
    assert scale.hours()[:2] == [("0.00%", "6 AM"), ("6.67%", "7 AM")]


@pytest.mark.parametrize("span", ["day", "week", "month"])
def test_pages_show_the_visit_and_the_holiday(desk: Client, request_of_ana: Appointment, span: str) -> None:
    Holiday.objects.create(day=DAY, name="Founders’ Day", decision="closed")
    response = desk.get(URL.format(span), {"day": "2026-12-02"})
    shown = text(response)
    assert "Founders’ Day: closed" in shown
    assert ("Ana Diaz" in shown) is (span != "month")
    assert ("1 visit" in shown) is (span == "month")
    assert links(response, "?day=2026-12-02")


def test_weekends_only_where_something_is_held(desk: Client, request_of_ana: Appointment) -> None:
    assert "Sat, Dec 5" not in text(desk.get(URL.format("week"), {"day": "2026-12-02"}))
    block_time(10 + 3 * 24, 1)
    assert "Sat, Dec 5" in text(desk.get(URL.format("week"), {"day": "2026-12-02"}))
    assert "Saturday" in text(desk.get(URL.format("month"), {"day": "2026-12-02"}))


@pytest.mark.parametrize("day", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-02-30"])
@pytest.mark.parametrize("span", ["day", "week", "month"])
def test_what_is_no_day_is_today(desk: Client, request_of_ana: Appointment, span: str, day: str) -> None:
    assert desk.get(URL.format(span), {"day": day}).context["day"] == date(2026, 11, 30)


@pytest.mark.parametrize("visits", [1, 4])
@pytest.mark.parametrize(("span", "queries"), [("day", 11), ("week", 9), ("month", 9)])
def test_queries_do_not_grow_with_what_is_held(
    desk: Client,
    request_of_ana: Appointment,
    visits: int,
    span: str,
    queries: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    """Session, user, permissions (two), facts, holds, resources, holidays; by day the visits and what they hold."""
    for number in range(1, visits):
        make_appointment(starts_at=later(START, hours=number))
    with django_assert_num_queries(queries):
        desk.get(URL.format(span), {"day": "2026-12-02"})


def test_blocks_lead_on_only_for_those_who_may_see_them(
    desk: Client, sam: User, request_of_ana: Appointment, outsider: Client, client: Client
) -> None:
    hold = block_time(12, 1)
    page = URL.format("day")
    assert links(desk.get(page, {"day": "2026-12-02"}), f"/hold/{hold.pk}/")
    assert outsider.get(page).status_code == 403
    assert client.get(page).status_code == 302
    sam.user_permissions.clear()
    grant(sam, "view_appointment")
    assert not links(desk.get(page, {"day": "2026-12-02"}), f"/hold/{hold.pk}/")


def test_times_that_are_offered_stand_by_the_visit(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    by = actions.staff(sam)
    actions.confirm(appointment=request_of_ana, by=by, now=NOW)
    page = URL.format("day") + "?day=2026-12-02"
    assert "other times offered" not in text(desk.get(page))
    until = later(NOW, days=1)
    actions.offer_times(appointment=request_of_ana, starts=[later(START, days=1)], until=until, by=by, now=NOW)
    assert "First visit other times offered" in text(desk.get(page))
    with time_machine.travel(until, tick=False):
        assert "other times offered" not in text(desk.get(page))


def test_a_day_on_paper(desk: Client, request_of_ana: Appointment) -> None:
    address = "?day=2026-12-02&print=1"
    assert links(desk.get(URL.format("day") + "?day=2026-12-02"), "print=1") == [address.replace("&", "&amp;")]
    sheet = desk.get(URL.format("day") + address)
    assert "Ana Diaz" in text(sheet)
    assert "As it stood on Monday, November 30, 8:00 AM Pacific time, for Sam Lee." in text(sheet)
    assert "js/print." in sheet.content.decode()
    assert not links(sheet, "/arrive/")
    for span in ("week", "month"):
        assert "js/print." not in desk.get(URL.format(span) + address).content.decode()
