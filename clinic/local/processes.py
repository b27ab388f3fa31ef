"""Child processes, started so that none outlives us, and stopped for certain."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinic.local.errors import LocalError

PR_SET_PDEATHSIG = 1
PATIENCE = 10.0  # seconds a process gets to stop by itself


@dataclass(frozen=True)
class Account:
    """Whom a process runs as, when we are root and it must not be."""

    uid: int
    gid: int

    @classmethod
    def unprivileged(cls) -> "Account":
        try:
            user = pwd.getpwnam("nobody")
        except KeyError:
            raise LocalError("Postgres refuses to run as root, and there is no user `nobody`.") from None
        return cls(user.pw_uid, user.pw_gid)


@dataclass(frozen=True, kw_only=True)
class Service:
    """What to run, and how to stop it."""

    name: str
    command: Sequence[str]
    log: Path
    cwd: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    restart_after: float = 1.0  # seconds, doubled at each failure in a row
    account: Account | None = None


def spawn(service: Service) -> subprocess.Popen[bytes]:
    """The service's process, in a session of its own: Ctrl-C at the terminal reaches only us."""
    service.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    account = service.account
    with service.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 -- our own commands, no shell
            service.command,
            cwd=service.cwd,
            env=service.env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            preexec_fn=ends_with_us(service.stop_signal),  # noqa: PLW1509 -- we have one thread
        )


def ends_with_us(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """For Linux: has the kernel send the child this signal when we die, however we die."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def prepare() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal))
        if os.getppid() != parent:  # we died before the call above
            os._exit(1)

    return prepare


def stop(services: Iterable[tuple[Service, subprocess.Popen[bytes]]], patience: float = PATIENCE) -> None:
    """Ask all of them at once, wait, then kill what is left, children included."""
    pairs = list(services)
    for service, process in pairs:
        if process.poll() is None:
            process.send_signal(service.stop_signal)
    deadline = time.monotonic() + patience
    for _service, process in pairs:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        kill_group(process)
        process.wait()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends what is left of the process and its children: they share a group, which has its number."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def birth(pid: int) -> str:
    """When this process began, or "" if it is gone: its number alone may be another's by now."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def remember(folder: Path, service: Service, pid: int) -> None:
    (folder / f"{service.name}.pid").write_text(f"{pid} {birth(pid)} {int(service.stop_signal)}\n")


def forget(folder: Path, service: Service) -> None:
    (folder / f"{service.name}.pid").unlink(missing_ok=True)


def stop_leftovers(folder: Path) -> list[str]:
    """Stops what an earlier run of ours left running, and names it."""
    stopped = []
    for file in sorted(folder.glob("*.pid")):
        match file.read_text().split():
            case [pid, began, stop_signal] if began == birth(int(pid)):
                end(int(pid), signal.Signals(int(stop_signal)))
                stopped.append(file.stem)
        file.unlink()
    return stopped


def end(pid: int, stop_signal: signal.Signals, patience: float = PATIENCE) -> None:
    """Stops a process that is not our child."""
    began = birth(pid)
    for sent, seconds in ((stop_signal, patience), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        while began and birth(pid) == began and time.monotonic() < deadline:
            time.sleep(0.05)


def tail(log: Path, lines: int = 12) -> str:
    """The end of a log, indented, to show under an error."""
    with contextlib.suppress(OSError):
        text = log.read_text(errors="replace").splitlines()[-lines:]
        return "".join(f"\n    {line}" for line in text)
    return ""
