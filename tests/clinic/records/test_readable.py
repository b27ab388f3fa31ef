from typing import Any

import pytest

from clinic.records.readable import readable


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-12-02T18:00:00+00:00", "Wednesday, December 2, 2026, 10:00 AM Pacific time"),
        ("2026-07-01T18:00:00.123456+00:00", "Wednesday, July 1, 2026, 11:00 AM Pacific time"),
        ("2026-12-02", "Wednesday, December 2, 2026"),
        ("+13105550123", "(310) 555-0123"),
        ("+4930123456", "+49 30 123456"),
        ("2026-13-99", "2026-13-99"),
        ("+00000000", "+00000000"),
        ("56QG-79TR", "56QG-79TR"),
        (True, "yes"),
        (False, "no"),
        (None, "–"),
        (3, "3"),
        (["a", True], "a, yes"),
        ({"name": "Ana", "since": "2026-12-02"}, "name: Ana; since: Wednesday, December 2, 2026"),
    ],
)
def test_a_value_as_people_read_it(value: Any, read: str) -> None:
    assert " ".join(readable(value).split()) == read  # some of its spaces do not break
