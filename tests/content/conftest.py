from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command

from content.models import Page


@pytest.fixture(autouse=True)
def _plain_static_files(settings: LazySettings, tmp_path: Path) -> None:
    """No test here is about file names with hashes, which need `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def loaded(db: None) -> None:
    """The texts as they lie in content/pages."""
    call_command("load_content", stdout=StringIO())


MakePage = Callable[..., Page]


@pytest.fixture
def make_page(db: None) -> MakePage:
    def make(path: str = "office", **fields: object) -> Page:
        given = {"kind": Page.Kind.PLACE, "title": "T", "h1": "H", "summary": "S", "body": "Text.", **fields}
        page = Page(path=path, **given)
        page.full_clean()
        page.save()
        return page

    return make
