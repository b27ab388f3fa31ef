from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client

from clinic import practice
from clinic.records.models.append_only import MAY_EMPTY


@pytest.fixture(autouse=True)
def fresh_practice() -> Iterator[None]:
    """The process keeps the practice's facts for a second; a test starts without."""
    practice.forget()
    yield
    practice.forget()


@pytest.fixture
def mail_to_memory(settings: Any) -> None:
    """Messages end in django.core.mail.outbox; journeys and fault tests use a real server instead."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.register_profile("clinic", deadline=None)  # how long something takes is no test's business
    hypothesis.settings.load_profile("clinic")
    settings.MESSAGE_GRACE = timedelta()  # tests that are about the wait set one
    # Tests that commit empty the tables afterwards, those of the records too.
    settings.DATABASES["default"]["OPTIONS"]["options"] += f" -c {MAY_EMPTY}=on"
    # Hashing is not what most tests are about, nor is the second factor.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    from tests.signing_in import with_second_factor  # noqa: PLC0415  needs the apps to be ready

    Client._login = with_second_factor  # type: ignore[attr-defined]
    DatabaseOperations.sql_flush = _emptying_rows_of_data  # type: ignore[method-assign]


# Made from the code at each migration. A process remembers the numbers of these rows, and may: on a real site nothing
# takes them out. Emptied and made anew under the site that runs for a test, they would be others.
MADE_FROM_CODE = {"django_content_type", "auth_permission"}
_sql_flush = DatabaseOperations.sql_flush


def _emptying_rows_of_data(self: Any, style: Any, tables: Any, **options: Any) -> list[str]:
    return _sql_flush(self, style, [table for table in tables if table not in MADE_FROM_CODE], **options)


def _empties_the_database(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    marked = bool(marker and marker.kwargs.get("transaction"))
    return marked or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What empties the tables comes last: it takes along what the migrations have put in, which other tests rest on.

    pytest-django would do so, but a browser for the whole session makes pytest draw its tests together, to the front.
    """
    items.sort(key=_empties_the_database)
