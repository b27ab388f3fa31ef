"""A real server each time: started, killed, started again."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from clinic.local import postgres
from clinic.local.processes import Account, exists
from clinic.local.services import Folder, start_postgres
from clinic.local.supervisor import Supervisor

PASSWORD = "a" * 64
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has this to do")


def pid_of(supervisor: Supervisor) -> int:
    process = supervisor.running["postgres"].process
    assert process
    return process.pid


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        return row[0] if row else None


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can go through, as /var/lib is."""
    path = Path(tempfile.mkdtemp(dir="/var/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def test_starts_with_our_database_in_utf8_and_utc(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        found = [ask(url, f"SHOW {name}") for name in ("server_encoding", "timezone", "unix_socket_directories")]
    assert found == ["UTF8", "UTC", ""]


def test_refuses_a_wrong_password(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(PASSWORD, "wrong"))


def test_stops_and_leaves_no_process(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        server = pid_of(supervisor)
        session = psycopg.connect(url)
        helper = session.info.backend_pid
    session.close()
    assert not exists(server)
    assert not exists(helper)


def test_keeps_what_was_committed_when_it_is_killed(folder: Folder) -> None:
    folder = Folder(folder.path)  # as `make run` has it
    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        os.kill(pid_of(supervisor), signal.SIGKILL)

    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        kept = ask(url, "SELECT n FROM kept")

    assert kept == 7


def test_starts_although_its_old_number_is_another_process_now(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        start_postgres(supervisor, folder, PASSWORD)
    note = postgres.place(folder.postgres).data / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{note.parent}\n")

    with Supervisor(folder.path) as supervisor:
        url = start_postgres(supervisor, folder, PASSWORD)
        assert ask(url, "SELECT 1") == 1


def test_ends_a_server_that_an_earlier_run_left(folder: Folder) -> None:
    with Supervisor(folder.path) as earlier:
        start_postgres(earlier, folder, PASSWORD)
        left = pid_of(earlier)
        postgres.clear_stale(postgres.place(folder.postgres))
        assert earlier.running["postgres"].process
        assert earlier.running["postgres"].process.wait(10) == 0
    assert not exists(left)


def test_changes_no_folder_that_it_did_not_make(folder: Folder) -> None:
    def parents() -> dict[Path, tuple[int, int, int]]:
        outside = [parent for root in postgres.OUTSIDE for parent in root.parents]
        programs = postgres.find_programs().parents
        found = {path: path.stat() for path in (*folder.path.parents, *outside, *programs)}
        return {path: (one.st_mode, one.st_uid, one.st_gid) for path, one in found.items()}

    folder.path.parent.chmod(0o700)
    before = parents()
    with Supervisor(folder.path) as supervisor:
        start_postgres(supervisor, folder, PASSWORD)
    assert parents() == before


def test_an_ordinary_user_has_the_data_in_the_folder(tmp_path: Path) -> None:
    cluster = postgres.place(tmp_path / "postgres", as_root=False)
    assert cluster.data == tmp_path / "postgres" / "data"
    assert cluster.account is None
    assert cluster.home.stat().st_mode & 0o777 == 0o700


@needs_root
def test_programs_out_of_reach_are_copied_for_all_to_run(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = postgres.find_programs().parent.parent
    hidden = tmp_path / wheel.name
    shutil.copytree(wheel / postgres.EDITION, hidden / postgres.EDITION)
    shutil.copytree(wheel.parent / f"{wheel.name}.libs", tmp_path / f"{wheel.name}.libs")
    monkeypatch.setattr(postgres, "find_programs", lambda: hidden / postgres.EDITION / "bin")
    before = os.umask(0o077)
    try:
        cluster = postgres.place(tmp_path / "postgres", outside=(open_folder / "clinic-local",))
    finally:
        os.umask(before)
    assert cluster.programs.is_relative_to(open_folder)
    assert postgres.runs([str(cluster.programs / "initdb"), "--version"], Account.unprivileged())


@needs_root
def test_a_place_outside_that_others_can_write_is_not_used(open_folder: Path) -> None:
    shared = open_folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    assert postgres.outside_root(shared, Account.unprivileged()) is None
    assert shared.stat().st_mode & 0o777 == 0o777


@needs_root
def test_data_is_for_the_account_alone(folder: Folder) -> None:
    home = postgres.place(folder.postgres).home
    details = home.stat()
    assert (details.st_mode & 0o777, details.st_uid) == (0o700, Account.unprivileged().uid)
