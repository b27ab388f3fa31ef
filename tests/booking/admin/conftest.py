import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client

from booking.models import Appointment
from clinic import practice
from tests.booking.factories import NOW, make_appointment, make_staff

SEEN = ["appointment", "patient", "message", "hold", "resource", "visittype", "weeklyhours"]


@pytest.fixture(autouse=True)
def facts_stay_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read once a second, by a clock that can't stand still: on a slow machine a page more than expected."""
    monkeypatch.setattr(practice, "MAX_AGE", math.inf)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """Monday, November 30, 8:00 AM at the clinic, and it stands still."""
    # Tests move on by days; who is signed in stays so.
    settings.STAFF_IDLE = settings.STAFF_DAY = timedelta(days=30)
    settings.SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def request_of_ana(db: None, clock: time_machine.Traveller) -> Appointment:
    return make_appointment()


def grant(user: User, *codenames: str) -> None:
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def sam(db: None) -> User:
    """Sam Lee may see everything of booking and answer requests."""
    user = make_staff()
    grant(user, *(f"view_{name}" for name in SEEN), "change_appointment", "change_message")
    return user


@pytest.fixture
def desk(sam: User) -> Client:
    return signed_in(sam)


@pytest.fixture
def reader(db: None) -> Client:
    """Staff who may see and not act."""
    user = make_staff("kim", "Kim", "Roe")
    grant(user, *(f"view_{name}" for name in SEEN))
    return signed_in(user)


@pytest.fixture
def outsider(db: None) -> Client:
    """Staff with no permission at all."""
    return signed_in(make_staff("lou", "Lou", "Fox"))


@pytest.fixture
def chief(db: None) -> Client:
    return signed_in(User.objects.create_superuser("chief", password="correct horse battery"))
