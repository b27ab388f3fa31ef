"""The site as real processes against the test database, each of which a test may stop, kill and start again."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings

from booking import outbox
from clinic.celery import app
from clinic.local import postgres, processes, redis
from clinic.local.ports import free_port
from clinic.local.processes import Service
from clinic.local.services import ROOT
from tests.faults.mailbox import wait_until
from tests.faults.visitor import Visitor

NO_LIMIT = {
    "BOOKING_LIMIT_PER_NETWORK": "100000",
    "UNSEEN_MAIL_PER_ADDRESS": "100000",
    "MESSAGE_GRACE_SECONDS": "0",
}
PASSWORD = "only-for-this-test"


@dataclass
class Parts:
    """Processes by name; leaving the context stops them all, last started first."""

    folder: Path
    running: dict[str, tuple[Service, subprocess.Popen[bytes]]] = field(default_factory=dict)

    def __enter__(self) -> "Parts":
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.stop(name)

    def start(self, service: Service) -> subprocess.Popen[bytes]:
        process = processes.spawn(service)
        self.running[service.name] = (service, process)
        return process

    def start_python(self, name: str, *arguments: str, env: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", *arguments]
        return self.start(Service(name=name, command=command, log=self.log(name), cwd=ROOT, env=env))

    def stop(self, name: str) -> None:
        processes.stop([self.running.pop(name)])

    def kill(self, name: str) -> None:
        """SIGKILL to it and its children: nothing can be tidied up."""
        _, process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def replace(self, name: str) -> None:
        """Asks it to end, as a new release does, and waits until it has."""
        _, process = self.running[name]
        process.terminate()
        process.wait(20)
        self.stop(name)

    def is_alive(self, name: str) -> bool:
        return name in self.running and self.running[name][1].poll() is None

    def log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"

    def tail(self, name: str) -> str:
        return processes.tail(self.log(name), 30)


def database_url() -> str:
    """The test database, for other processes."""
    of = settings.DATABASES["default"]
    return f"postgres://{of['USER']}:{quote(of['PASSWORD'])}@{of['HOST']}:{of['PORT']}/{of['NAME']}"


@dataclass(frozen=True)
class Site:
    """Where the parts of one site are, whether they run or not."""

    parts: Parts
    database: str
    web_port: int = field(default_factory=free_port)
    redis_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def redis_url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.redis_port}/0"

    def env(self, mail_port: int = 1) -> dict[str, str]:
        own = {"DATABASE_URL": self.database, "REDIS_URL": self.redis_url, "SITE_URL": self.url}
        return {**os.environ, **own, **NO_LIMIT, "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}"}

    def visitor(self) -> Visitor:
        return Visitor(self.web_port)

    def start_web(self) -> None:
        """gunicorn as `make run` starts it."""
        options = ["--bind", f"127.0.0.1:{self.web_port}", "--worker-class", "gthread", "--workers", "2"]
        options += ["--threads", "16", "--timeout", "30", "--graceful-timeout", "5", "--no-control-socket"]
        self.parts.start_python("web", "gunicorn", "clinic.wsgi:application", *options, env=self.env())
        wait_until(self._is_up, 60, f"gunicorn answers; its log: {self.parts.log('web')}")

    def _is_up(self) -> bool:
        assert self.parts.is_alive("web"), self.parts.tail("web")
        with suppress(OSError):
            return self.visitor().get("/healthz").status == 200
        return False

    def start_redis(self) -> None:
        log = self.parts.log("redis")
        self.parts.start(redis.service(self.parts.folder / "redis", self.redis_port, PASSWORD, log))
        redis.wait_until_ready(self.redis_port, PASSWORD, log, lambda: self.parts.is_alive("redis"), time.sleep)

    def start_worker(self, mail_port: int, *options: str, name: str = "worker") -> None:
        command = ["celery", "-A", "clinic.celery", "worker", "--concurrency", "1", "-l", "INFO", "-n", f"{name}@test"]
        command += ["--without-gossip", "--without-mingle", *options]
        log = self.parts.log(name)
        log.unlink(missing_ok=True)  # an earlier test's
        self.parts.start_python(name, *command, env=self.env(mail_port))
        wait_until(lambda: "ready." in log.read_text(), 60, f"{name} is ready; its log: {log}")

    def start_beat(self, name: str = "beat") -> None:
        schedule = str(self.parts.folder / name)
        self.parts.start_python(
            name, "celery", "-A", "clinic.celery", "beat", "-l", "INFO", "--schedule", schedule, env=self.env()
        )

    def nudge(self, **limits: Any) -> None:
        """What the site sends after a commit, to this site's Redis; with other time limits than the usual."""
        with app.connection_for_write(self.redis_url, connect_timeout=5) as connection:
            app.send_task(outbox.TASK, connection=connection, retry=False, expires=25, **limits)


@contextmanager
def black_hole(port: int) -> Iterator[None]:
    """Takes connections, reads nothing and answers nothing."""
    held: list[socket.socket] = []
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen(50)
        server.settimeout(0.2)
        done = threading.Event()

        def accept() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    held.append(server.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            for connection in held:
                connection.close()


@dataclass
class OwnPostgres:
    """A database server that a test may stop. Leaving the context removes it."""

    parts: Parts
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgres://{postgres.NAME}:{PASSWORD}@127.0.0.1:{self.port}/{postgres.NAME}"

    def __enter__(self) -> "OwnPostgres":
        self.cluster = postgres.place(self.parts.folder / "postgres")
        postgres.create(self.cluster, PASSWORD, throwaway=True)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.parts.is_alive("postgres"):
            self.stop()
        postgres.forget_outside(self.parts.folder / "postgres")

    def start(self) -> None:
        log = self.parts.log("postgres")
        self.parts.start(postgres.service(self.cluster, self.port, log, throwaway=True))
        postgres.wait_until_ready(self.url, log, lambda: self.parts.is_alive("postgres"), time.sleep)

    def stop(self) -> None:
        self.parts.stop("postgres")
