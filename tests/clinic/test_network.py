from typing import Any

import pytest
from django.test import RequestFactory

from clinic import network


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "found"),
    [
        (0, "192.0.2.7", "203.0.113.9", "192.0.2.7"),
        (1, "10.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "10.0.0.1", "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "10.0.0.1", "", "unknown"),
        (1, "10.0.0.1", "<script>", "unknown"),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
    ],
)
def test_the_address_is_the_one_that_the_last_trusted_proxy_saw(
    settings: Any, proxies: int, remote: str, forwarded: str, found: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"X-Forwarded-For": forwarded})

    assert network.of(request) == found


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("1.1.1.1", "1.1.1.1"),
        ("2606:4700::1", "2606:4700::/64"),
        ("::ffff:1.1.1.1", "1.1.1.1"),
        ("127.0.0.1", None),
        ("10.1.2.3", None),
        ("::1", None),
        ("", None),
    ],
)
def test_only_visitors_from_the_internet_are_counted(remote: str, found: str | None) -> None:
    assert network.outside(RequestFactory().get("/", REMOTE_ADDR=remote)) == found
