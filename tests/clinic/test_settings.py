"""The start stops at a bad value and names it. Each case is a start of its own."""

import os
import subprocess
import sys

import pytest

GOOD = {
    "CLINIC_ENV": "production",
    "SECRET_KEY": "s" * 25 + "0123456789" * 3,
    "LINK_KEY": "l" * 40,
    "FACTOR_KEY": "f" * 40,
    "SITE_URL": "https://www.example.test",
    "DATABASE_URL": "postgres://u:p@127.0.0.1:5432/x",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "EMAIL_URL": "submission://user:hush-hush@mail.example.test:587",
    "MAIL_FROM": "office@example.test",
    "OFFICE_EMAIL": "desk@example.test",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], **GOOD, **changes}
    return subprocess.run(
        [sys.executable, "-c", "import clinic.settings as s; print(s.DEFAULT_FROM_EMAIL, s.LINK_KEY_FALLBACKS)"],
        env={name: value for name, value in env.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_good_values_start() -> None:
    result = start(LINK_KEY_FALLBACKS="a" * 32 + ", ", OFFICE_NAME="Bacchus, MD")

    assert result.returncode == 0, result.stderr
    assert result.stdout == f"\"Bacchus, MD\" <office@example.test> ['{'a' * 32}']\n"


@pytest.mark.parametrize("name", [name for name in GOOD if name != "CLINIC_ENV"])
def test_nothing_that_matters_has_a_default(name: str) -> None:
    result = start(**{name: None})

    assert result.returncode == 1
    assert name in result.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLINIC_ENV", "prod"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("LINK_KEY", "short"),
        ("LINK_KEY_FALLBACKS", "abc"),
        ("FACTOR_KEY", "short"),
        ("FACTOR_KEY_FALLBACKS", "abc"),
        ("SITE_URL", "http://www.example.test"),
        ("SITE_URL", "https://user:pass@www.example.test"),
        ("SITE_URL", "https://www.example.test/path"),
        ("SITE_URL", "www.example.test"),
        ("ALLOWED_HOSTS", "*"),
        ("DATABASE_URL", "sqlite:///x"),
        ("REDIS_URL", "foo"),
        ("EMAIL_URL", "foo"),
        ("EMAIL_URL", "smtp://mail.example.test:25"),
        ("EMAIL_URL", "submission://user:hush#hush@mail.example.test:587"),
        ("MAIL_FROM", "nobody"),
        ("OFFICE_EMAIL", ""),
        ("OFFICE_NAME", "a\nb"),
        ("TRUSTED_PROXY_COUNT", "-1"),
        ("TRUSTED_PROXY_COUNT", "many"),
        ("BOOKING_LIMIT_PER_NETWORK", "0"),
    ],
)
def test_a_bad_value_stops_the_start_and_is_named(name: str, value: str) -> None:
    result = start(**{name: value})

    assert result.returncode == 1
    assert name in result.stderr.splitlines()[-1]
    assert "hush" not in result.stderr
