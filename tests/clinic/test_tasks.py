from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from clinic import throttle
from clinic.models import Throttle
from clinic.tasks import clear_out


@pytest.mark.django_db
def test_what_is_over_is_deleted() -> None:
    now = timezone.now()
    throttle.count("old", window=timedelta(days=1), now=now - timedelta(days=4))
    throttle.count("new", window=timedelta(days=1), now=now)
    for key, days in (("a" * 32, -1), ("b" * 32, 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now + timedelta(days=days))

    clear_out()

    assert [row.key for row in Throttle.objects.all()] == ["new"]
    assert [row.session_key for row in Session.objects.all()] == ["b" * 32]
