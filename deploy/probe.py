"""Asks the site how it is, from inside its network, with nothing but Python.

    python3 deploy/probe.py /healthz         prints the answer; fails unless it is 200
    python3 deploy/probe.py tasks            for the worker and the scheduler: is mail being gone through?

Docker marks a sick container and leaves it running. A worker that has silently stopped taking tasks would stay so for
ever; so `tasks` asks the first process of its container to end when the last heartbeat is long past, and the restart
policy brings it back. It does so only where that process is Celery: run anywhere else, it touches nothing.
"""
# ruff: noqa: INP001  a program, imported by nobody but its test

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

TOO_OLD = 300  # seconds without a heartbeat; /queuez complains after 180
TIMEOUT = 4  # seconds


def ask(path: str, *, base: str) -> tuple[int, str]:
    """Status and text. The site answers to its own name only, so the request carries it."""
    name = urlsplit(os.environ["SITE_URL"]).hostname or ""
    request = Request(base + path, headers={"Host": name})  # noqa: S310  our own address
    try:
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            return response.status, response.read().decode()
    except HTTPError as answer:
        return answer.code, answer.read().decode(errors="replace")
    except (URLError, OSError) as problem:
        return 0, f"no answer: {problem}\n"


def is_stalled(status: int, body: str, *, uptime: float) -> bool:
    """Whether tasks have stopped. A site or database that is away says nothing about the tasks."""
    try:
        state = json.loads(body) if status in (200, 503) else {}
    except ValueError:
        state = {}
    if "heartbeat_age_seconds" not in state or uptime < TOO_OLD:
        return False
    age = state["heartbeat_age_seconds"]
    return age is None or age > TOO_OLD


def celery_uptime(first: Path = Path("/proc/1")) -> float | None:
    """Seconds since Celery began as the first process here; None where the first process is something else."""
    if b"celery" not in first.joinpath("cmdline").read_bytes():
        return None
    fields = first.joinpath("stat").read_text().rpartition(")")[2].split()
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # the 22nd field of the file, since the machine's start
    return float(Path("/proc/uptime").read_text().split()[0]) - started


def tasks(status: int, body: str, *, uptime: float | None, end: Callable[[], None]) -> int:
    """The exit status for the worker and the scheduler."""
    if uptime is not None and is_stalled(status, body, uptime=uptime):
        print("no heartbeat: asking this container to end, to be started afresh")  # noqa: T201
        end()
        return 1
    return 0 if status in (200, 503) else 1


def main(what: str) -> int:
    if what == "tasks":
        status, body = ask("/queuez", base=os.environ.get("WEB_URL", "http://web:8000"))
        print(body, end="")  # noqa: T201
        return tasks(status, body, uptime=celery_uptime(), end=lambda: os.kill(1, signal.SIGTERM))
    status, body = ask(what, base=os.environ.get("WEB_URL", "http://127.0.0.1:8000"))
    print(body, end="")  # noqa: T201
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
