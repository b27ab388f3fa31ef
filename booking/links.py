"""The patient's link: derived, not stored, so that it can be made again whenever a message is rendered.

The token is the appointment's random public id and a keyed hash over it and its link version. Raising the version
revokes every link given out before. The address of the calendar feed is made in the same way with a hash of its own:
neither opens what the other does.
"""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from booking.models import Appointment

COOKIE_AGE = 30 * 60  # seconds
_SALT = "booking.visit"
_FEED = "feed:"  # no public id holds a colon, so that no link's hash can be a feed's
TOKEN = re.compile(r"([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")


@dataclass(frozen=True)
class LinkInvalid:
    """Not a link of ours, or one cut short on its way."""


@dataclass(frozen=True)
class LinkReplaced:
    """Was right once; a newer link has taken its place."""

    appointment: Appointment


def _mac(key: str, public_id: str, link_version: int, purpose: str = "") -> str:
    digest = hmac.new(key.encode(), f"{purpose}{public_id}:{link_version}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def _token(appointment: Appointment, purpose: str = "") -> str:
    mac = _mac(settings.LINK_KEY, appointment.public_id, appointment.link_version, purpose)
    return f"{appointment.public_id}.{mac}"


def token_for(appointment: Appointment) -> str:
    return _token(appointment)


def feed_token_for(appointment: Appointment) -> str:
    return _token(appointment, _FEED)


def url_for(appointment: Appointment) -> str:
    """The whole address that stands in a message."""
    return settings.SITE_URL + reverse("visit:link", args=[f"{token_for(appointment)}/"])


def feed_url_for(appointment: Appointment) -> str:
    """The whole address that a calendar program is given. Whoever has it sees when the visits are."""
    return settings.SITE_URL + reverse("visit:feed", args=[feed_token_for(appointment)])


def read(token: str) -> Appointment | LinkReplaced | LinkInvalid:
    """Whose link it is. What stands after the token is left out: mail programs hang on dots and brackets."""
    whole = TOKEN.match(token)
    public_id, mac = whole.groups() if whole else ("", "")
    appointment = Appointment.objects.filter(public_id=public_id).first()
    if appointment is None:
        return LinkInvalid()
    if _matches(mac, public_id, appointment.link_version):
        return appointment
    if any(_matches(mac, public_id, older) for older in range(1, appointment.link_version)):
        return LinkReplaced(appointment)
    return LinkInvalid()


def read_feed(token: str) -> Appointment | None:
    """The appointment whose feed it is. Closing the older links closes the feed, too."""
    whole = TOKEN.fullmatch(token)
    public_id, mac = whole.groups() if whole else ("", "")
    appointment = Appointment.objects.select_related("patient").filter(public_id=public_id).first()
    if appointment is None or not _matches(mac, public_id, appointment.link_version, _FEED):
        return None
    return appointment


def keyed(purpose: str, name: str, version: int) -> str:
    """A hash under the same key for something else than a visit's link: `purpose` holds a colon."""
    return _mac(settings.LINK_KEY, name, version, purpose)


def is_keyed(mac: str, purpose: str, name: str, version: int) -> bool:
    return _matches(mac, name, version, purpose)


def _matches(mac: str, public_id: str, version: int, purpose: str = "") -> bool:
    keys = [settings.LINK_KEY, *settings.LINK_KEY_FALLBACKS]
    return any(hmac.compare_digest(_mac(key, public_id, version, purpose).encode(), mac.encode()) for key in keys)


def _cookie_name(public_id: str) -> str:
    return f"visit-{public_id}"


def remember(response: HttpResponseBase, appointment: Appointment) -> None:
    """Lets this browser open this one visit for a while. Nothing is stored on our side."""
    response.set_signed_cookie(
        _cookie_name(appointment.public_id),
        str(appointment.link_version),
        salt=_SALT + appointment.public_id,
        max_age=COOKIE_AGE,
        path=reverse("visit:show", args=[appointment.public_id]),
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def opened(request: HttpRequest, public_id: str) -> Appointment | None:
    """The appointment, if this browser came by its link within the last half hour."""
    try:
        version = request.get_signed_cookie(_cookie_name(public_id), salt=_SALT + public_id, max_age=COOKIE_AGE)
    except (KeyError, signing.BadSignature):
        return None
    return (
        Appointment.objects.select_related("visit_type", "patient", "course")
        .filter(public_id=public_id, link_version=int(version or 0))
        .first()
    )
