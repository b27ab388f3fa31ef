from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import ngettext

from booking import holidays, when


class Command(BaseCommand):
    help = "Proposes the public holidays of this and the next two years. Staff decide on each; what is there stays."

    def handle(self, *args: Any, **options: Any) -> None:
        count = holidays.propose(today=when.local(timezone.now()).date())
        told = ngettext("%(count)s holiday is new.", "%(count)s holidays are new.", count)
        self.stdout.write(told % {"count": count})
