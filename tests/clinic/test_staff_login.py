import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from tests.clinic.staff.codes import shown_by_app

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str]) -> tuple[str, list[str], str]:
    """The password, the codes and the app's key that were printed."""
    cache.clear()
    call_command("staff_login")
    pattern = (
        r"Staff sign-in: http://127\.0\.0\.1:8000/admin/  user: frontdesk  password: (\S{16}) \(new at each start\)\n"
        r"  then one of these codes, each works once: (\d{8}(?: \d{8}){9})\n"
        r"  or an authenticator app with the key ([A-Z2-7]{32})\n"
    )
    found = re.fullmatch(pattern, capsys.readouterr().out)
    assert found
    return found[1], found[2].split(), found[3]


def sign_in(password: str, code: str) -> Client:
    client = Client()
    client.post("/admin/login/", {"login": "frontdesk", "password": password})
    client.post("/admin/login/code/", {"code": code})
    return client


def test_what_is_printed_signs_in(capsys: pytest.CaptureFixture[str]) -> None:
    password, codes, key = run(capsys)

    for code in (codes[0], codes[-1], shown_by_app(key)):
        assert sign_in(password, code).get("/admin/").status_code == 200
    assert sign_in(password, codes[0]).get("/admin/").status_code == 302


def test_each_start_makes_a_new_one_and_ends_what_was_open(capsys: pytest.CaptureFixture[str]) -> None:
    first, first_codes, _ = run(capsys)
    client = sign_in(first, first_codes[0])
    User.objects.update(is_active=False, is_staff=False)
    second, second_codes, _ = run(capsys)

    assert second != first
    assert client.get("/admin/").status_code == 302
    assert sign_in(first, second_codes[0]).get("/admin/").status_code == 302
    assert sign_in(second, first_codes[1]).get("/admin/").status_code == 302
    assert sign_in(second, second_codes[0]).get("/admin/").status_code == 200
    assert User.objects.count() == 1


def test_a_real_site_refuses(settings: Any) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError, match="local site only"):
        call_command("staff_login")
    assert User.objects.count() == 0
