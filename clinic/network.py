"""Whose network a request comes from, for limits. Never stored as it is."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def of(request: HttpRequest) -> str:
    """The visitor's address (IPv6: its /64)."""
    found = address(request)
    return _network(found) if found else "unknown"


def outside(request: HttpRequest) -> str | None:
    """The same for a visitor from the Internet; None from this machine or a private network.

    A proxy that is not counted in TRUSTED_PROXY_COUNT makes every visitor look like one private address: a limit on
    that would lock all of them out.
    """
    found = address(request)
    return _network(found) if found and found.is_global else None


def _network(address: Address) -> str:
    if address.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return str(address)


def address(request: HttpRequest) -> Address | None:
    """As the last trusted proxy saw it: so many hops from the right, where the visitor can't write."""
    seen = request.META.get("REMOTE_ADDR", "")
    hops = settings.TRUSTED_PROXY_COUNT
    if hops:
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
        if len(forwarded) >= hops:
            seen = forwarded[-hops]
    try:
        found = ipaddress.ip_address(seen)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found  # ::ffff:192.0.2.1 is 192.0.2.1
