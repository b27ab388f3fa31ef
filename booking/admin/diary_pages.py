"""The diary by day, by week and by month. Reading changes nothing."""

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from booking import when
from booking.admin.day import visits_on
from booking.admin.diary import Diary, DiaryDay, read
from booking.admin.free_week import day_named

WEEK = timedelta(days=7)
PRINTING = Media(js=["js/print.js"])
SPANS = ("day", "week", "month")


def diary_page(request: HttpRequest, context: dict[str, Any], span: str) -> HttpResponse:
    """`?day=2026-12-02` names the day, or one of the week or month; without it, today. `print` asks for a day on paper,
    which is noted as that.
    """
    if not any(request.user.has_perm(f"booking.{may}_appointment") for may in ("view", "change")):
        raise PermissionDenied
    today = when.local(timezone.now()).date()
    day = day_named(request.GET.get("day", "")) or today
    links_to_blocks = any(request.user.has_perm(f"booking.{may}_hold") for may in ("view", "change"))
    may_act = day == today and request.user.has_perm("booking.change_appointment")
    shown = {"day": _day, "week": _week, "month": _month}[span](day, links_to_blocks)
    context |= {
        "span": span,
        "day": day,
        "today": today,
        "zone": when.zone(),
        "may_act": may_act,
        "now": timezone.now(),
        "spans": _spans(),
        "media": PRINTING,  # of the sheet alone
        **shown,
    }
    page = "sheet" if span == "day" and "print" in request.GET else span
    return render(request, f"admin/booking/diary/{page}.html", context)


def _spans() -> list[tuple[str, str]]:
    return list(zip(SPANS, (_("Day"), _("Week"), _("Month")), strict=True))


def _day(day: date, links_to_blocks: bool) -> dict[str, Any]:
    diary = read([day], links_to_blocks=links_to_blocks)
    return {
        "title": when.day_with_year(diary.days[0].at),
        "diary": diary,
        "coming": visits_on(day, now=timezone.now()),
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
    }


def _week(day: date, links_to_blocks: bool) -> dict[str, Any]:
    """Monday to Friday, and the days of the weekend on which something is held."""
    monday = day - timedelta(days=day.weekday())
    diary = read([monday + timedelta(days=number) for number in range(7)], links_to_blocks=links_to_blocks)
    days = [one for one in diary.days if one.day.weekday() < 5 or _is_used(one)]
    return {
        "title": f"{when.day(days[0].at)} – {when.day_with_year(days[-1].at)}",
        "diary": Diary(days, diary.scale),
        "before": day - WEEK,
        "after": day + WEEK,
    }


def _month(day: date, links_to_blocks: bool) -> dict[str, Any]:
    """Whole weeks, as a calendar on the wall; days of another month are left empty."""
    first = day.replace(day=1)
    days = [one for one in Calendar().itermonthdates(first.year, first.month) if one.month == first.month]
    diary = read(days, links_to_blocks=links_to_blocks)
    by_day = {one.day: one for one in diary.days}
    offsets = [
        number
        for number in range(7)
        if number < 5 or any(_is_used(one) for one in diary.days if one.day.weekday() == number)
    ]
    weeks = [[week[number] for number in offsets] for week in Calendar().monthdatescalendar(first.year, first.month)]
    rows = [[by_day.get(one) for one in week] for week in weeks]
    return {
        "title": date_format(first, "F Y"),
        "diary": diary,
        "weekdays": weeks[0],
        "weeks": [row for row in rows if any(row)],
        "before": first - timedelta(days=1),
        "after": (first + timedelta(days=31)).replace(day=1),
    }


def _is_used(day: DiaryDay) -> bool:
    return any(lane.blocks for lane in day.lanes)
