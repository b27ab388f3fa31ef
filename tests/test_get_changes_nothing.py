"""Every address, opened: whoever it belongs to, opening it changes nothing; and nobody opens what is not theirs."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.test import Client

from booking import links
from booking.models import Appointment
from clinic import urls
from clinic.records.models import Reading
from tests import texts
from tests.booking.factories import make_appointment, make_staff
from tests.routes import routes

pytestmark = pytest.mark.django_db


def everything(*besides: str) -> dict[str, list[object]]:
    """Each row of each table, except the sign-in's own."""
    own = ("sessions.Session", "usersessions.UserSession", "auth.User", *besides)
    models = [model for model in apps.get_models() if model._meta.label not in own]
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}


def samples(route: str, appointment: Appointment) -> str:
    """The route with something in it that is really there."""
    for part, value in {
        "<slug:kind>": "first-visit",
        "<start:start>": "20261202T2100Z",
        "<path:token>": links.token_for(appointment),
        "<str:token>": links.feed_token_for(appointment),
        "<public_id:public_id>": appointment.public_id,
        "<page_path:path>": "nasal-ketamine",
        "<digest:digest>": "0" * 20,
        "<path:object_id>": str(appointment.pk),
        "<int:pk>": str(appointment.pk),
        "<int:other>": str(appointment.patient_id),
        "<int:revision>": "1",
        "<int:number>": "1",
        "<slug:verb>": "hide",
        "<slug:report>": "requests",
        "<int:kind>": str(appointment.visit_type_id),
        "<appointment_verb:verb>": "confirm",
        "<diary_span:span>": "week",
        "<path:content_type_id>": "1",
        "<id>": "1",
        "<path:url>": "nothing",
    }.items():
        route = route.replace(part, value)
    route = re.sub(r"\(\?P<app_label>(\w+)[^)]*\)", r"\1", route).replace("(?P<url>.*)", "nothing")
    return "/" + route.replace("^", "").replace("$", "")


@pytest.fixture
def appointment() -> Appointment:
    return make_appointment()


@pytest.fixture
def loaded(db: None) -> None:
    texts.load()


@pytest.mark.parametrize("route", [*routes(urls.public), *routes(urls.patient)])
def test_a_visitor_opening_it_changes_nothing(
    client: Client, appointment: Appointment, loaded: None, route: str
) -> None:
    client.get(f"/v/{links.token_for(appointment)}/")
    path = samples(route, appointment)
    assert "<" not in path, f"say in samples() what stands for the parts of {route}"
    before = everything()

    for method in (client.get, client.head, client.options):
        for _ in range(2):
            assert method(path).status_code < 500 or route == "queuez"

    assert everything() == before


@pytest.mark.parametrize("route", list(routes(urls.staff)))
def test_staff_opening_it_changes_nothing_and_nobody_else_gets_in(
    client: Client, appointment: Appointment, route: str
) -> None:
    path = samples(route, appointment)
    assert "<" not in path, f"say in samples() what stands for the parts of {route}"
    stranger = client.get(path)
    if not any(path.endswith(end) for end in ("/login/", "/jsi18n/")):
        assert stranger.status_code in (302, 403, 404), path
        assert "Ana Diaz" not in stranger.content.decode()
    User.objects.filter(pk=make_staff().pk).update(is_superuser=True)
    client.login(username="sam", password="correct horse battery")
    before, shown = everything("records.Reading"), ""

    if not path.endswith("/logout/"):
        response = client.get(path)
        assert response.status_code < 500
        shown = response.content.decode()

    assert everything("records.Reading") == before
    read = [row.patients for row in Reading.objects.all()]
    if any(said in shown for said in ("Ana Diaz", "ana@example.test", "555-0123", appointment.reference)):
        assert read == [[appointment.patient_id]], "whose data a page shows is noted"
