"""What we decide where allauth asks: who may sign in, how often it may be tried, what is asked again, what is kept."""

import base64
import hashlib
from datetime import timedelta
from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext

from clinic import network, throttle
from clinic.staff import factors, signoff

log = structlog.get_logger("staff.sign_in")

GUESSES = 10  # for one name from one network, so that a stranger elsewhere can lock nobody out
GUESSES_FROM_ONE_NETWORK = 60  # for all names together
WINDOW = timedelta(minutes=15)


class Account(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Counted before the password is looked at, right or wrong, and whether or not there is such a user."""
        # Other spellings of a name are the same name.
        name = UsernameField().to_python(credentials.get("username", ""))
        place = network.of(request)
        limits = ((f"{name}|{place}", GUESSES), (place, GUESSES_FROM_ONE_NETWORK))
        counts = [
            throttle.count(throttle.hashed("sign-in", key), window=WINDOW, now=timezone.now()) <= limit
            for key, limit in limits
        ]
        if not all(counts):
            log.warning("sign-in limited")
            raise ImmediateHttpResponse(render(request, "429.html", status=429))

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who is not staff gets the answer of a wrong password. Django hashes one for an unknown name, too."""
        user = super().authenticate(request, **credentials)
        if isinstance(user, User) and user.is_staff:
            return user
        log.warning("sign-in refused")
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        """After all stages. Who has signed in this moment need not confirm at once that it is them."""
        super().login(request, user)
        signoff.begin(request)
        method = "mfa" if factors.proved(request) else "password"
        record_authentication(request, user, method=method, reauthenticated=True)
        log.info("signed in", user=user.pk, factor=method == "mfa")

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """Who has a second factor confirms with it, a passkey first for who has no app; all others by password."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        kinds = set(factors.owned_by(user).values_list("type", flat=True))
        if not kinds:
            return [method for method in methods if method["id"] == "reauthenticate"]
        by_factor = [method for method in methods if method["id"] != "reauthenticate"]
        return by_factor if Authenticator.Type.TOTP in kinds else by_factor[::-1]

    def get_client_ip(self, request: HttpRequest) -> str:
        return str(network.address(request) or "0.0.0.0")  # noqa: S104  “unknown”, nothing listens there


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    def get_totp_issuer(self) -> str:
        return str(settings.OFFICE_NAME)

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def generate_authenticator_name(self, user: User, type: str) -> str:
        return gettext("Passkey %(number)s") % {"number": factors.owned_by(user).filter(type=type).count() + 1}

    def encrypt(self, text: str) -> str:
        """With a key of its own: neither the database nor a backup of it holds what makes the codes."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Never the last one: it would be asked for anew at once."""
        return factors.owned_by(authenticator.user).exclude(pk=authenticator.pk).exists()


def _keys() -> MultiFernet:
    """The first encrypts, all decrypt."""
    keys = [settings.FACTOR_KEY, *settings.FACTOR_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())) for key in keys])
