import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from booking import outbox
from booking.models import Message
from tests.booking.factories import form_data, make_appointment, make_clinician, make_staff, make_visit_type


def away(*args: Any, **kwargs: Any) -> None:
    raise OperationalError("connection refused")


def test_healthz_asks_nobody(client: Client) -> None:
    """Without the database fixture any query would fail the test."""
    assert client.get("/healthz").content == b"ok\n"


@pytest.mark.django_db
def test_readyz_asks_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/readyz").status_code == 200

    monkeypatch.setattr(connection, "cursor", away)
    assert client.get("/readyz").status_code == 503


@pytest.mark.django_db
def test_queuez_tells_a_worker_that_has_stopped(client: Client) -> None:
    assert client.get("/queuez").json()["problems"] == ["no heartbeat from the worker"]

    outbox.beat(now=timezone.now())
    assert client.get("/queuez").json() == {
        "ok": True,
        "problems": [],
        "heartbeat_age_seconds": 0,
        "oldest_due_age_seconds": None,
        "failed_messages": 0,
    }

    outbox.beat(now=timezone.now() - timedelta(minutes=4))
    assert client.get("/queuez").status_code == 503


@pytest.mark.django_db
def test_queuez_tells_mail_that_waits(client: Client) -> None:
    outbox.beat(now=timezone.now())
    make_appointment()
    assert client.get("/queuez").status_code == 200

    # Put off again and again, as in an outage of the mail server: it still waits.
    long_ago = timezone.now() - timedelta(minutes=11)
    Message.objects.update(ready_at=long_ago, due_at=timezone.now() + timedelta(minutes=5), reason="TimeoutError")
    answer = client.get("/queuez")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["messages are waiting"])


def test_robots_keeps_private_pages_out(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()

    assert {"Disallow: /admin/", "Disallow: /visit/", "Disallow: /v/"} <= set(lines)
    assert lines[-1] == "Sitemap: http://127.0.0.1:8000/sitemap.xml"


@pytest.mark.django_db
def test_the_sitemap_names_the_public_pages(client: Client) -> None:
    assert client.get("/sitemap.xml").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("error", "status"), [(OperationalError, 503), (RuntimeError, 500)])
def test_a_fault_keeps_what_was_typed(error: type[Exception], status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clinician()
    make_visit_type()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("booking.actions.request_appointment", broken)
    response = Client(raise_request_exception=False).post("/book/first-visit/20261202T1800Z/send/", form_data())
    page = response.content.decode()

    assert response.status_code == status
    assert "988" in page
    assert "911" in page
    assert '<input type="hidden" name="name" value="Ana Diaz">' in page
    assert 'action="/book/first-visit/20261202T1800Z/send/"' in page
    assert page.count('name="csrfmiddlewaretoken"') == 1
    assert response.get("Retry-After") == ("30" if status == 503 else None)


@pytest.mark.django_db
def test_a_fault_elsewhere_offers_no_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("content.views.render", away)

    response = Client(raise_request_exception=False).get("/")

    assert response.status_code == 503
    assert 'method="post"' not in response.content.decode()  # the search box is all that may be sent
    assert "988" in response.content.decode()


GIVEN_AWAY_BY_THE_PUBLIC_PAGES = re.compile("treatment|ketamine|side effects|psych", re.I)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/book/no-such/", "/book/", "/visit/no-such/", "/visit/", "/v/no-such/"])
def test_a_page_about_a_visit_names_no_treatment_found_or_not(client: Client, path: str) -> None:
    page = client.get(path).content.decode()

    body = page.partition("<body")[2]
    assert GIVEN_AWAY_BY_THE_PUBLIC_PAGES.findall(body) == []
    assert 'href="/crisis/"' in page.partition('<footer class="foot">')[2]
    assert "6801 Park Terrace" in page.partition('<footer class="foot">')[2]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError, RuntimeError])
def test_nor_does_a_fault_or_a_form_without_its_cookie(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    make_clinician()
    make_visit_type()
    address = "/book/first-visit/20261202T1800Z/send/"
    refused = Client(enforce_csrf_checks=True).post(address, form_data())

    def broken(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr("booking.actions.request_appointment", broken)
    fault = Client(raise_request_exception=False).post(address, form_data())

    assert (refused.status_code, fault.status_code) == (403, 503 if error is OperationalError else 500)
    for response in (refused, fault):
        assert GIVEN_AWAY_BY_THE_PUBLIC_PAGES.findall(response.content.decode().partition("<body")[2]) == []


@pytest.mark.django_db
def test_elsewhere_a_page_that_is_not_there_leads_to_the_information(client: Client) -> None:
    response = client.get("/nope/")

    assert response.status_code == 404
    assert 'href="/nasal-ketamine/"' in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/book/", "/nope/", "/admin/login/", "/robots.txt"])
def test_every_answer_carries_the_same_protection(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert (
        headers["Content-Security-Policy"].startswith("default-src 'none'")
        or "'none'" in headers["Content-Security-Policy"]
    )
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "unicode_escape", "idna", "rot13", "hex", "no-such"])
def test_a_body_that_can_not_be_read_gets_a_page_of_ours(charset: str) -> None:
    make_clinician()
    make_visit_type()

    response = Client(raise_request_exception=False).generic(
        "POST",
        "/book/first-visit/20261202T1800Z/",
        b"name=x",
        content_type=f"application/x-www-form-urlencoded; charset={charset}",
    )

    assert response.status_code == 400
    assert "988" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["\x00abcdefgh", "\\000abcdefgh", "x" * 5000, "'; --"])
def test_a_session_cookie_that_is_none_is_no_fault(client: Client, key: str) -> None:
    client.cookies["session"] = key

    assert client.get("/admin/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["status__exact=%00", "id__range=" + "9" * 40 + "," + "9" * 41, "q=%00"])
def test_a_value_that_no_database_holds_is_a_bad_address(query: str) -> None:
    make_staff()
    User.objects.update(is_superuser=True)
    client = Client(raise_request_exception=False)
    client.login(username="sam", password="correct horse battery")

    assert client.get(f"/admin/booking/appointment/?{query}").status_code < 500
