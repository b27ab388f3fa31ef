"""A real browser before the real site. Scripts are off unless a test says otherwise: nothing may need them."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from pytest_django import Settings

from clinic.local import browser as programs
from clinic.models import Practice
from tests import texts
from tests.booking import factories
from tests.e2e.looking import Watch
from tests.faults.mailbox import Mailbox

# Playwright's own loop runs in this thread, so Django takes our plain calls for calls from async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

LAUNCH = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
]


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium as `make test` found it. Without one the journeys are left out, but not where CI relies on them."""
    program = programs.find()
    if not program:
        problem = os.environ.get("CLINIC_NO_BROWSER") or f"no Chromium. {programs.ADVICE}"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(problem)
        pytest.skip(problem)
    chromium = playwright.chromium.launch(executable_path=program, args=LAUNCH)
    yield chromium
    chromium.close()


class _PassedOn(WSGIHandler):
    """What Django would put before the site to serve styles under their plain names: nothing."""

    def __init__(self, application: WSGIHandler) -> None:
        super().__init__()


class _Server(LiveServerThread):
    """Django's own, with the styles served as in production: by WhiteNoise, under their hashed names."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", static_handler=_PassedOn, connections_override={})

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


@pytest.fixture
def server(transactional_db: None, settings: Settings) -> Iterator[str]:
    """The site's address. It runs in this process, so a test's settings hold for it, too."""
    thread = _Server()
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    settings.SITE_URL = thread.url
    settings.BOOKING_LIMIT_PER_NETWORK = settings.UNSEEN_MAIL_PER_ADDRESS = 1000
    texts.load()
    Practice.objects.create(pk=1, phone="+13105550100", reply_working_days=1, demo_fields=["phone"])
    factories.make_clinician()
    factories.make_visit_type(slug="first-visit", order=1)
    factories.make_visit_type(slug="follow-up", name="Follow-up", length_minutes=30, clinician_minutes=30, order=2)
    yield thread.url
    thread.terminate()


@pytest.fixture
def real_mail(settings: Settings) -> Iterator[Mailbox]:
    """A mail server of this test's own, to which the outbox delivers."""
    with Mailbox() as mailbox:
        settings.EMAIL_BACKEND = "clinic.mail.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
        yield mailbox


@pytest.fixture
def open_browser(browser: Browser, server: str) -> Iterator[Any]:
    """Makes a browser of its own each time, at the site's address. At the end all were well-behaved."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def make(*, scripts: bool = False, **options: Any) -> Page:
        context = browser.new_context(base_url=server, java_script_enabled=scripts, locale="en-US", **options)
        context.set_default_timeout(15_000)
        page = context.new_page()
        opened.append((context, Watch(page, server)))
        return page

    yield make
    for context, watch in opened:
        context.close()
        watch.assert_quiet()


@pytest.fixture
def page(open_browser: Any) -> Page:
    """A phone without scripts."""
    made: Page = open_browser(viewport={"width": 360, "height": 740})
    return made
