from datetime import timedelta

import pytest

from clinic import throttle
from clinic.models import Throttle
from tests.booking.factories import NOW

HOUR = timedelta(hours=1)


def test_a_key_does_not_show_what_it_stands_for() -> None:
    key = throttle.hashed("book-address", "Ana@Example.test ")

    assert len(key) == 64
    assert key == throttle.hashed("book-address", "ana@example.test")
    assert key != throttle.hashed("book-network", "ana@example.test")


@pytest.mark.django_db
def test_counts_by_window() -> None:
    counts = [throttle.count("k", window=HOUR, now=NOW + timedelta(minutes=20 * n)) for n in range(4)]

    assert counts == [1, 2, 3, 1]
    assert Throttle.objects.count() == 2
