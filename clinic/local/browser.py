"""Finds a Chromium for the tests, or tries to get one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from clinic.local.install import say

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ADVICE = "Install one (Debian: apt-get install chromium) or set CHROMIUM to its path."


def variables() -> dict[str, str]:
    """CHROMIUM, the path of a browser; or CLINIC_NO_BROWSER, why there is none."""
    if os.environ.get("CLINIC_NO_BROWSER"):
        return {}
    browser = find() or (get() and find())
    if browser:
        return {"CHROMIUM": browser}
    say(f"No Chromium was found or could be installed: the browser tests are left out. {ADVICE}")
    return {"CLINIC_NO_BROWSER": f"no Chromium. {ADVICE}"}


def find() -> str:
    """The path of a browser on this machine, or ""."""
    given = os.environ.get("CHROMIUM", "")
    if given and os.access(given, os.X_OK):
        return given
    return next(filter(None, map(shutil.which, NAMES)), "") or find_downloaded()


def find_downloaded() -> str:
    """The newest that Playwright has downloaded, or ""."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path(home) / "ms-playwright")
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/*linux*/*headless*shell")
    return next((str(path) for pattern in patterns for path in sorted(cache.glob(pattern), reverse=True)), "")


def get() -> bool:
    """Whether a browser could be installed, in bounded time."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        say("Installing Chromium for the browser tests (apt-get)")
        install = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends"]
        if succeeds(["apt-get", "update", "-qq"], 120):
            return succeeds([*install, "chromium", "fonts-dejavu-core"], 420)
        return False
    say("Downloading Chromium for the browser tests (Playwright)")
    return succeeds([sys.executable, "-m", "playwright", "install", "chromium"], 300)


def succeeds(command: list[str], seconds: float) -> bool:
    try:
        return not subprocess.run(  # noqa: S603 -- our own commands
            command,
            check=False,
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        ).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
