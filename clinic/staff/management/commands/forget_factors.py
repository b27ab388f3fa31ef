from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from clinic.staff import factors


class Command(BaseCommand):
    help = "Takes the second factor from somebody who has lost it, and ends their sessions. They add a new one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist as error:
            raise CommandError("There is no such user.") from error
        factors.forget(user)
        self.stdout.write("Forgotten, and signed out everywhere. At the next sign-in a new second factor is asked for.")
