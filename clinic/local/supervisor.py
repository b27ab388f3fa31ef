"""Starts services, watches them, brings back the ones that die, and stops them all in order."""

import errno
import fcntl
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from clinic.local import processes
from clinic.local.errors import LocalError, StopAskedError
from clinic.local.install import say
from clinic.local.processes import Service

LONGEST_PAUSE = 30.0  # seconds before a service that keeps dying is started again
SETTLED = 60.0  # seconds after which a service is no longer thought to keep dying
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def lock(file: Path, taken: str) -> IO[str]:
    """Held until the returned file is closed, or we die. The services do not inherit it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = file.open("a")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        raise LocalError(taken) from None
    return held


@dataclass
class Running:
    service: Service
    process: subprocess.Popen[bytes] | None
    since: float
    failures: int = 0
    again_at: float = 0.0  # when to start it, if it has died


class Supervisor:
    """Used as a context: leaving it stops everything, last started first."""

    def __init__(self, folder: Path) -> None:
        self.notes = folder / "run"
        self.running: dict[str, Running] = {}
        self.groups: list[list[str]] = [[]]
        self.stop_asked = 0  # the signal that asked
        self.make = MakeWatch()

    def __enter__(self) -> "Supervisor":
        self.handlers = {wanted: signal.signal(wanted, self._on_signal) for wanted in SIGNALS}
        self.notes.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in processes.stop_leftovers(self.notes):
            say(f"Stopped {name}, left over from an earlier run")
        return self

    def __exit__(self, *_: object) -> None:
        """In groups: those that use the others go first, at once."""
        for group in reversed(self.groups):
            alive = [self.running.pop(name) for name in reversed(group) if name in self.running]
            processes.stop([(one.service, one.process) for one in alive if one.process])
            for one in alive:
                processes.forget(self.notes, one.service)
        for wanted, handler in self.handlers.items():
            signal.signal(wanted, handler)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self.stop_asked = number  # acted on in `pause`, never in the middle of a start

    def pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while True:
            if self.stop_asked or self.make.was_interrupted():
                raise StopAskedError
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.2))

    def next_group(self) -> None:
        """What is started from here on is stopped before what was started up to here."""
        self.groups.append([])

    def start(self, service: Service) -> None:
        process = processes.spawn(service)
        self.running[service.name] = Running(service, process, time.monotonic())
        self.groups[-1].append(service.name)
        processes.remember(self.notes, service, process.pid)

    def is_alive(self, name: str) -> bool:
        process = self.running[name].process
        return process is not None and process.poll() is None

    def do(self, command: Service, *, title: str) -> None:
        """Runs one command to its end; its output goes to its log, shown when it fails."""
        process = processes.spawn(command)
        try:
            while process.poll() is None:
                self.pause(0.05)
        finally:
            processes.stop([(command, process)])
        if process.returncode:
            end = processes.tail(command.log)
            raise LocalError(f"{title} failed. The end of {command.log}:{end}")

    def watch(self) -> None:
        """Until we are asked to stop."""
        while True:
            self.pause(0.5)
            for one in self.running.values():
                self.look_after(one, time.monotonic())

    def look_after(self, one: Running, now: float) -> None:
        name = one.service.name
        if one.process and one.process.poll() is not None:
            processes.kill_group(one.process)
            ended, one.process = ending(one.process.returncode), None
            one.failures = 1 if now - one.since > SETTLED else one.failures + 1
            wait = min(one.service.restart_after * 2 ** (one.failures - 1), LONGEST_PAUSE)
            one.again_at = now + wait
            say(f"{name} {ended}. It is started again in {wait:.0f} s; its log: {one.service.log}")
        elif one.process is None and now >= one.again_at:
            try:
                one.process, one.since = processes.spawn(one.service), now
                processes.remember(self.notes, one.service, one.process.pid)
            except OSError as error:  # a full disk, too many processes: it may pass
                one.again_at = now + LONGEST_PAUSE
                say(f"{name} cannot start ({error.strerror}). It is tried again in {LONGEST_PAUSE:.0f} s")


def ending(code: int) -> str:
    return f"was stopped by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


class MakeWatch:
    """Whether the `make` above us was told to stop, which it tells us only of SIGTERM.

    On SIGINT or SIGHUP sent to it alone, make gives up its signal handlers and waits for us, for ever. That
    it has given them up is there to see.
    """

    def __init__(self) -> None:
        self.parent = os.getppid()
        self.handled = self._handled() if self._is_make() else 0

    def was_interrupted(self) -> bool:
        return bool(self.handled) and (os.getppid() != self.parent or bool(self.handled & ~self._handled()))

    def _is_make(self) -> bool:
        try:
            return Path(f"/proc/{self.parent}/comm").read_text().strip() in {"make", "gmake"}
        except OSError:
            return False

    def _handled(self) -> int:
        """Which of the two signals make handles, as bits."""
        try:
            status = Path(f"/proc/{self.parent}/status").read_text()
        except OSError:
            return 0
        bits = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
        return int(bits, 16) & (1 << signal.SIGINT - 1 | 1 << signal.SIGHUP - 1)


def explain(error: OSError) -> str:
    """One line for an error of the machine's."""
    if error.errno == errno.ENOSPC:
        return "The disk is full: make room and start again."
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
