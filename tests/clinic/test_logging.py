import io
import json
import logging
from typing import Any

import pytest
import structlog
from django.test import Client

from booking import actions
from booking.models import Message, Resource
from booking.tasks import deliver_messages
from clinic.celery import app
from tests.booking.factories import form_data, make_clinician, make_visit_type

CANARY = {"name": "Zebulon Canary", "email": "canary-7731@example.test", "phone": "(310) 555-0177"}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the site's own handler writes."""
    handler = logging.getLogger().handlers
    ours = next(item for item in handler if isinstance(item.formatter, structlog.stdlib.ProcessorFormatter))
    assert isinstance(ours, logging.StreamHandler)
    written = io.StringIO()
    monkeypatch.setattr(ours, "stream", written)
    return written


def parsed(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.django_db
def test_a_whole_booking_leaves_no_name_or_address_in_the_log(lines: io.StringIO, mail_to_memory: None) -> None:
    make_clinician()
    kind = make_visit_type(notice_hours=0)
    client = Client()
    start = client.get(f"/book/{kind.slug}/").context["first"].at
    address = f"/book/{kind.slug}/{start:%Y%m%dT%H%MZ}/"
    client.post(address, form_data(**CANARY))
    client.post(f"{address}send/", form_data(**CANARY))
    client.post(address, form_data(**{**CANARY, "email": "not an address canary-7731"}))
    deliver_messages()

    text = lines.getvalue()
    assert [line["route"] for line in parsed(lines) if line["event"] == "request"].count(
        "book/<slug:kind>/<start:start>/send/"
    ) == 1
    assert Message.objects.count() == 2
    assert not any(part in text for part in ("Zebulon", "Canary", "canary-7731", "555-0177", "+1310"))


@pytest.mark.django_db
def test_a_fault_is_logged_by_type_and_place_only(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clinician()
    kind = make_visit_type()

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("Zebulon Canary")

    monkeypatch.setattr(actions, "request_appointment", broken)
    client = Client(raise_request_exception=False)
    response = client.post(f"/book/{kind.slug}/20261202T1800Z/send/", form_data(**CANARY))

    assert response.status_code == 500
    fault = next(line for line in parsed(lines) if line.get("error"))
    assert fault["error"] == "RuntimeError"
    assert fault["event"] == "Internal Server Error"
    assert "positional_args" not in fault
    assert any("request.py" in place for place in fault["where"])
    assert "Zebulon" not in lines.getvalue()
    assert "/20261202T1800Z/" not in lines.getvalue()
    assert Resource.objects.count() == 1


@pytest.mark.django_db
def test_what_the_database_refuses_is_logged_with_our_place_and_the_rule(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many places a library passes on the way; and not with the value that broke the rule."""
    make_clinician()
    kind = make_visit_type()

    def broken(*args: Any, **kwargs: Any) -> None:
        Resource.objects.create(kind="chair", name="Zebulon")
        Resource.objects.create(kind="chair", name="Zebulon")

    monkeypatch.setattr(actions, "request_appointment", broken)
    Client(raise_request_exception=False).post(f"/book/{kind.slug}/20261202T1800Z/send/", form_data(**CANARY))

    fault = next(line for line in parsed(lines) if line.get("error") == "IntegrityError")
    assert fault["constraint"].startswith("booking_resource_name")
    assert any("test_logging.py" in place for place in fault["where"])
    assert any("psycopg" in place for place in fault["where"])
    assert "Zebulon" not in lines.getvalue()


def test_a_task_that_fails_is_logged_by_name_type_and_place_only(lines: io.StringIO) -> None:
    """Celery puts the text of the exception into its own message."""

    @app.task(name="clinic.fails")
    def fails() -> None:
        raise RuntimeError("Zebulon Canary")

    try:
        fails.apply()
    finally:
        app.tasks.unregister("clinic.fails")

    [fault] = [line for line in parsed(lines) if line.get("error")]
    assert (fault["event"], fault["task"], fault["error"]) == ("raised unexpected", "clinic.fails", "RuntimeError")
    assert any("test_logging.py" in place for place in fault["where"])
    assert "Zebulon" not in lines.getvalue()


@pytest.mark.parametrize(
    ("message", "values", "event"),
    [
        ("Zebulon: already in the text", (), "exception"),
        ("Could not: %s", ("Zebulon",), "Could not"),
    ],
)
def test_what_libraries_say_of_a_fault_is_cut_before_its_values(
    lines: io.StringIO, message: str, values: tuple[str, ...], event: str
) -> None:
    try:
        raise RuntimeError("Zebulon Canary")
    except RuntimeError:
        logging.getLogger("some.library").exception(message, *values)

    [fault] = parsed(lines)
    assert (fault["event"], fault["error"], fault["logger"]) == (event, "RuntimeError", "some.library")
    assert "Zebulon" not in lines.getvalue()


def test_what_is_searched_for_is_not_in_the_log(lines: io.StringIO, client: Client, db: None) -> None:
    client.get("/search/?q=Sekret+sekrett")
    client.get("/search/sekret/")
    assert "search/" in lines.getvalue()
    assert "ekret" not in lines.getvalue()
