"""The second factor: whether this session has proved one, who has one, and taking it away."""

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

PRIMARY = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes come with one of these


def proved(request: HttpRequest) -> bool:
    """Whether this very session has. That its user owns a factor is not enough: the session may be older than that."""
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))


def note_proof(request: HttpRequest, user: User) -> None:
    """For a session in which a factor has just been shown to work."""
    record_authentication(request, user, method="mfa", reauthenticated=True)


def owned_by(user: User) -> QuerySet[Authenticator]:
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk, type__in=PRIMARY)
    return found


def staff_without() -> QuerySet[User]:
    factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=PRIMARY)
    return User.objects.filter(~Exists(factor), is_active=True, is_staff=True).order_by("username")


def end_sessions(user: User, *, but: str | None = None) -> None:
    """All of this user's, or all but the one with that key."""
    for session in UserSession.objects.filter(user=user).exclude(session_key=but or ""):
        session.end()


@transaction.atomic
def forget(user: User) -> None:
    Authenticator.objects.filter(user_id=user.pk).delete()
    end_sessions(user)


@transaction.atomic
def renew(user: User) -> tuple[str, list[str]]:
    """A new authenticator app's key and new recovery codes, in place of all that were. For the local site."""
    forget(user)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret, list(RecoveryCodes.activate(user).get_unused_codes())
