from collections.abc import Callable
from copy import copy
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.core.management import call_command
from django.db.models import Model

from content.models import Material, Page


@pytest.fixture(autouse=True)
def _plain_static_files(settings: LazySettings, tmp_path: Path) -> None:
    """No test here is about file names with hashes, which need `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.STATIC_ROOT = tmp_path


_rows: list[Model] = []  # what the command wrote the first time: reading and rendering it takes a second


@pytest.fixture
def loaded(db: None) -> None:
    """The texts as they lie in content/pages."""
    models = list(apps.get_app_config("content").get_models())
    if not _rows:
        call_command("load_content", stdout=StringIO())
        _rows.extend(row for model in models for row in model._base_manager.all())
        return
    for model in models:
        model._base_manager.bulk_create(copy(row) for row in _rows if type(row) is model)


MakePage = Callable[..., Page]


@pytest.fixture
def make_page(db: None) -> MakePage:
    def make(path: str = "office", **fields: object) -> Page:
        given = {"kind": Page.Kind.PLACE, "title": "T", "h1": "H", "summary": "S", "body": "Text.", **fields}
        page = Page(path=path, **given)
        page.full_clean()
        page.render(Material.read())
        page.save()
        return page

    return make
