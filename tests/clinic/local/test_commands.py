"""The commands as a person sees them: one line when something is wrong, never a traceback."""

import shutil
import socket
import subprocess
import tomllib
from pathlib import Path

import pytest

from clinic.local import environment, install
from clinic.local.supervisor import lock
from tests.clinic.local.conftest import run_python

ROOT = Path(install.BASE)


def test_a_port_in_use_is_named_before_anything_is_made(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run_python(["-I", "clinic/local/install.py", "requirements.txt", "--port", str(port)], project)
    assert result.returncode == 1
    assert result.stderr == (f"Port {port} is in use. Stop what uses it, or choose another: PORT={port + 1} make run\n")
    assert not (project / ".venv").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert install.port_problem(port).startswith("PORT must be a number")


def test_a_second_start_in_the_same_folder_is_refused(project: Path) -> None:
    with lock(project / "var" / "run.lock", ""):
        first = run_python(["-I", "clinic/local/install.py", "requirements.txt", "--port", "8000"], project)
        second = run_python(["-m", "clinic.local", "run"], project)
    for result in (first, second):
        assert result.returncode == 1
        assert result.stderr.count("\n") == 1
        assert "already runs from this folder" in result.stderr


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage("/")._replace(free=100 * 1024**2)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert install.space_problem("/") == "Only 100 MB are free on the disk of /; 300 MB are needed."


def test_a_python_without_venv_is_told_how_to_get_it(project: Path) -> None:
    (project / "requirements.txt").touch()
    code = (
        "import sys, runpy; sys.modules['ensurepip'] = None; sys.argv = ['install.py', 'requirements.txt']; "
        "runpy.run_path('clinic/local/install.py', run_name='__main__')"
    )
    result = run_python(["-c", code], project)
    assert result.returncode == 1
    assert result.stderr.startswith("This Python has no venv module. On Debian or Ubuntu: apt-get install python3.")


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make here")
def test_make_says_that_there_is_no_python(project: Path) -> None:
    shutil.copy(ROOT / "Makefile", project)
    result = subprocess.run(
        ["make", "run", "PYTHON="],  # noqa: S607
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode
    assert "Python 3.11 or later is needed and none was found." in result.stderr


def test_the_environment_comes_back_as_it_was_kept_for_us_alone(tmp_path: Path) -> None:
    values = {"PLAIN": "a", "ODD": 'it\'s $HOME "quoted" #1'}
    environment.save(tmp_path / "local.env", values)
    assert environment.load(tmp_path / "local.env") == values
    assert (tmp_path / "local.env").stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_once() -> None:
    first = environment.with_secrets({})
    assert environment.with_secrets(first) == first
    assert len(set(first.values())) == len(environment.SECRETS)
    assert min(map(len, first.values())) >= 64


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-local.txt", "requirements-dev.txt"])
def test_requirements_are_locked_with_hashes_and_name_no_place(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = text.replace("\\\n", "").splitlines()
    locked = [line for line in entries if line and not line.startswith("#")]
    assert all("==" in line and "--hash=sha256:" in line for line in locked)
    assert "://" not in text


def test_requirements_hold_all_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["local"]]
    names = {line.partition("==")[0] for line in (ROOT / "requirements-local.txt").read_text().splitlines()}
    missing = {name for line in wanted if (name := line.split("[")[0].split(">")[0].lower()) not in names}
    assert not missing
