"""The addresses of booking. None of them holds a name, a condition or a treatment."""

from datetime import datetime

from django.contrib import admin
from django.urls import path, register_converter

from booking.admin import reports
from booking.views import again, choices, clinician_feed, earlier, feed, move, other_times, visit
from booking.views import request as ask
from booking.week import start_name, start_named


class StartConverter:
    regex = r"[0-9]{8}T[0-9]{4}Z"

    def to_python(self, value: str) -> datetime:
        start = start_named(value)
        if start is None:
            raise ValueError
        return start

    def to_url(self, value: datetime) -> str:
        return start_name(value)


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
    path("visit/<public_id:public_id>/move/", move.times, name="move_times"),
    path("visit/<public_id:public_id>/move/<start:start>/", move.move, name="move"),
    path("visit/<public_id:public_id>/ride/", choices.ride, name="ride"),
    path("visit/<public_id:public_id>/contact/", choices.contact, name="contact"),
    path("visit/<public_id:public_id>/earlier/", earlier.earlier, name="earlier"),
    path("visit/<public_id:public_id>/offer/", earlier.offer, name="offer"),
    path("visit/<public_id:public_id>/times/", other_times.other_times, name="other_times"),
    path("visit/<public_id:public_id>/fresh-link/", visit.fresh_link, name="fresh_link"),
    path("visit/<public_id:public_id>/appointment.ics", feed.calendar_file, name="calendar_file"),
    path("visit/<public_id:public_id>/feed/", feed.feed_page, name="feed_page"),
    path("visit/feed/<str:token>/appointments.ics", feed.feed, name="feed"),
    # A clinician's, under the same cover: what is not logged, kept or found of a patient's isn't of theirs.
    path("visit/times/<str:token>/appointments.ics", clinician_feed.feed, name="clinician_feed"),
    path("visit/<public_id:public_id>/book/", again.kinds, name="again"),
    path("visit/<public_id:public_id>/book/<slug:kind>/", again.times, name="again_times"),
    path("visit/<public_id:public_id>/book/<slug:kind>/<start:start>/", again.check, name="again_check"),
]

# Under /admin/, besides what hangs on one list.
staff = [
    path("reports/", admin.site.admin_view(reports.page), name="reports"),
    path("reports/<slug:report>/csv/", admin.site.admin_view(reports.table_csv), name="reports_csv"),
]
