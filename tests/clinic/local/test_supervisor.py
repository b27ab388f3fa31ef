import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clinic.local import processes
from clinic.local.errors import LocalError, StopAskedError
from clinic.local.processes import Service
from clinic.local.supervisor import Supervisor, lock
from tests.clinic.local.conftest import wait_for

MakeService = Callable[..., Service]
SLEEP = "import time; time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"


def test_names_what_died_and_starts_it_again(
    tmp_path: Path, make_service: MakeService, capsys: pytest.CaptureFixture[str]
) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(make_service("worker", "raise SystemExit(3)"))
        one = supervisor.running["worker"]
        assert one.process
        one.process.wait()
        supervisor.look_after(one, now=one.since)
        supervisor.look_after(one, now=one.since + 1.1)
        assert one.process
    assert "worker ended with code 3. It is started again in 1 s" in capsys.readouterr().out


def test_waits_longer_each_time_up_to_half_a_minute(tmp_path: Path, make_service: MakeService) -> None:
    waits = []
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(make_service("worker", ""))
        one = supervisor.running["worker"]
        for _ in range(7):
            assert one.process
            one.process.wait()
            supervisor.look_after(one, now=one.since)
            waits.append(one.again_at - one.since)
            supervisor.look_after(one, now=one.again_at)
    assert [round(wait) for wait in waits] == [1, 2, 4, 8, 16, 30, 30]


def test_stops_users_before_what_they_use(tmp_path: Path, make_service: MakeService) -> None:
    said = tmp_path / "said"
    code = (
        "import signal, time\n"
        f"said = open({str(said)!r}, 'a')\n"
        "signal.signal(signal.SIGTERM, lambda *_: exit(said.write('%s ') and None))\n"
        "print(1, flush=True); time.sleep(60)"
    )
    with Supervisor(tmp_path) as supervisor:
        for name in ("database", "queue", "web"):
            service = make_service(name, code % name)
            supervisor.start(service)
            supervisor.next_group()
            wait_for(lambda log=service.log: log.read_bytes())  # type: ignore[misc]
    assert said.read_text().split() == ["web", "queue", "database"]


def test_kills_what_does_not_stop(tmp_path: Path, make_service: MakeService) -> None:
    service = make_service("deaf", DEAF)
    process = processes.spawn(service)
    wait_for(service.log.read_bytes)
    processes.stop([(service, process)], patience=0.2)
    assert process.returncode == -signal.SIGKILL


def test_kills_the_children_of_what_stopped(tmp_path: Path, make_service: MakeService) -> None:
    code = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)"
    service = make_service("parent", code)
    process = processes.spawn(service)
    process.wait()
    child = int(service.log.read_text())
    processes.stop([(service, process)])
    wait_for(lambda: not processes.birth(child))


def test_stops_what_a_killed_run_left(tmp_path: Path, make_service: MakeService) -> None:
    service = make_service("worker", SLEEP)
    process = processes.spawn(service)
    processes.remember(tmp_path, service, process.pid)
    assert processes.stop_leftovers(tmp_path) == ["worker"]
    assert process.wait(5) == -signal.SIGTERM
    assert not list(tmp_path.glob("*.pid"))


def test_leaves_a_stranger_with_the_same_number_alone(tmp_path: Path) -> None:
    (tmp_path / "worker.pid").write_text(f"{os.getpid()} 1 {int(signal.SIGKILL)}\n")
    assert processes.stop_leftovers(tmp_path) == []


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stops_when_asked(tmp_path: Path, make_service: MakeService, asked: signal.Signals) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(make_service("worker", SLEEP))
        process = supervisor.running["worker"].process
        os.kill(os.getpid(), asked)
        with pytest.raises(StopAskedError):
            supervisor.watch()
    assert process
    assert process.returncode == -signal.SIGTERM


def test_shows_the_log_of_a_command_that_fails(tmp_path: Path, make_service: MakeService) -> None:
    command = make_service("migrate", "print('a column is missing'); exit(1)")
    with Supervisor(tmp_path) as supervisor, pytest.raises(LocalError, match=r"(?s)Migrating failed.*a column is"):
        supervisor.do(command, title="Migrating")


def test_only_one_may_hold_the_lock_and_children_do_not(tmp_path: Path, make_service: MakeService) -> None:
    file = tmp_path / "run.lock"
    with lock(file, "taken"):
        process = processes.spawn(make_service("worker", SLEEP))
        with pytest.raises(LocalError, match="taken"):
            lock(file, "taken")
    lock(file, "taken").close()
    process.kill()
    process.wait()


def test_what_it_starts_does_not_outlive_it(tmp_path: Path, make_service: MakeService) -> None:
    code = (
        "import sys, pathlib, time\n"
        "from clinic.local.processes import Service, spawn\n"
        f"path = pathlib.Path({str(tmp_path)!r})\n"
        f"child = Service(name='c', command=[sys.executable, '-c', {SLEEP!r}], log=path / 'c.log', cwd=path)\n"
        "print(spawn(child).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    service = make_service("supervisor", code)
    service = Service(**{**vars(service), "cwd": Path.cwd()})
    process = processes.spawn(service)
    wait_for(service.log.read_bytes)
    child = int(service.log.read_text())
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not processes.birth(child))
