"""The practice's facts for every template, read at most once a second and kept through a database fault."""

import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest

from clinic.models import Practice

MAX_AGE = 1.0  # seconds; an edit is seen by every process within this time

_known: Practice | None = None
_read_at = float("-inf")


def current() -> Practice:
    """The practice's facts. With the database away: those last read, else what is on record without one."""
    global _known, _read_at  # noqa: PLW0603  one value for the process, replaced whole
    if _known is None or time.monotonic() - _read_at > MAX_AGE:
        _read_at = time.monotonic()  # before the try: a database that is away is not asked again for every page
        try:
            _known = Practice.load()
        except (DatabaseError, InterfaceError):
            return _known or Practice(pk=1)
    return _known


def forget() -> None:
    """Reads anew next time; called where this process has just changed the facts."""
    global _known  # noqa: PLW0603
    _known = None


def context(request: HttpRequest) -> dict[str, object]:
    return {"practice": current(), "site_url": settings.SITE_URL, "office_name": settings.OFFICE_NAME}
