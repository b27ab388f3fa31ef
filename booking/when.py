"""Times in words, in the clinic's zone, and always with the zone's name.

“12:00 PM” and “Pacific time” hold together at the end of a line; `plain` is for what has no lines, or only plain ones.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking.slots import Span

NBSP = "\N{NO-BREAK SPACE}"


def local(moment: datetime) -> datetime:
    return timezone.localtime(moment, timezone.get_default_timezone())


def whole_day(day: date) -> Span:
    """From midnight to midnight."""
    zone = timezone.get_default_timezone()
    return Span(datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone))


def day(moment: datetime) -> str:
    """Tuesday, December 1"""
    return date_format(local(moment), "l, F j")


def day_with_year(moment: datetime) -> str:
    """Tuesday, December 1, 2026"""
    return date_format(local(moment), "l, F j, Y")


def clock(moment: datetime) -> str:
    """10:00 AM"""
    return date_format(local(moment), f"g:i{NBSP}A")


def clock_and_day(moment: datetime) -> str:
    """8:00 PM on Monday, November 30"""
    return _("%(clock)s on %(day)s") % {"clock": clock(moment), "day": day(moment)}


def short(moment: datetime) -> str:
    """Tue, Dec 1, 10:00 AM: for lists that name the zone elsewhere."""
    return f"{date_format(local(moment), 'D, M j')}, {clock(moment)}"


def zone() -> str:
    return _("Pacific time").replace(" ", NBSP)


def clock_and_zone(moment: datetime) -> str:
    """10:00 AM Pacific time"""
    return f"{clock(moment)} {zone()}"


def from_to(start: datetime, end: datetime) -> str:
    """10:00 AM – 11:00 AM Pacific time, both on one day"""
    return f"{clock(start)} – {clock_and_zone(end)}"


def whole(moment: datetime) -> str:
    """Tuesday, December 1, 10:00 AM Pacific time"""
    return f"{day(moment)}, {clock_and_zone(moment)}"


def soon(moment: datetime, *, now: datetime) -> str:
    """3:00 PM Pacific time today; where it is not today, on Tuesday, December 1"""
    today = local(moment).date() == local(now).date()
    return f"{clock_and_zone(moment)} {_('today') if today else _('on %(day)s') % {'day': day(moment)}}"


def period(start: datetime, end: datetime) -> str:
    """Tuesday, December 1, 10:00 AM – 11:00 AM Pacific time"""
    if local(start).date() == local(end).date():
        return f"{day(start)}, {from_to(start, end)}"
    return f"{day(start)}, {clock(start)} – {whole(end)}"


def plain(text: str) -> str:
    """With ordinary spaces: for text mails, subjects and names that only a screen reader speaks."""
    return text.replace(NBSP, " ")


def length(start: datetime, end: datetime) -> str:
    """2 hours 30 minutes"""
    return lasting(round((end - start).total_seconds() / 60))


def lasting(whole_minutes: int) -> str:
    """2 hours 30 minutes; up to an hour and a half in minutes"""
    hours, minutes = divmod(whole_minutes, 60) if whole_minutes > 90 else (0, whole_minutes)
    parts = []
    if hours:
        parts.append(ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours})
    if minutes or not hours:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes})
    return " ".join(parts)
