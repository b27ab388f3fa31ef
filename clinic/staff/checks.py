"""What `check --deploy` says of who may sign in."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.contrib.auth.models import User
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import Error as DatabaseError

from clinic.staff import factors
from clinic.staff.roles import ROLES

DEMO = "frontdesk"  # the user of the local site


@register(Tags.security, deploy=True)
def who_may_sign_in(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        without = [user.get_username() for user in factors.staff_without()]
        staff = User.objects.filter(is_active=True, is_staff=True)
        idle = staff.filter(is_superuser=False).exclude(groups__name__in=[role.name for role in ROLES])
        roleless = [user.get_username() for user in idle.order_by("username")]
        has_demo = not settings.LOCAL and staff.filter(username=DEMO).exists()
    except DatabaseError:
        return [Info("Who may sign in was not looked at: the database can't be reached.", id="staff.I001")]
    found: list[CheckMessage] = []
    if without:
        text = f"Without a second factor until they next sign in: {', '.join(without)}."
        found.append(Warning(text, hint="Have them sign in now, or take “staff status” away.", id="staff.W001"))
    if roleless:
        found.append(Warning(f"Staff without a role, who see nothing: {', '.join(roleless)}.", id="staff.W002"))
    if has_demo:
        text = f"The local site's user “{DEMO}” may sign in here. Nobody shares a sign-in: deactivate it."
        found.append(Error(text, id="staff.E001"))
    return found


@register(Tags.security, deploy=True)
def factor_key_differs(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.FACTOR_KEY not in (settings.SECRET_KEY, settings.LINK_KEY):
        return []
    return [
        Warning("FACTOR_KEY is the same as another key: give the second factors one of their own.", id="staff.W003")
    ]
