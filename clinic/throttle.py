"""Limits on how often something may be done, counted in Postgres so that they hold across processes."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection


def hashed(kind: str, value: str) -> str:
    """A key for `value` that can't be turned back into it."""
    message = f"{kind}:{value.strip().casefold()}".encode(errors="replace")
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def count(key: str, *, window: timedelta, now: datetime) -> int:
    """Counts one more and returns how many there have been in the present window, this one included."""
    seconds = int(window.total_seconds())
    start = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clinic_throttle (key, window_start, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (key, window_start) DO UPDATE SET count = clinic_throttle.count + 1 RETURNING count",
            [key, start],
        )
        row = cursor.fetchone()
    return int(row[0])
