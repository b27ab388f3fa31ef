from collections.abc import Iterator

import pytest
import time_machine

from booking.models import VisitType
from tests.booking.factories import NOW, make_clinician, make_visit_type


@pytest.fixture
def monday() -> Iterator[None]:
    """It is Monday, November 30, 2026, 8:00 in Los Angeles."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def first_visit(db: None, monday: None) -> VisitType:
    make_clinician()
    return make_visit_type()
