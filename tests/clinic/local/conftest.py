import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.local import services
from clinic.local.processes import Service
from clinic.local.services import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    """A place with a space in its path, and longer than a socket's path may be."""
    path = tmp_path / "a place" / ("deep" * 30)
    path.mkdir(parents=True)
    folder = Folder(path, throwaway=True)
    yield folder
    services.remove(folder)


@pytest.fixture
def make_service(tmp_path: Path) -> Callable[..., Service]:
    def make(name: str, code: str, **options: float) -> Service:
        command = [sys.executable, "-c", code]
        return Service(name=name, command=command, log=tmp_path / f"{name}.log", cwd=tmp_path, **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the parts, whose var/ is its own."""
    source = Path(services.__file__).parent
    target = tmp_path / "copy of it" / "clinic" / "local"
    target.mkdir(parents=True)
    (target.parent / "__init__.py").touch()
    for file in source.glob("*.py"):
        (target / file.name).write_bytes(file.read_bytes())
    return tmp_path / "copy of it"


def run_python(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def wait_for(condition: Callable[[], object], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
