"""python -m clinic.local run | test [pytest's arguments] | manage COMMAND … | exec -- COMMAND … | clean"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from clinic.local import browser, environment, processes, services, website
from clinic.local.errors import LocalError, StopAskedError
from clinic.local.install import lock_problem, say
from clinic.local.postgres import forget_outside
from clinic.local.services import ROOT, Folder
from clinic.local.supervisor import Supervisor, explain, lock


@contextmanager
def throwaway(supervisor: Supervisor, folder: Folder) -> Iterator[dict[str, str]]:
    """An environment with a Postgres and a Redis of its own, gone afterwards."""
    values = environment.with_secrets({}) | environment.CHOICES
    values |= {"CLINIC_ENV": "local", "SITE_URL": "http://127.0.0.1:8000", "EMAIL_URL": "smtp://127.0.0.1:1"}
    values["STATIC_ROOT"] = str(folder.path / "static")
    with supervisor:
        values["DATABASE_URL"] = services.start_postgres(supervisor, folder, values["POSTGRES_PASSWORD"])
        values["REDIS_URL"] = services.start_redis(supervisor, folder, values["REDIS_PASSWORD"])
        yield environment.for_commands(values)


def in_throwaway(commands: Sequence[Sequence[str]], *, with_browser: bool = False) -> int:
    """Runs the commands there until one fails; each has the terminal, so Ctrl-C reaches it as usual."""
    website.VAR.mkdir(mode=0o700, exist_ok=True)
    folder = Folder(website.VAR / "test" / str(os.getpid()), throwaway=True)
    remove_abandoned()
    services.remove(folder)
    folder.path.mkdir(mode=0o700, parents=True)
    supervisor = Supervisor(folder.path)
    extra = browser.variables() if with_browser else {}
    try:
        with throwaway(supervisor, folder) as env:
            codes = (attend(supervisor, command, env | extra) for command in commands)
            return next((code for code in codes if code), 0)
    finally:
        services.remove(folder)


def remove_abandoned() -> None:
    """What a killed run of the tests left."""
    for path in (website.VAR / "test").glob("[0-9]*"):
        if not processes.exists(int(path.name)):
            processes.stop_leftovers(path / "run")
            services.remove(Folder(path, throwaway=True))


def attend(supervisor: Supervisor, command: Sequence[str], env: dict[str, str]) -> int:
    """The command's exit code, as a shell gives it. It is told to end when we are."""
    ends_with_us = processes.ends_with_us(signal.SIGTERM)
    process = subprocess.Popen(command, cwd=ROOT, env=env, preexec_fn=ends_with_us)  # noqa: S603, PLW1509
    told = False
    while process.poll() is None:
        try:
            supervisor.pause(0.05)
        except StopAskedError:
            wanted, supervisor.stop_asked = supervisor.stop_asked or signal.SIGTERM, 0
            if not told and not (wanted == signal.SIGINT and sys.stdin.isatty()):  # the terminal tells all
                process.send_signal(wanted)
            told = True
            time.sleep(0.05)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def test(arguments: Sequence[str]) -> int:
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    return in_throwaway([collect, [sys.executable, "-m", "pytest", *arguments]], with_browser=True)


def manage(arguments: Sequence[str]) -> int:
    """With the running site's parts; if it does not run, with parts that are started for this alone."""
    command = [sys.executable, "manage.py", *arguments]
    if lock_problem(str(website.LOCK_FILE)):
        return attend(Supervisor(website.VAR), command, environment.for_commands(environment.load(website.ENV_FILE)))
    with lock(website.LOCK_FILE, website.BUSY), Supervisor(website.VAR) as supervisor:
        own = {"SITE_URL": f"http://127.0.0.1:{os.environ.get('PORT') or '8000'}"}
        values = website.start_parts(supervisor, Folder(website.VAR), own)
        return attend(supervisor, command, environment.for_commands(values))


def clean() -> int:
    """The data of the local site, wherever it is, and .venv."""
    with lock(website.LOCK_FILE, website.BUSY):
        forget_outside(Folder(website.VAR).postgres)
        shutil.rmtree(website.VAR)
    shutil.rmtree(ROOT / ".venv", ignore_errors=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    match list(arguments):
        case ["run"]:
            website.run()
            return 0
        case ["test", *rest]:
            return test(rest)
        case ["manage", *rest]:
            return manage(rest)
        case ["exec", "--", *command] if command:
            return in_throwaway([command])
        case ["clean"]:
            return clean()
        case _:
            say(str(__doc__))
            return 2


if __name__ == "__main__":
    try:
        code = main(sys.argv[1:])
    except StopAskedError:
        say("Stopped.")
        code = 0
    except LocalError as error:
        sys.stderr.write(f"{error}\n")
        code = 1
    except OSError as error:
        sys.stderr.write(f"{explain(error)}\n")
        code = 1
    sys.exit(code)
