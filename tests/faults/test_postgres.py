"""The database goes away and comes back under a running site."""

import re
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest

from clinic.local.services import ROOT
from tests.faults.asking import person
from tests.faults.parts import OwnPostgres, Parts, Site
from tests.faults.visitor import Answer, Visitor

pytestmark = pytest.mark.faults

PREPARE = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.faults.asking import free_starts, path_of, ready
visit_type = ready()
print(path_of(visit_type, free_starts(visit_type)[0]))
"""


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnPostgres]:
    with Parts(tmp_path_factory.mktemp("postgres")) as parts, OwnPostgres(parts) as server:
        yield server


@pytest.fixture(scope="module")
def site_of_its_own(postgres: OwnPostgres) -> Iterator[Site]:
    site = Site(postgres.parts, postgres.url)
    site.start_web()
    yield site
    site.parts.stop("web")


@pytest.fixture(scope="module")
def path(site_of_its_own: Site) -> str:
    """Where one free time is asked for."""
    command = [sys.executable, "-c", PREPARE]
    result = subprocess.run(
        command, check=True, cwd=ROOT, env=site_of_its_own.env(), capture_output=True, text=True, timeout=120
    )
    return result.stdout.strip()


def stored(postgres: OwnPostgres) -> int:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute("SELECT count(*) FROM booking_appointment").fetchone()
    assert row
    return int(row[0])


def expect_away(answer: Answer) -> None:
    assert answer.status == 503
    assert "988" in answer.text
    assert "911" in answer.text
    assert answer.headers["retry-after"]
    assert answer.headers["cache-control"] == "no-store"


def test_database_away_and_back(postgres: OwnPostgres, site_of_its_own: Site, path: str) -> None:
    visitor = site_of_its_own.visitor()
    assert visitor.get(path).status == 200
    check = visitor.post(path, person(1))
    sending = check.forms[0]
    assert visitor.get("/readyz").status == 200

    postgres.stop()
    assert visitor.get("/healthz").status == 200
    assert visitor.get("/readyz").status == 503
    assert visitor.get("/queuez").status == 503
    for page in ("/", "/book/", "/book/first-visit/", path, "/visit/AAAAAAAAAAAAAAAAAAAAAA/", "/v/x.y/"):
        answer = visitor.get(page)
        assert answer.status in (200, 404, 503), page
        assert "988" in answer.text, page
    away = visitor.post(sending.action, sending.values())
    expect_away(away)
    kept = next(form for form in away.forms if form.action == sending.action)
    assert "Try again" in away.text
    without_token = {name: value for name, value in sending.values().items() if name != "csrfmiddlewaretoken"}
    assert without_token.items() <= kept.values().items()

    postgres.start()
    again = visitor.post(kept.action, kept.values())
    assert again.status == 302
    once_more = visitor.post(kept.action, kept.values())
    assert once_more.location == again.location
    assert stored(postgres) == 1
    assert visitor.get("/readyz").status == 200


def test_database_restarted_between_two_requests_is_not_noticed(
    postgres: OwnPostgres, site_of_its_own: Site, path: str
) -> None:
    visitors = [site_of_its_own.visitor() for _ in range(8)]
    for visitor in visitors:
        assert visitor.get("/book/").status == 200
    postgres.stop()
    postgres.start()
    assert [visitor.get("/book/").status for visitor in visitors] == [200] * len(visitors)


def test_lock_held_too_long_is_a_503_with_the_answers_kept(
    postgres: OwnPostgres, site_of_its_own: Site, path: str
) -> None:
    """A row lock held for ever: the answer comes within the database's own limits, with the answers kept."""
    visitor = site_of_its_own.visitor()
    free = path_after(visitor)
    before = stored(postgres)
    check = visitor.post(free, person(2))
    sending = check.forms[0]
    with psycopg.connect(postgres.url) as holder:
        holder.execute("SELECT * FROM booking_resource FOR UPDATE")
        busy = visitor.post(sending.action, sending.values())
        holder.rollback()
    assert busy.status == 503
    assert "988" in busy.text
    kept = next(form for form in busy.forms if form.action == sending.action)
    assert kept.values()["name"] == "Person 2"
    assert stored(postgres) == before
    assert visitor.post(kept.action, kept.values()).status == 302


def path_after(visitor: Visitor) -> str:
    """The first time that the page offers now."""
    found = re.search(r'href="(/book/first-visit/[0-9TZ]+/)"', visitor.get("/book/first-visit/").text)
    assert found
    return found[1]
