from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from booking.slots import Start
from booking.week import Week, months

LA = ZoneInfo("America/Los_Angeles")


def test_a_week_has_the_name_of_its_thursdays_year() -> None:
    week = Week(date(2026, 12, 28))

    assert week.name == "2026-W53"
    assert Week.named("2026-W53") == week
    assert week.shifted(1).name == "2027-W01"


def test_months_hold_each_day_once_and_leave_empty_weekends_out() -> None:
    saturday_evening = Start(datetime(2027, 1, 3, 4, tzinfo=UTC), 1)  # Saturday, January 2, 8 PM in Los Angeles

    november, december, january = months([saturday_evening], Week(date(2026, 11, 30)), Week(date(2026, 12, 28)), LA)

    assert [month.first for month in (november, december, january)] == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert [day.weekday() for day in december.weekdays] == [0, 1, 2, 3, 4, 5]
    days = [day.at.date() for month in (november, december, january) for row in month.weeks for day in row if day]
    assert days == sorted(set(days))
    assert (days[0], days[-1], len(days)) == (date(2026, 11, 30), date(2027, 1, 2), 30)
    [free] = [day for row in january.weeks for day in row if day and day.starts]
    assert (free.at.date(), free.week.name, free.anchor) == (date(2027, 1, 2), "2026-W53", "day-2027-01-02")
    assert [len(row) for month in (november, december, january) for row in month.weeks] == [6] * 7


def test_a_day_is_named_by_its_noon_on_both_sides_of_a_change_of_the_clock() -> None:
    spring, autumn = (Week(monday).days([], LA)[4].at for monday in (date(2026, 3, 2), date(2026, 10, 26)))

    assert [(moment.hour, moment.date()) for moment in (spring, autumn)] == [
        (12, date(2026, 3, 6)),
        (12, date(2026, 10, 30)),
    ]
