from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import hypothesis
import pytest
from django.conf import settings

from clinic import practice


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
    # Hashing is not what most tests are about.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
