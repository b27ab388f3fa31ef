from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from clinic.staff.roles import ROLES


class Command(BaseCommand):
    help = "Makes each role a group with exactly its permissions. As often as you like; who belongs to it stays."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        for role in ROLES:
            names = Permission.objects.annotate(
                full_name=Concat(F("content_type__app_label"), Value("."), F("codename"))
            )
            wanted = names.filter(full_name__in=role.permissions)
            if missing := role.permissions - set(wanted.values_list("full_name", flat=True)):
                raise CommandError(f"{role.name}: no such permission: {', '.join(sorted(missing))}. Migrate first?")
            group, _created = Group.objects.get_or_create(name=role.name)
            group.permissions.set(wanted)
            if options["verbosity"]:
                self.stdout.write(f"{role.name}: {len(role.permissions)} permissions")
