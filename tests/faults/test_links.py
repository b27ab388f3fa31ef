"""Mail programs and scanners open every link in a message, many times, before any person does: nothing may change."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.utils import timezone
from pytest_django import Settings

from booking import actions
from booking.models import Appointment, Message, Status
from booking.tasks import deliver_messages
from tests.booking import factories
from tests.faults.asking import free_starts, ready
from tests.faults.mailbox import Mailbox
from tests.faults.parts import Site

pytestmark = pytest.mark.faults


@pytest.fixture
def real_mail(settings: Settings, mailbox: Mailbox) -> Mailbox:
    """Messages sent from this process go to a real server, too."""
    settings.EMAIL_BACKEND = "clinic.mail.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
    return mailbox


@pytest.fixture
def links(site: Site, real_mail: Mailbox) -> list[str]:
    """Every link of every kind of message that patients and staff get."""
    visit_type = ready()
    staff = actions.staff(factories.make_staff())
    for verbs in ((), (actions.confirm,), (actions.decline,), (actions.confirm, actions.cancel)):
        appointment = factories.make_appointment(visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now())
        deliver_messages()
        for verb in verbs:
            verb(appointment=appointment, by=staff, now=timezone.now())
            deliver_messages()
    taken_back = factories.make_appointment(visit_type, starts_at=free_starts(visit_type)[0], now=timezone.now())
    actions.cancel(appointment=taken_back, by=actions.PATIENT, now=timezone.now())
    deliver_messages()
    assert set(Message.objects.exclude(state="suppressed").values_list("state", flat=True)) == {"sent"}
    found: set[str] = set()
    for mail in real_mail.kept:
        for part in mail.walk():
            if part.get_content_type() in ("text/plain", "text/html"):
                found.update(re.findall(r'https?://[^\s"<>]+', part.get_content()))
    return sorted(found)


def everything() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in apps.get_models()}


def test_links_lead_to_this_site_only(site: Site, links: list[str]) -> None:
    assert {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, links)} == {site.url}
    assert sum("/v/" in link for link in links) == 5  # each visit's own, also where it was declined or cancelled


def test_opening_links_changes_nothing(site: Site, links: list[str]) -> None:
    before = everything()
    for link in links:
        path = urlsplit(link).path
        for _ in range(20):
            scanner = site.visitor()
            assert scanner.ask("HEAD", path).status < 400, path
            answer = scanner.follow(path)
            assert answer.status == 200, path
            for next_path in re.findall(r'href="(/visit/[^"]+)"', answer.text):
                assert scanner.ask("HEAD", next_path).status < 500
                assert scanner.get(next_path).status < 500
        assert site.visitor().ask("OPTIONS", path).status < 500
    assert everything() == before


def test_the_person_can_still_cancel_afterwards(site: Site, links: list[str]) -> None:
    waiting = Appointment.objects.get(status=Status.REQUESTED)
    path = next(urlsplit(link).path for link in links if waiting.public_id in link)
    for _ in range(20):
        site.visitor().follow(path)
    person = site.visitor()
    person.follow(path)
    question = person.get(f"/visit/{waiting.public_id}/cancel/")
    form = question.forms[0]
    assert person.post(form.action, form.values()).status == 302
    waiting.refresh_from_db()
    assert waiting.status == Status.CANCELLED


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(site: Site, links: list[str], method: str) -> None:
    before = everything()
    for link in links:
        # To the sign-in for staff's own, as any request without one.
        assert site.visitor().ask(method, urlsplit(link).path).status in (302, 403, 405), link
    assert everything() == before


def test_wrong_links_look_all_the_same(site: Site, links: list[str]) -> None:
    """A guess tells nothing: not whether the visit exists, nor how near the guess was."""
    right = next(urlsplit(link).path for link in links if "/v/" in link)
    public_id, _, mac = right.removeprefix("/v/").rstrip("/").partition(".")
    guesses = [f"{public_id}.{mac[:-1]}", f"{public_id}.", public_id, f"{'A' * 22}.{mac}", f"{public_id}.{'A' * 22}"]
    guesses += [f"{public_id}.{mac.swapcase()}", f"{public_id}.x{mac}"]
    answers = [site.visitor().get(f"/v/{guess}/") for guess in guesses]
    answers.append(site.visitor().get(f"/visit/{public_id}/"))
    answers.append(site.visitor().get(f"/visit/{'A' * 22}/"))
    pages = [re.sub(r'<form method="post"[^>]*>\s*<input[^>]*>', "<form>", answer.text) for answer in answers]
    assert pages[0].count("<form>") == 1  # its own address and the token against forged requests differ each time
    for what, answer, page in zip([*guesses, "no cookie", "no such visit"], answers, pages, strict=True):
        assert (answer.status, page) == (404, pages[0]), (what, right)
