from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.records import removal

AN_HOUR = 3600.0


class Command(BaseCommand):
    help = "Removes what is over its time. The policy stands in clinic/retention.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only says what is due")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        counted = removal.count_due(now=now) if dry_run else removal.remove_due(now=now, long_enough=AN_HOUR)
        for what, count in counted.items():
            self.stdout.write(f"{count} {what.label}")
        if not counted:
            self.stdout.write(_("Nothing is due."))
