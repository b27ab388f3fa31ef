"""`make run`: the whole site on this machine, until it is told to stop."""

import http.client
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from clinic.local import environment
from clinic.local.errors import LocalError
from clinic.local.install import port_problem, say, space_problem
from clinic.local.postgres import forget_outside
from clinic.local.processes import Service, tail
from clinic.local.services import ROOT, Folder, start_mail, start_postgres, start_redis
from clinic.local.supervisor import Supervisor, lock

VAR = ROOT / "var"
ENV_FILE = VAR / "local.env"
LOCK_FILE = VAR / "run.lock"
BUSY = "The site already runs from this folder. Stop that one first (Ctrl-C where it runs)."
LOG_LIMIT = 5 * 1024 * 1024  # bytes; a longer log is put aside at the start
STEPS = (
    ("Updating the database", "migrate", "--noinput"),
    ("Loading the roles of staff", "load_roles"),
    ("Loading the texts", "load_content"),
    ("Loading the demo's hours and facts", "load_demo"),
    ("Proposing the public holidays", "load_holidays"),
    ("Collecting the style sheets and images", "collectstatic", "--noinput"),
)


def run() -> None:
    port = os.environ.get("PORT") or "8000"
    with lock(LOCK_FILE, BUSY):
        if problem := port_problem(port) or space_problem(str(VAR)):
            raise LocalError(problem)
        put_logs_aside(VAR / "log")
        with Supervisor(VAR) as supervisor:
            values = start_parts(supervisor, Folder(VAR), {"SITE_URL": f"http://127.0.0.1:{port}"})
            env = environment.for_commands(values)
            for title, *command in STEPS:
                say(title)
                supervisor.do(manage(command, env), title=title)
            sign_in = make_sign_in(supervisor, env)
            say("Starting the site")
            start_site(supervisor, port, env)
            wait_until_ready(supervisor, port)
            say(
                f"\n  The site: {values['SITE_URL']}/\n"
                f"  {sign_in}\n"
                f"  Mail it sends {shown_mail(values)}\n"
                "\nPress Ctrl-C to stop."
            )
            supervisor.watch()


def start_parts(supervisor: Supervisor, folder: Folder, own: Mapping[str, str]) -> dict[str, str]:
    """The environment of the site, with each part started unless the person gave its address."""
    known = environment.load(ENV_FILE)
    values = environment.with_secrets(known)
    if "POSTGRES_PASSWORD" not in known:
        forget_outside(folder.postgres)  # var/ was removed, so the data kept for it goes too
    environment.save(ENV_FILE, values)
    values |= {"CLINIC_ENV": "local"} | environment.choices(os.environ) | dict(own)
    given = os.environ
    if not given.get("DATABASE_URL"):
        say("Starting Postgres")
    values["DATABASE_URL"] = given.get("DATABASE_URL") or start_postgres(
        supervisor, folder, values["POSTGRES_PASSWORD"]
    )
    supervisor.next_group()
    if not given.get("REDIS_URL"):
        say("Starting Redis")
    values["REDIS_URL"] = given.get("REDIS_URL") or start_redis(supervisor, folder, values["REDIS_PASSWORD"])
    values["EMAIL_URL"] = given.get("EMAIL_URL") or start_mail(supervisor, folder)
    supervisor.next_group()
    environment.save(ENV_FILE, values)
    return values


def manage(command: list[str], env: Mapping[str, str]) -> Service:
    log = VAR / "log" / f"{command[0]}.log"
    log.unlink(missing_ok=True)
    return Service(
        name=command[0],
        command=[sys.executable, "manage.py", *command],
        log=log,
        cwd=ROOT,
        env=env,
    )


def make_sign_in(supervisor: Supervisor, env: Mapping[str, str]) -> str:
    """The line that staff_login prints: a user and a password. It is shown once and not kept in a log."""
    command = manage(["staff_login"], env)
    supervisor.do(command, title="Making the staff sign-in")
    line = command.log.read_text().strip()
    command.log.unlink()
    return line


def start_site(supervisor: Supervisor, port: str, env: Mapping[str, str]) -> None:
    celery = VAR / "celery"
    celery.mkdir(mode=0o700, exist_ok=True)
    gunicorn = [
        "gunicorn",
        "clinic.wsgi:application",
        "--bind",
        f"127.0.0.1:{port}",
        "--worker-class",
        "gthread",
    ]
    gunicorn += ["--workers", "2", "--threads", "16", "--timeout", "30", "--graceful-timeout", "5"]
    worker = ["celery", "-A", "clinic.celery", "worker", "--concurrency", "2", "-l", "INFO"]
    commands = {
        "web": [*gunicorn, "--no-control-socket"],
        "worker": [*worker, "--without-gossip", "--without-mingle"],
        "beat": ["celery", "-A", "clinic.celery", "beat", "-l", "INFO", "--schedule", str(celery / "beat")],
    }
    for name, command in commands.items():
        supervisor.start(
            Service(
                name=name,
                command=[
                    sys.executable,
                    "-m",
                    *command,
                ],  # not .venv/bin/…, which fails where a path has spaces
                log=VAR / "log" / f"{name}.log",
                cwd=ROOT,
                env={key: value for key, value in env.items() if key != "GUNICORN_CMD_ARGS"},
            )
        )


def wait_until_ready(supervisor: Supervisor, port: str) -> None:
    deadline = time.monotonic() + 90
    while not is_ready(port):
        for name in ("web", "worker", "beat"):
            if not supervisor.is_alive(name):
                log = VAR / "log" / f"{name}.log"
                raise LocalError(f"{name} stopped as it started. The end of {log}:{tail(log)}")
        if time.monotonic() > deadline:
            raise LocalError(f"The site does not get ready. Its logs: {VAR / 'log'}")
        supervisor.pause(0.1)


def is_ready(port: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def shown_mail(values: Mapping[str, str]) -> str:
    return "goes to EMAIL_URL" if os.environ.get("EMAIL_URL") else f"is kept in {VAR / 'mail'}/"


def put_logs_aside(folder: Path) -> None:
    for log in folder.glob("*.log"):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
