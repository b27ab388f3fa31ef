"""That the bench still runs; what it measures is no test's business."""

import pytest

from tests.bench.fill import fill
from tests.bench.pages import floors, pages

pytestmark = pytest.mark.django_db


def test_each_page_answers() -> None:
    user = fill(visits=400, patients=250)

    for page in {**floors(), **pages(user)}.values():
        page()
