import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from clinic.staff import factors
from tests.booking.factories import make_staff


@pytest.fixture(autouse=True)
def nothing_counted(db: None) -> None:
    """Which codes were used, and how often what was tried."""
    cache.clear()


@pytest.fixture
def sam(db: None) -> User:
    """Sam Lee: staff, with an authenticator app and recovery codes."""
    user = make_staff()
    factors.renew(user)
    return user


@pytest.fixture
def newcomer(db: None) -> User:
    """Has a password and no second factor yet."""
    return make_staff("kim", "Kim", "Roe")
