"""What deploy/ promises, as far as it can be told without starting it."""

import ast
import json
import re
import runpy
import subprocess
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
import yaml
from django.db import connection
from django.utils import timezone

from booking import reminders
from booking.models import Appointment, Message, Reason
from booking.outbox import Outcome, deliver_next
from clinic.local.postgres import EDITION
from clinic.models import Practice
from clinic.views import MAX_HEARTBEAT_AGE
from content import files
from tests.booking.factories import make_appointment

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
OURS = ("migrate", "web", "worker", "beat")
ERROR_PAGES = ("unavailable.html", "refused.html")


def read(name: str) -> str:
    return (ROOT / name).read_text()


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(read("deploy/compose.yaml")))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(compose()["services"])


@pytest.fixture(scope="module")
def probe() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(DEPLOY / "probe.py")))


def required_variables() -> set[str]:
    """The variables that settings.py reads without a default."""
    required = set()
    for node in ast.walk(ast.parse(read("clinic/settings.py"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        is_read = isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and node.args
        if is_read and len(node.args) == 1 and "default" not in {word.arg for word in node.keywords}:
            assert isinstance(node.args[0], ast.Constant)
            required.add(str(node.args[0].value))
    return required


# --- compose.yaml ---------------------------------------------------------------------------------------------


def test_our_services_run_one_image(services: dict[str, Any]) -> None:
    assert {services[name]["image"] for name in OURS} == {services["web"]["image"]}


def test_postgres_is_the_edition_that_is_tested(services: dict[str, Any]) -> None:
    major = services["database"]["image"].removeprefix("postgres:").split(".")[0]
    assert major == EDITION.removeprefix("pginstall")


@pytest.mark.parametrize("name", OURS)
def test_every_required_variable_is_given(name: str, services: dict[str, Any]) -> None:
    given = {variable.removesuffix("_FILE") for variable in services[name]["environment"]}
    assert {"SECRET_KEY", "DATABASE_URL", "SITE_URL"} <= required_variables()
    assert required_variables() <= given


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_files_that_are_mounted(name: str, services: dict[str, Any]) -> None:
    environment = services[name]["environment"]
    assert not {"SECRET_KEY", "LINK_KEY", "FACTOR_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"} & environment.keys()
    named = {value.removeprefix("/run/secrets/") for key, value in environment.items() if key.endswith("_FILE")}
    assert named == set(services[name]["secrets"])
    assert named <= compose()["secrets"].keys()


def test_no_secret_file_is_kept_in_the_project() -> None:
    """Each secret's file is in the one folder that git is told to pass over."""
    assert all(secret["file"].startswith("secrets/") for secret in compose()["secrets"].values())
    assert {"/secrets/", "/.env"} <= set(read("deploy/.gitignore").splitlines())


def test_only_nginx_is_reached_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    networks = compose()["networks"]
    assert networks["front"]["internal"]
    assert networks["inside"]["internal"]
    assert services["database"]["networks"] == services["redis"]["networks"] == ["inside"]
    assert "inside" not in services["nginx"]["networks"]


def test_every_service_is_held_small(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["read_only"] is True, name
        assert service["mem_limit"], name
        assert name == "migrate" or service["restart"] == "unless-stopped", name
        assert "privileged" not in service, name


def test_redis_keeps_what_it_took(services: dict[str, Any]) -> None:
    command = " ".join(services["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_nothing_starts_before_the_tables_are_there(services: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


# --- Dockerfile -----------------------------------------------------------------------------------------------


def test_the_image_runs_as_nobody_in_particular_and_tells_its_health() -> None:
    dockerfile = read("Dockerfile")
    last_stage = dockerfile[dockerfile.rindex("\nFROM ") :]
    user = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)
    assert user
    assert "0" not in user[-1]
    assert "HEALTHCHECK" in last_stage
    assert "--require-hashes" in dockerfile


def test_only_what_is_named_goes_into_the_image() -> None:
    lines = read(".dockerignore").splitlines()
    assert next(line for line in lines if line and not line.startswith("#")) == "*"
    copied = {"deploy/gunicorn_conf.py", "deploy/probe.py"}
    assert copied == {line[1:] for line in lines if line.startswith("!deploy")}
    for name in copied:
        assert f'"{name}"' in read("Dockerfile")


# --- nginx.conf -----------------------------------------------------------------------------------------------


def test_nginx_writes_the_visitors_address_itself() -> None:
    conf = read("deploy/nginx.conf")
    assert set(re.findall(r"X-Forwarded-For (\S+);", conf)) == {"$remote_addr"}
    assert "$proxy_add_x_forwarded_for" not in conf
    assert "$http_x_forwarded" not in conf
    assert "underscores_in_headers off;" in conf
    assert re.search(r'TRUSTED_PROXY_COUNT: "1"', read("deploy/compose.yaml"))


def logged_path(uri: str) -> str:
    """What the map of nginx.conf writes for an address. Its expressions are of the kind that Python knows too."""
    conf = read("deploy/nginx.conf")
    body = conf[conf.index("map $request_uri $logged_path {") :].split("\n    }", 1)[0]
    for pattern, value in re.findall(r'"~(\^.+)" (\S+);', body):
        found = re.search(pattern.replace("(?<", "(?P<"), uri)
        if found:
            (name, text) = next(iter(found.groupdict().items()))
            return str(value.replace(f"${name}", text))
    return "-"


@pytest.mark.parametrize(
    "uri",
    [
        "/v/Sekret.token/",
        "/v/Sekret.token",
        "//v/Sekret.token/",
        "/V/Sekret.token/",
        "/%76/Sekret.token/",
        "/static/../v/Sekret.token/",
        "/nasal-ketamine/?v=Sekret",
        "/search/?q=Sekret",
        "/search/Sekret",
        "/healthz?Sekret",
        "/visit/Sekret/cancel/",
        "/admin/booking/appointment/?q=Sekret",
        "/Sekret",
    ],
)
def test_nginx_logs_no_token(uri: str) -> None:
    assert "ekret" not in logged_path(uri)


def test_nginx_logs_what_is_public() -> None:
    assert logged_path("/nasal-ketamine/safety/") == "/nasal-ketamine/safety/"
    assert logged_path("/?page=2") == "/"
    assert logged_path("/search/?q=what+I+have") == "/search/"
    pages = [f"/{page.path}/" for page in files.read().pages]
    assert [path for path in pages if logged_path(path) != path] == []
    assert logged_path("/book/first-visit/") == "/book/..."


def test_nginx_logs_no_address_and_no_referrer() -> None:
    conf = read("deploy/nginx.conf")
    log_format = conf[conf.index("log_format") : conf.index("access_log")]
    assert not re.search(r"remote_addr|http_|\$request\b|\$args|\$uri|\$request_uri", log_format)
    # Anything milder than `alert` quotes the request line.
    assert re.findall(r"error_log \S+ (\w+);", conf) == ["alert"]


def test_probes_for_those_who_run_the_site_are_not_public() -> None:
    conf = read("deploy/nginx.conf")
    for path in ("/readyz", "/queuez"):
        assert re.search(rf"location = {path} {{\s+return 404;", conf)


@pytest.mark.parametrize("name", ERROR_PAGES)
def test_nginxs_own_pages_help_in_a_crisis_and_name_no_practice(name: str) -> None:
    page = (DEPLOY / "pages" / name).read_text()
    assert f"/{name}" in read("deploy/nginx.conf")
    assert 'href="tel:988"' in page
    assert 'href="tel:911"' in page
    assert "<style" not in page
    assert "<script" not in page
    shown = re.sub(r"<!--.*?-->", "", page, flags=re.DOTALL)
    assert not re.search(r"tel:\+", shown), "the office's number is for the operator to fill in"
    assert not re.search(r"ketamine|psychiatr|bacchus", page, re.IGNORECASE)


# --- backup and restore ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["backup.sh", "restore.sh", "make-database.sh"])
def test_scripts_can_be_read_and_run(name: str) -> None:
    script = DEPLOY / name
    assert script.stat().st_mode & 0o100
    subprocess.run(["bash", "-n", str(script)], check=True)  # noqa: S607


def test_restore_commits_only_after_suppressing_and_starts_nothing() -> None:
    script = read("deploy/restore.sh")
    steps = ["'BEGIN;'", "pg_restore", "after-restore.sql", "'COMMIT;'"]
    places = [script.index(step, script.index("'BEGIN;'")) for step in steps]
    assert places == sorted(places)
    assert script.count("COMMIT;") == 1
    assert not re.search(r"compose\[@\]\}\" (up|start|run|restart)", script)


@pytest.mark.django_db
def test_nothing_is_mailed_after_a_restore() -> None:
    appointment = make_appointment()
    waiting = list(Message.objects.filter(appointment=appointment, state=Message.State.QUEUED))
    assert len(waiting) >= 2
    long_ago = timezone.now() - timedelta(hours=1)
    Message.objects.filter(pk=waiting[0].pk).update(
        state=Message.State.SENDING, lease_token=uuid4(), lease_until=long_ago
    )
    with connection.cursor() as cursor:
        cursor.execute(read("deploy/after-restore.sql"))
        assert cursor.rowcount == len(waiting)
    states = set(Message.objects.values_list("state", "reason"))
    assert states == {(Message.State.SUPPRESSED, Reason.RESTORED)}
    assert deliver_next(practice=Practice.load()) is Outcome.NOTHING_DUE


@pytest.mark.django_db
def test_what_was_due_before_a_restore_is_not_reminded_of() -> None:
    """The reminders of two visits have come due since the backup: neither goes a second time, later ones do."""
    now = timezone.now()
    make_appointment()
    Appointment.objects.update(
        status="confirmed",
        starts_at=now + timedelta(days=1, hours=12),
        ends_at=now + timedelta(days=1, hours=13),
        agreed_at=now - timedelta(days=30),
    )
    Message.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(read("deploy/after-restore.sql"))

    assert reminders.write_due(now=now) == 0
    assert reminders.write_due(now=now + timedelta(days=1, hours=6)) == 1


# --- probe.py -------------------------------------------------------------------------------------------------


def state(age: int | None) -> str:
    return json.dumps({"ok": False, "heartbeat_age_seconds": age})


@pytest.mark.parametrize(
    ("status", "body", "uptime", "ended"),
    [
        (503, state(301), 400.0, True),
        (503, state(None), 400.0, True),
        (503, state(None), 299.0, False),  # just started
        (503, state(299), 400.0, False),
        (200, state(20), 400.0, False),
        (503, state(301), None, False),  # not inside our own container
        (503, '{"ok": false, "problem": "database unavailable"}', 400.0, False),
        (0, "no answer", 400.0, False),  # the site is away
        (502, "<html>", 400.0, False),
    ],
)
def test_a_container_ends_only_when_its_tasks_have_stopped(
    status: int, body: str, uptime: float | None, ended: bool, probe: SimpleNamespace
) -> None:
    calls: list[str] = []
    result = probe.tasks(status, body, uptime=uptime, end=lambda: calls.append("ended"))
    assert bool(calls) is ended
    assert not (ended and result == 0)


def test_a_probe_outside_our_container_knows_it(tmp_path: Path, probe: SimpleNamespace) -> None:
    (tmp_path / "cmdline").write_bytes(b"/sbin/init\0")
    assert probe.celery_uptime(tmp_path) is None
    (tmp_path / "cmdline").write_bytes(b"/sbin/docker-init\0--\0celery\0--app\0")
    (tmp_path / "stat").write_text("1 (a (b) c) S " + " ".join(["0"] * 18) + " 100 0\n")
    assert probe.celery_uptime(tmp_path) > 0


def test_the_container_outlasts_the_monitors_patience(probe: SimpleNamespace) -> None:
    """People are told first; only then is anything restarted."""
    assert MAX_HEARTBEAT_AGE.total_seconds() < probe.TOO_OLD
