"""A client that has been through the sign-in, without its pages: those are tested in tests/staff."""

from typing import Any

from allauth.account.internal.flows.login import clear_authentication_records
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import Client

from clinic.staff import factors, signoff

PASSWORD = "correct horse battery"

_plain_login = Client._login  # type: ignore[attr-defined]


def with_second_factor(client: Client, user: User, backend: Any = None) -> None:
    """Takes the place of Client._login, so that `login` and `force_login` end where the real sign-in does."""
    _plain_login(client, user, backend)
    request = asking(client)
    signoff.begin(request)
    factors.note_proof(request, user)
    request.session.save()


def asking(client: Client) -> HttpRequest:
    """A request with this client's session, to change what it holds; save the session afterwards."""
    request = HttpRequest()
    request.session = client.session
    return request


def by_password_alone(user: User) -> Client:
    """Somebody who has typed the right password and shown no second factor."""
    client = Client()
    client.force_login(user)
    request = asking(client)
    clear_authentication_records(request)
    request.session.save()
    return client
