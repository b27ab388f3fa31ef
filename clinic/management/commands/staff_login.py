import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

NAME = "frontdesk"


class Command(BaseCommand):
    help = "Gives the local site's staff user a new password and prints it."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError(_("This is for a local site only. Create named users in the admin."))
        password = secrets.token_urlsafe(12)
        reset(password)
        self.stdout.write(
            f"Staff sign-in: {settings.SITE_URL}/admin/  user: {NAME}  password: {password} (new at each start)"
        )


def reset(password: str) -> None:
    """The user with that password. Sessions hold a hash of the old one and so end at once."""
    user, _created = User.objects.get_or_create(username=NAME, defaults={"first_name": "Front", "last_name": "Desk"})
    user.is_active = user.is_staff = user.is_superuser = True
    user.set_password(password)
    user.save()
