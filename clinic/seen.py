"""Whose data a page has read. The models say so as their rows are loaded, so that no page can forget to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Seen:
    patients: set[int] = field(default_factory=set)
    visits: set[int] = field(default_factory=set)


_now: ContextVar[Seen | None] = ContextVar("seen", default=None)


@contextmanager
def watching() -> Iterator[Seen]:
    """What is loaded from here on, until the end."""
    seen = Seen()
    token = _now.set(seen)
    try:
        yield seen
    finally:
        _now.reset(token)


def patient(key: int) -> None:
    if seen := _now.get():
        seen.patients.add(key)


def visit(key: int, patient: int | None) -> None:
    """A visit tells of its patient, also where only the visit is shown."""
    if seen := _now.get():
        seen.visits.add(key)
        if patient is not None:
            seen.patients.add(patient)
