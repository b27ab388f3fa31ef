"""Columns drawn by the server: places are shares of the drawing, so that a page needs neither a script nor a style.

What a drawing shows stands in the table below it, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import number_format

from booking.tally import ceiling

NAMED = 14  # columns that have room for a name each
GAP = 0.18  # of a column's room, on either side


@dataclass(frozen=True)
class Column:
    """What one column is made of, from the bottom up, as tone and amount; `reach` is a line above it."""

    name: str
    top: str
    parts: Sequence[tuple[str, float]]
    reach: float | None = None

    @property
    def height(self) -> float:
        return max(sum(amount for _tone, amount in self.parts), self.reach or 0)


@dataclass(frozen=True)
class Bar:
    """The same with its places, in percent."""

    x: str
    width: str
    middle: str
    name: str
    is_minor: bool  # its name is left out where there is little room
    top: str
    top_y: str
    parts: list[tuple[str, str, str]]  # tone, y, height
    reach_y: str
    reach_from: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    ticks: list[tuple[str, str]]  # y and what it means
    legend: list[tuple[str, str]]  # tone and what it means
    is_dense: bool

    @property
    def is_empty(self) -> bool:
        return not any(bar.parts for bar in self.bars)


def draw(columns: Sequence[Column], legend: list[tuple[str, str]], *, unit: str = "", least: int = 2) -> Chart:
    top = ceiling(max([least, *(column.height for column in columns)]))
    room = 100 / len(columns)
    every = -(-len(columns) // NAMED)
    bars = [_bar(column, number, room, top, every) for number, column in enumerate(columns)]
    ticks = [(_percent(100 - 50 * half), f"{number_format(top * half / 2, 0)}{unit}") for half in (0, 1, 2)]
    return Chart(bars, ticks, legend, is_dense=len(columns) > NAMED // 2)


def _bar(column: Column, number: int, room: float, top: float, every: int) -> Bar:
    left, parts, below = number * room, [], 0.0
    for tone, amount in column.parts:
        height = 100 * amount / top
        below += height
        if height:
            parts.append((tone, _percent(100 - below), _percent(height)))
    return Bar(
        x=_percent(left + GAP * room),
        width=_percent((1 - 2 * GAP) * room),
        middle=_percent(left + room / 2),
        name="" if number % every else column.name,
        is_minor=bool(number // every % 2),
        top=column.top if every == 1 else "",
        top_y=_percent(100 - 100 * column.height / top),
        parts=parts,
        reach_y=_percent(100 - 100 * column.reach / top) if column.reach else "",
        reach_from=_percent(100 - below),
    )


def _percent(share: float) -> str:
    return f"{share:.2f}%"
