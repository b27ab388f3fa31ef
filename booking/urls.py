"""The addresses of booking. None of them holds a name, a condition or a treatment."""

from datetime import UTC, datetime

from django.urls import path, register_converter

from booking.views import request as ask
from booking.views import visit


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


register_converter(StartConverter, "start")
register_converter(PublicIdConverter, "public_id")

public = [
    path("book/", ask.kinds, name="kinds"),
    path("book/<slug:kind>/", ask.times, name="times"),
    path("book/<slug:kind>/<start:start>/", ask.details, name="details"),
    path("book/<slug:kind>/<start:start>/send/", ask.send, name="send"),
]

patient = [
    # Takes whatever a mail program has hung onto the link, so that it gets an answer of ours.
    path("v/<path:token>", visit.link, name="link"),
    path("visit/<public_id:public_id>/", visit.show, name="show"),
    path("visit/<public_id:public_id>/cancel/", visit.cancel, name="cancel"),
    path("visit/<public_id:public_id>/appointment.ics", visit.calendar_file, name="calendar_file"),
]
