"""What an authenticator app shows, by RFC 6238, and what stands on the paper with the recovery codes."""

import base64
import hashlib
import hmac
import struct
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User


def shown_by_app(secret: str, *, steps: int = 0) -> str:
    counter = struct.pack(">Q", int(time.time()) // 30 + steps)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def app_code(user: User, *, steps: int = 0) -> str:
    return shown_by_app(decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"]), steps=steps)


def paper_codes(user: User) -> list[str]:
    codes: list[str] = Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes()
    return codes
