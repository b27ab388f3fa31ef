import os
import signal

import pytest
import redis as client

from clinic.local import redis
from clinic.local.errors import LocalError
from clinic.local.services import Folder, start_redis
from clinic.local.supervisor import Supervisor
from tests.clinic.local.conftest import wait_for

PASSWORD = "b" * 64


def test_keeps_its_data_when_it_is_killed_and_comes_back_on_the_same_port(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        url = start_redis(supervisor, folder, PASSWORD)
        one = supervisor.running["redis"]
        assert one.process
        with client.Redis.from_url(url) as connection:
            connection.set("kept", "7")
            os.kill(one.process.pid, signal.SIGKILL)
            one.process.wait()
            supervisor.look_after(one, now=one.since + 1)
            supervisor.look_after(one, now=one.again_at)
            wait_for(lambda: redis.pings(connection.get_connection_kwargs()["port"], PASSWORD))
            assert connection.get("kept") == b"7"


def test_never_drops_a_key_to_make_room(folder: Folder) -> None:
    with Supervisor(folder.path) as supervisor:
        url = start_redis(supervisor, folder, PASSWORD)
        with client.Redis.from_url(url) as connection:
            settings = connection.config_get("*")
    found = {name: settings[name] for name in ("maxmemory-policy", "appendonly", "bind", "save")}
    assert found == {"maxmemory-policy": "noeviction", "appendonly": "yes", "bind": "127.0.0.1", "save": ""}


def test_its_password_is_for_us_alone(folder: Folder) -> None:
    service = redis.service(folder.path / "redis", 1, PASSWORD, folder.log("redis"))
    assert (folder.path / "redis" / "redis.conf").stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in " ".join(service.command)


def test_says_how_to_get_one_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(redis, "find_spec", lambda name: None)
    with pytest.raises(LocalError, match="apt-get install redis-server"):
        redis.find_program()
