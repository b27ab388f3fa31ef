"""The parts a site needs, each started in its place under a folder, with the address it then has."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from clinic.local import mail, postgres, redis
from clinic.local.errors import LocalError
from clinic.local.install import BASE, say, space_problem
from clinic.local.ports import answers, free_port
from clinic.local.processes import Service
from clinic.local.supervisor import Supervisor

ROOT = Path(BASE)


@dataclass(frozen=True)
class Folder:
    """Where services keep their things: `var` for the site, one below it for each run of the tests."""

    path: Path
    throwaway: bool = False

    @property
    def postgres(self) -> Path:
        return self.path / "postgres"

    def log(self, name: str) -> Path:
        return self.path / "log" / f"{name}.log"


def start_postgres(supervisor: Supervisor, folder: Folder, password: str) -> str:
    """Its address. An empty database if the folder holds none yet."""
    cluster = postgres.place(folder.postgres)
    if problem := space_problem(str(cluster.home)):
        raise LocalError(problem)
    if not folder.throwaway and cluster.account:
        say(f"Postgres will not run as root: it runs as `nobody`, with its data in {cluster.home}")
    if not cluster.data.exists():
        postgres.create(cluster, password, throwaway=folder.throwaway)
    postgres.clear_stale(cluster)
    port, log = free_port(), folder.log("postgres")
    url = f"postgres://{postgres.NAME}:{password}@127.0.0.1:{port}/{postgres.NAME}"
    supervisor.start(postgres.service(cluster, port, log, throwaway=folder.throwaway))
    postgres.wait_until_ready(url, log, lambda: supervisor.is_alive("postgres"), supervisor.pause)
    return url


def start_redis(supervisor: Supervisor, folder: Folder, password: str) -> str:
    port, log = free_port(), folder.log("redis")
    supervisor.start(redis.service(folder.path / "redis", port, password, log))
    redis.wait_until_ready(port, password, log, lambda: supervisor.is_alive("redis"), supervisor.pause)
    return f"redis://:{password}@127.0.0.1:{port}/0"


def start_mail(supervisor: Supervisor, folder: Folder) -> str:
    port = free_port()
    letters = folder.path / "mail"
    command = [sys.executable, "-m", mail.__name__, "--port", str(port), "--folder", str(letters)]
    supervisor.start(Service(name="mail", command=command, log=folder.log("mail"), cwd=ROOT))
    for _ in range(200):
        if answers(port):
            return f"smtp://127.0.0.1:{port}"
        if not supervisor.is_alive("mail"):
            break
        supervisor.pause(0.05)
    raise LocalError(f"The mail server did not start. Its log: {folder.log('mail')}")


def remove(folder: Folder) -> None:
    """Everything the services kept, also where Postgres keeps it outside the folder."""
    postgres.forget_outside(folder.postgres)
    shutil.rmtree(folder.path, ignore_errors=True)
