"""What stands in an address for a start or a visit. No Django."""

from datetime import UTC, datetime


class StartConverter:
    """A start in UTC, to the minute: 20261201T1800Z."""

    regex = r"[0-9]{8}T[0-9]{4}Z"
    form = "%Y%m%dT%H%MZ"

    def to_python(self, value: str) -> datetime:
        start = datetime.strptime(value, self.form).replace(tzinfo=UTC)
        if not 2000 <= start.year < 2200:  # so that arithmetic around it stays within what a datetime can hold
            raise ValueError
        return start

    def to_url(self, value: datetime) -> str:
        return value.astimezone(UTC).strftime(self.form)


class PublicIdConverter:
    regex = r"[A-Za-z0-9_-]{22}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
