"""The texts as they lie in content/pages, in the database of a test."""

from copy import copy
from io import StringIO

from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.db.models import Model

_rows: list[Model] = []  # what the command wrote the first time: reading and rendering it takes a second


def load() -> None:
    models = list(apps.get_app_config("content").get_models())
    if not _rows:
        call_command("load_content", stdout=StringIO())
        _rows.extend(row for model in models for row in model._base_manager.all())
        return
    with transaction.atomic():  # who refers to whom is checked at its end
        for model in models:
            model._base_manager.bulk_create(copy(row) for row in _rows if type(row) is model)
