"""Real processes against the test database. Everything that is started here is stopped here, by its number."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.faults.mailbox import Mailbox
from tests.faults.parts import Parts, Site, database_url


@pytest.fixture(scope="session")
def running_site(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """gunicorn, once for all tests: it keeps nothing between requests."""
    with Parts(tmp_path_factory.mktemp("site")) as parts:
        site = Site(parts, database_url())
        site.start_web()
        yield site


@pytest.fixture
def site(running_site: Site, transactional_db: None, settings: Settings) -> Iterator[Site]:
    """The site with an empty database. What else a test starts is stopped before the database is emptied."""
    settings.SITE_URL = running_site.url
    settings.BOOKING_LIMIT_PER_NETWORK = settings.UNSEEN_MAIL_PER_ADDRESS = 100_000
    yield running_site
    for name in [name for name in running_site.parts.running if name != "web"]:
        running_site.parts.stop(name)


@pytest.fixture
def redis(site: Site) -> None:
    site.start_redis()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server


@pytest.fixture
def own_parts(tmp_path: Path) -> Iterator[Parts]:
    with Parts(tmp_path / "own") as parts:
        yield parts
