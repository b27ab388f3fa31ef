"""Where allauth counts and notes used codes: a table, which holds across processes, with nothing readable in it."""

from clinic import throttle


def key(name: str, prefix: str, version: int) -> str:
    return throttle.hashed(f"cache {version}", f"{prefix}:{name}")
