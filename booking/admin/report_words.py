"""Each report in words: what is counted, by which date, of how many; as a table, and drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from booking import reports, tally
from booking.admin.charts import Chart, Column, draw
from booking.reports import Period
from booking.tally import FEW, Stretch

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
NOTHING = "–"


@dataclass(frozen=True)
class Asked:
    """What is to be reported, and what it is held against."""

    period: Period
    by: str
    today: date
    now: datetime
    promised_days: int

    @property
    def names(self) -> list[str]:
        """Of the columns of a drawing."""
        return [date_format(one.first, "M" if self.by == tally.MONTH else "M j") for one in self.period.stretches]


@dataclass(frozen=True)
class Report:
    slug: str
    title: str
    meaning: list[str]
    heads: list[str]
    rows: list[list[str]]  # one for each stretch, then one for all
    chart: Chart


def requests(asked: Asked) -> Report:
    rows = reports.requests(asked.period)
    columns = [
        Column(
            name,
            count(row.settled + row.waiting),
            _parts(good=row.confirmed, pale=row.declined + row.taken_back, wait=row.waiting),
        )
        for name, row in zip(asked.names, rows, strict=False)
    ]
    return Report(
        "requests",
        _("Requests and conversion"),
        [
            _("Visits that patients asked for on this site, by the day they asked. What staff booked is not counted."),
            _(
                "Conversion is the requests that were confirmed, of all that no longer wait for an answer."
                " One that was called off later was confirmed all the same, and so is a kind that is booked at once."
            ),
        ],
        [_("Asked for"), _("Confirmed"), _("Declined"), _("Taken back"), _("Waiting"), _("Conversion")],
        [
            [
                *map(count, (row.settled + row.waiting, row.confirmed, row.declined, row.taken_back, row.waiting)),
                of(row.confirmed, row.settled),
            ]
            for row in rows
        ],
        draw(columns, [("good", _("confirmed")), ("pale", _("declined or taken back")), ("wait", _("waiting"))]),
    )


def answers(asked: Asked) -> Report:
    rows = reports.answers(asked.period, promise=asked.promised_days * DAY)
    columns = [
        Column(name, count(row.count), _parts(good=row.in_time, bad=row.count - row.in_time))
        for name, row in zip(asked.names, rows, strict=False)
    ]
    promise = ngettext(
        "The promise is an answer within %(count)s working day.",
        "The promise is an answer within %(count)s working days.",
        asked.promised_days,
    )
    return Report(
        "answers",
        _("Time to answer"),
        [
            _(
                "Requests that staff have confirmed, declined or offered other times for, by the day they were asked"
                " for, and how long the first of these took."
            ),
            promise % {"count": asked.promised_days},
            _(
                "The hours are those of working days, 24 each, as in the promise: Saturdays, Sundays and public"
                " holidays on which the office is closed do not count."
            ),
            _last_words(),
        ],
        [_("Answered"), _("Within the promise"), _("Median (hours)"), _("9 of 10 within (hours)")],
        [
            [
                count(row.count),
                of(row.in_time, row.count),
                hours(row.median, row.count),
                hours(row.late, row.count, FEW),
            ]
            for row in rows
        ],
        draw(columns, [("good", _("within the promise")), ("bad", _("later"))]),
    )


def missed(asked: Asked) -> Report:
    rows = reports.outcomes(asked.period, now=asked.now)
    columns = [
        Column(name, count(row.known), _parts(bad=row.missed, pale=row.took_place))
        for name, row in zip(asked.names, rows, strict=False)
    ]
    return Report(
        "no-shows",
        _("No-shows"),
        [
            _("Visits that are over, by the day of the visit."),
            _(
                "The no-show rate is the visits that patients missed, of those that took place or were missed."
                " Visits to come are never counted; nor are those of which nobody has noted whether the patient came."
            ),
        ],
        [_("Took place"), _("Missed"), _("Not noted yet"), _("No-show rate")],
        [[*map(count, (row.took_place, row.missed, row.not_noted)), of(row.missed, row.known)] for row in rows],
        draw(columns, [("bad", _("missed")), ("pale", _("took place"))]),
    )


def lead_time(asked: Asked) -> Report:
    rows = reports.leads(asked.period)
    columns = [
        Column(
            name,
            " / ".join(
                told for told in (days(row.median, row.count), days(row.late, row.count, FEW)) if told != NOTHING
            ),
            _parts(good=row.median / DAY),
            row.late / DAY if row.count >= FEW else None,
        )
        for name, row in zip(asked.names, rows, strict=False)
    ]
    return Report(
        "lead-time",
        _("Lead time"),
        [
            _(
                "Days by the calendar from asking to the visit, as its time stands now; by the day it was asked for."
                " What was declined or called off is left out, and so is what staff booked."
            ),
            _last_words(),
        ],
        [_("Visits"), _("Median (days)"), _("9 of 10 within (days)")],
        [[count(row.count), days(row.median, row.count), days(row.late, row.count, FEW)] for row in rows],
        draw(columns, [("good", _("median, in days")), ("reach", _("9 of 10 within"))]),
    )


def chairs(asked: Asked) -> Report:
    rows = reports.chairs(asked.period)
    shares = [tally.percent(row.held, row.open) for row in rows]
    columns = [
        Column(name, "" if share is None else f"{share} %", _parts(good=share or 0))
        for name, share in zip(asked.names, shares, strict=False)
    ]
    return Report(
        "chairs",
        _("Use of chairs"),
        [
            _(
                "How long chairs are held for visits, also for those to come, by the day of the visit, with the time to"
                " make them ready; of the time in which they can be had. That is while a clinician is there, without"
                " closed days and blocked time."
            ),
            _(
                "It is worked out from the hours as they are known today: what they were before a change is not kept."
                " Visits outside the hours count as held."
            ),
        ],
        [_("Held (hours)"), _("Can be had (hours)"), _("Use")],
        [
            [hours(HOUR * row.held / 60), hours(HOUR * row.open / 60), NOTHING if share is None else f"{share} %"]
            for row, share in zip(rows, shares, strict=True)
        ],
        draw(columns, [("good", _("held, in percent"))], unit=" %", least=100),
    )


REPORTS: dict[str, Callable[[Asked], Report]] = {
    "requests": requests,
    "answers": answers,
    "no-shows": missed,
    "lead-time": lead_time,
    "chairs": chairs,
}


def _median_and_reach(row: reports.Lead) -> str:
    told = (days(row.median, row.count), days(row.late, row.count, FEW))
    return " / ".join(one for one in told if one != NOTHING)


def _parts(**amounts: float) -> list[tuple[str, float]]:
    return list(amounts.items())


def _last_words() -> str:
    return _(
        "The median is the one in the middle: half took less. The last column says by when nine of ten were there;"
        " of fewer than %(few)s that would say more than is known."
    ) % {"few": FEW}


def of(part: int, whole: int) -> str:
    """“9 of 12, 75 %”; of a few only “3 of 4”."""
    if not whole:
        return NOTHING
    told = _("%(part)s of %(whole)s") % {"part": count(part), "whole": count(whole)}
    return told if whole < FEW else f"{told}, {tally.percent(part, whole)} %"


def count(number: int) -> str:
    return number_format(number, force_grouping=True)


def days(lasting: timedelta, known: int, least: int = 1) -> str:
    return number_format(lasting / DAY, 1 if lasting % DAY else 0) if known >= least else NOTHING


def hours(lasting: timedelta, known: int = 1, least: int = 1) -> str:
    return number_format(lasting / HOUR, 1, force_grouping=True) if known >= least else NOTHING


def labels(asked: Asked) -> list[str]:
    """Of the rows of each table."""
    stretches = asked.period.stretches
    return [*(label(one, asked.by, asked.today) for one in stretches), _("All")]


def label(stretch: Stretch, by: str, today: date) -> str:
    """“Nov 23 – 29, 2026”, “November 2026”; with a word where it is not yet over."""
    first, last = stretch.first, stretch.last
    if by == tally.MONTH and first.day == 1 and (last + DAY).day == 1:
        name = date_format(first, "F Y")
    elif first == last:
        name = date_format(first, "M j, Y")
    else:
        same_month = (first.year, first.month) == (last.year, last.month)
        name = f"{date_format(first, 'M j')} – {date_format(last, 'j, Y' if same_month else 'M j, Y')}"
    return _("%(stretch)s, so far") % {"stretch": name} if first <= today < last else name


def ends(stretches: Sequence[Stretch]) -> list[tuple[str, str]]:
    """The first and the last day of each row, as a spreadsheet reads them."""
    whole = Stretch(stretches[0].first, stretches[-1].last)
    return [(one.first.isoformat(), one.last.isoformat()) for one in (*stretches, whole)]
