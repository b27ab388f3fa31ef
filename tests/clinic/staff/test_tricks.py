"""Tricks at every address of the admin, by each role: other methods, forged fields and forged rows.

The addresses come from the resolver, the fields from the models: what is added is tried without a line here.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models, transaction
from django.test import Client, RequestFactory

from booking.models import Appointment
from tests.clinic.staff.test_access import LETTERS, NO_ROLE, SIGNS_OUT, STAFF_ROUTES, make_people, make_rows, path_of
from tests.clinic.staff.test_access import table as who_gets_where
from tests.test_get_changes_nothing import everything

pytestmark = pytest.mark.django_db

OURS = ("booking", "clinic", "content", "records", "auth")
# What a form of ours never asks for, and what proxies or frameworks take for a method.
FORGED = {
    "id": "1", "pk": "1", "status": "confirmed", "state": "sent", "patient": "1", "patient_id": "1", "appointment": "1",
    "visit_type": "1", "by": "system", "user": "1", "version": "999", "link_version": "999", "sequence": "999",
    "public_id": "forged-forged-forged-x", "reference": "AAAA-AAAA", "submission_id": "forged", "is_superuser": "on",
    "is_staff": "on", "is_active": "on", "groups": "1", "user_permissions": "1", "password": "forged",
    "at": "2020-01-01",
    "created_at": "2020-01-01", "created_at_0": "2020-01-01", "created_at_1": "00:00", "reason": "forged",
    "decided_by": "1", "kept_by": "1", "changed_by": "1", "recorded_by": "1", "demo_fields": "[]", "kind": "reminder",
    "_method": "DELETE", "_save": "", "action": "delete_selected", "_selected_action": "1", "post": "yes",
    "index": "0", "select_across": "1", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": "1",
}  # fmt: skip
OVERRIDE = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "PUT", "X-Method-Override": "PATCH"}
# Changed by no form, whoever sends it.
SACRED: dict[str, tuple[str, ...]] = {
    "booking.Appointment": ("public_id", "reference", "submission_id", "patient_id", "visit_type_id", "created_at"),
    "booking.AppointmentEvent": ("appointment_id", "verb", "by", "user_id", "at"),
    "booking.Message": ("message_id", "appointment_id", "kind", "version", "created_at"),
    "booking.Patient": ("created_at", "language"),
    "records.Reading": ("at", "user_id", "page", "route", "patients", "visits"),
    "records.Removal": ("at", "what", "count"),
}
STRANGE = (str(2**40), "9" * 30, "1'--", "%00", "é")


@pytest.fixture
def appointment() -> Appointment:
    return make_rows()


@pytest.fixture
def people(appointment: Appointment) -> dict[str, Client]:
    found = make_people()
    for client in found.values():
        client.raise_request_exception = False
    return found


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done within never was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sacred() -> dict[str, list[tuple[Any, ...]]]:
    kept = {
        label: list(apps.get_model(label)._default_manager.order_by("pk").values_list("pk", *fields))
        for label, fields in SACRED.items()
    }
    kept["who may what"] = list(
        User.objects.order_by("pk").values_list("pk", "is_superuser", "is_staff", "groups", "user_permissions")
    )
    return kept


def lost(before: dict[str, list[tuple[Any, ...]]], after: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    """Rows that are other than they were; new ones may have come."""
    return [label for label, rows in before.items() if not set(map(repr, rows)) <= set(map(repr, after[label]))]


WHO = who_gets_where()
STAYS = [route for route in STAFF_ROUTES if route not in SIGNS_OUT]


@pytest.mark.parametrize("letter", [*LETTERS, NO_ROLE])
def test_no_other_method_changes_anything(appointment: Appointment, people: dict[str, Client], letter: str) -> None:
    """Where this role gets in; test_access.py does the same where it does not."""
    client, before, failed = people[letter], everything("records.Reading"), []
    for route in [route for route in STAYS if letter in WHO[route]]:
        path = path_of(route, appointment)
        for method in ("PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "FORGED"):
            answer = client.generic(method, path, b"status=confirmed", "application/x-www-form-urlencoded")
            if answer.status_code >= 500:
                failed.append((method, route))

    assert failed == []
    assert everything("records.Reading") == before


@pytest.mark.parametrize("letter", [*LETTERS, NO_ROLE])
def test_nothing_is_done_without_the_forms_own_secret(
    appointment: Appointment, people: dict[str, Client], letter: str
) -> None:
    """The cookie alone, which a browser sends along from anybody's page, moves nothing."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = people[letter].cookies
    before, passed = everything("records.Reading"), []
    for route in STAFF_ROUTES:
        for headers in ({}, OVERRIDE):
            answer = client.post(path_of(route, appointment), FORGED, headers=headers)
            if answer.status_code not in (403, 404, 405):
                passed.append((route, answer.status_code))

    assert passed == []
    assert everything("records.Reading") == before


@pytest.mark.parametrize("letter", [*LETTERS, NO_ROLE])
def test_forged_fields_change_nothing_that_no_form_asks_for(
    appointment: Appointment, people: dict[str, Client], letter: str
) -> None:
    """Who gets in changes what the form is about, and never these."""
    client, before, failed = people[letter], sacred(), []
    for route in [route for route in STAYS if letter in WHO[route]]:
        with undone():
            answer = client.post(path_of(route, appointment), FORGED, headers=OVERRIDE)
            gone = lost(before, sacred())
        if "auth" in route and letter == "S":
            gone = [label for label in gone if label != "who may what"]  # that is what those pages are for
        if answer.status_code >= 500 or gone:
            failed.append((route, answer.status_code, gone))

    assert failed == []


@pytest.mark.parametrize("letter", ["F", "C", "M", NO_ROLE])
def test_forged_fields_let_nobody_in(appointment: Appointment, people: dict[str, Client], letter: str) -> None:
    client, before = people[letter], everything()
    refused = [route for route in STAYS if letter not in WHO[route]]
    answers = {route: client.post(path_of(route, appointment), FORGED, headers=OVERRIDE) for route in refused}

    assert {route for route, answer in answers.items() if answer.status_code not in (403, 404, 405)} == set()
    assert everything() == before


def test_no_change_is_turned_into_a_new_row(appointment: Appointment, people: dict[str, Client]) -> None:
    """Django would, of any form, and so pass by the page on which staff block time."""
    before = everything()
    for route in [route for route in STAYS if route.split("/")[1] in OURS]:
        answer = people["S"].post(path_of(route, appointment), {**FORGED, "_saveasnew": "1"})
        assert answer.status_code in (403, 404, 405), (route, answer.status_code)

    assert everything() == before


def test_strange_rows_are_told_apart_from_faults(appointment: Appointment, people: dict[str, Client]) -> None:
    """By who gets furthest. What stands in an address is never more than a row that is not there."""
    failed = []
    for route in [route for route in STAYS if re.search(r"<(int|path|slug|str)?:?\w+>", route)]:
        for strange in STRANGE:
            path = path_of(re.sub(r"<((int|path|slug):)?\w+>", strange, route), appointment)
            for method in (people["S"].get, people["S"].post):
                with undone():
                    answer = method(path)
                if answer.status_code >= 500:
                    failed.append((method.__name__, path))

    assert failed == []


# --- What only verbs change ------------------------------------------------------------------------------------


def closed_models() -> list[type[models.Model]]:
    """Those whose rows have no form to change them, not even for a superuser."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True, is_staff=True)
    found = []
    for model, of_model in admin.site._registry.items():
        if model._meta.app_label in OURS and not of_model.has_change_permission(request):
            found.append(model)
    return found


def test_the_rows_that_verbs_keep_have_no_form() -> None:
    """Taking one of these off the list is a decision."""
    assert {model._meta.label for model in closed_models()} >= {
        *("booking.Appointment", "booking.Message", "booking.Offer", "booking.Hold", "booking.Course"),
        *("booking.EarlierRequest", "booking.Patient", "booking.MessageText", "booking.Holiday"),
        *("records.Reading", "records.Removal"),
    }
    never = {"booking.AppointmentEvent", "booking.Clearance", "booking.FreedTime", "booking.Heartbeat"}
    assert not never & {model._meta.label for model in admin.site._registry}


def as_a_form(model: type[models.Model]) -> dict[str, str]:
    """Every field there is, as Django's own form would send it."""
    sent = {**FORGED, "_save": "Save", "_continue": "1"}
    for field in model._meta.concrete_fields:
        row = model._default_manager.order_by("pk").first()
        value = str(getattr(row, field.attname)) if row else "1"
        sent[field.name] = {models.CharField: "forged", models.TextField: "forged"}.get(type(field), value)
        if field.choices:
            sent[field.name] = str(field.flatchoices[-1][0])
    return sent


@pytest.mark.parametrize("letter", [*LETTERS, NO_ROLE])
def test_no_form_reaches_what_only_verbs_change(
    appointment: Appointment, people: dict[str, Client], letter: str
) -> None:
    before = everything("records.Reading")
    for model in closed_models():
        if model._meta.label == "booking.MessageText":
            continue  # its page is a form of its own, which is tested with it
        row = model._default_manager.order_by("pk").first()
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        sent = as_a_form(model)
        for path in (base, f"{base}{row.pk if row else 1}/change/", f"{base}{row.pk if row else 1}/history/"):
            for more in ({}, {"_saveasnew": "1"}):
                answer = people[letter].post(path, {**sent, **more}, headers=OVERRIDE)
                assert answer.status_code < 500, (path, answer.status_code)

    assert everything("records.Reading") == before


def test_the_admin_offers_no_way_around() -> None:
    """No list can be edited in place, no page is opened in a popup by another's key, and nothing is saved as new."""
    loose = [
        model._meta.label
        for model, of_model in admin.site._registry.items()
        if model._meta.app_label in OURS and (of_model.list_editable or of_model.save_as or of_model.raw_id_fields)
    ]

    assert loose == []
    assert "django.contrib.admindocs" not in settings.INSTALLED_APPS
