"""Makes .venv and installs a hash-locked requirements file into it, if that file has changed.

Run by whatever Python the machine has, so it uses the standard library only and parses on old ones too:

    python3 -I clinic/local/install.py requirements-local.txt --port 8000
"""

import argparse
import errno
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys

BASE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = os.path.join(".venv", "bin", "python")
SPACE_NEEDED = 300 * 1024 * 1024  # bytes; what the installed packages and a young database take


def say(text: str) -> None:
    """One line for the person at the terminal, who may have closed it."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        pass


def port_problem(port: str) -> str:
    """Why the site cannot listen on this port, or "" if it can."""
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        return f"PORT must be a number from 1 to 65535, not {port!r}."
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except PermissionError:
            return f"Port {port} is for root only. Choose another: PORT=8001 make run"
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            other = int(port) + 1 if int(port) < 65535 else 8001
            return f"Port {port} is in use. Stop what uses it, or choose another: PORT={other} make run"
    return ""


def space_problem(folder: str) -> str:
    """Whether the disk under this folder is nearly full, as a sentence, or ""."""
    free = shutil.disk_usage(folder).free
    if free >= SPACE_NEEDED:
        return ""
    return f"Only {free // 1024**2} MB are free on the disk of {folder}; 300 MB are needed."


def lock_problem(path: str) -> str:
    """Whether another `make run` holds this lock file, as a sentence, or ""."""
    try:
        with open(path) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return ""
    except BlockingIOError:
        return "The site already runs from this folder. Stop that one first (Ctrl-C where it runs)."
    return ""


def stamp_of(requirements: str) -> str:
    with open(requirements, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def call(command: "list[str]", quiet: bool = False) -> int:
    return subprocess.call(command, stderr=subprocess.DEVNULL if quiet else None)  # noqa: S603 -- our own commands


def make_venv() -> None:
    """A .venv with a working Python, made anew when its Python has gone."""
    if os.path.exists(PYTHON) and not call([PYTHON, "-c", "import pip"], quiet=True):
        return
    version = ".".join(str(part) for part in sys.version_info[:2])
    if sys.version_info < (3, 11):  # noqa: UP036 -- any Python may run this
        sys.exit(f"Python 3.11 or later is needed; this is {version}.")
    try:
        import ensurepip  # noqa: F401, PLC0415 -- Debian takes it out of its Python
        import venv  # noqa: PLC0415
    except ImportError:
        sys.exit(f"This Python has no venv module. On Debian or Ubuntu: apt-get install python{version}-venv")
    say(f"Making .venv with Python {version}")
    venv.create(".venv", clear=True, with_pip=True, symlinks=True)


def install(requirements: str) -> None:
    stamp_file = os.path.join(".venv", "." + requirements + ".sha256")
    stamp = stamp_of(requirements)
    try:
        with open(stamp_file) as file:
            if file.read() == stamp:
                return
    except FileNotFoundError:
        pass
    say(f"Installing {requirements} (a minute or two the first time)")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--require-hashes", "-r", requirements]
    if call(pip):
        sys.exit(f"The packages of {requirements} could not be installed: see above.")
    with open(stamp_file, "w") as file:
        file.write(stamp)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("requirements")
    parser.add_argument("--port")
    options = parser.parse_args()
    os.chdir(BASE)
    problem = space_problem(BASE)
    if options.port:  # told before the long part, not after it
        problem = lock_problem(os.path.join("var", "run.lock")) or port_problem(options.port) or problem
    if problem:
        sys.exit(problem)
    make_venv()
    install(options.requirements)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            sys.exit(str(error))
        sys.exit("The disk is full: make room and start again.")
