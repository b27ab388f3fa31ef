from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings

from content.models import Material, Page
from tests import texts


@pytest.fixture(autouse=True)
def _plain_static_files(settings: LazySettings, tmp_path: Path) -> None:
    """No test here is about file names with hashes, which need `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def loaded(db: None) -> None:
    texts.load()


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
