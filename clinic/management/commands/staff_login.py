import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.staff import factors
from clinic.staff.checks import DEMO


class Command(BaseCommand):
    help = "Gives the local site's staff user a new password and a new second factor, and prints both."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError(_("This is for a local site only. Create named users in the admin."))
        password = secrets.token_urlsafe(12)
        secret, codes = reset(password)
        self.stdout.write(
            f"Staff sign-in: {settings.SITE_URL}/admin/  user: {DEMO}  password: {password} (new at each start)\n"
            f"  then one of these codes, each works once: {' '.join(codes)}\n"
            f"  or an authenticator app with the key {secret}"
        )


@transaction.atomic
def reset(password: str) -> tuple[str, list[str]]:
    """The user with that password; the key of an app, and codes. Sessions that were open end."""
    user, _created = User.objects.get_or_create(username=DEMO, defaults={"first_name": "Front", "last_name": "Desk"})
    user.is_active = user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()
    return factors.renew(user)
