"""How a verb meets the database: one transaction, then a nudge, and a name for what racing others leads to."""

from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import IntegrityError, OperationalError, transaction

from booking import outbox
from booking.models import NO_OVERLAP

log = structlog.get_logger("booking.transactions")

T = TypeVar("T")

DEADLOCK, LOCK_TIMEOUT = "40P01", "55P03"  # SQLSTATEs worth another try
TRIES = 3


class SlotTaken(Exception):
    """The time can't be had: taken meanwhile, blocked, or never offered. Nothing was stored."""


class Busy(Exception):
    """So many were writing at once that the database gave up waiting. Nothing was stored; try again."""


def in_transaction(attempt: Callable[[], T], *, tells: bool = True) -> T:
    """Runs `attempt` in one transaction, again after a deadlock or a lock timeout.

    What `tells` somebody nudges a worker after the commit.

    Raises SlotTaken where the exclusion constraint refused a hold, Busy where every try met a lock.
    """
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                result = attempt()
                if tells:
                    # A lambda, because Django logs the name of a robust callback that fails.
                    transaction.on_commit(lambda: outbox.nudge(), robust=True)  # noqa: PLW0108
                return result
        except IntegrityError as error:
            if _constraint(error) == NO_OVERLAP:
                raise SlotTaken from error
            raise
        except OperationalError as error:
            if not is_contention(error):
                raise
            log.warning("another try", sqlstate=_sqlstate(error), left=left)
            if not left:
                raise Busy from error
    raise AssertionError("unreachable")


def is_contention(error: OperationalError) -> bool:
    """Others were writing at once; the database itself is well."""
    return _sqlstate(error) in (DEADLOCK, LOCK_TIMEOUT)


def _sqlstate(error: Exception) -> str | None:
    return getattr(error.__cause__, "sqlstate", None)


def _constraint(error: Exception) -> str | None:
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
