"""The site's environment on this machine, kept in var/local.env so that a second terminal has it too."""

import os
import secrets
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

SECRETS = ("SECRET_KEY", "LINK_KEY", "FACTOR_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD")
CHOICES = {
    "MAIL_FROM": "office@example.test",
    "OFFICE_EMAIL": "desk@example.test",
    "ALLOWED_HOSTS": "localhost",
}


def load(file: Path) -> dict[str, str]:
    """What the file says, {} if there is none."""
    try:
        lines = shlex.split(file.read_text(), comments=True)
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def save(file: Path, values: Mapping[str, str]) -> None:
    """All or nothing, readable for us alone."""
    unfinished = file.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write("# Written at each start. In a second terminal:  set -a; . var/local.env; set +a\n")
        out.writelines(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    unfinished.rename(file)


def with_secrets(known: Mapping[str, str]) -> dict[str, str]:
    """The secrets already known, and new ones for those that are not."""
    return {name: known.get(name) or secrets.token_hex(32) for name in SECRETS}


def choices(given: Mapping[str, str]) -> dict[str, str]:
    """Settings that have a default here, and that the person may give."""
    return {name: given.get(name) or default for name, default in CHOICES.items()}


def for_commands(values: Mapping[str, str]) -> dict[str, str]:
    """The environment of our commands: ours last, and the programs of this Python first on PATH."""
    ours = dict(values) | {"DJANGO_SETTINGS_MODULE": "clinic.settings", "PYTHONUNBUFFERED": "1"}
    ours["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    # NAME_FILE would win over NAME
    given = {name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in ours}
    return given | ours
