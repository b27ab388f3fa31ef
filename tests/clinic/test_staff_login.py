import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def run(capsys: pytest.CaptureFixture[str]) -> str:
    """The password that was printed."""
    call_command("staff_login")
    pattern = r"Staff sign-in: http://127\.0\.0\.1:8000/admin/  user: frontdesk  password: (\S{16})"
    found = re.fullmatch(pattern + r" \(new at each start\)\n", capsys.readouterr().out)
    assert found
    return found[1]


def test_the_printed_password_signs_in(capsys: pytest.CaptureFixture[str], client: Client) -> None:
    password = run(capsys)
    assert client.login(username="frontdesk", password=password)
    assert client.get("/admin/").status_code == 200


def test_each_start_makes_a_new_one_and_ends_what_was_open(capsys: pytest.CaptureFixture[str], client: Client) -> None:
    first = run(capsys)
    client.login(username="frontdesk", password=first)
    User.objects.update(is_active=False, is_staff=False)
    second = run(capsys)
    assert second != first
    assert client.get("/admin/").status_code == 302
    assert not Client().login(username="frontdesk", password=first)
    assert Client().login(username="frontdesk", password=second)
    assert User.objects.count() == 1


def test_a_real_site_refuses(settings: Any) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError, match="local site only"):
        call_command("staff_login")
    assert User.objects.count() == 0
