from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from content.models import Page, SafetyStatement, Source
from tests.content.conftest import MakePage

PASSWORD = "a long enough password"
MakeClient = Callable[..., Client]


@pytest.fixture
def signed_in(db: None) -> MakeClient:
    """A staff user of that name who may do what is named, and nothing else."""

    def make(name: str, *may: str) -> Client:
        user = User.objects.create_user(name, password=PASSWORD, is_staff=True, first_name=name.title())
        user.user_permissions.set(Permission.objects.filter(content_type__app_label="content", codename__in=may))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def editor(signed_in: MakeClient) -> Client:
    return signed_in("maria", "view_page", "change_page", "add_page")


@pytest.fixture
def material(db: None) -> None:
    Source.objects.create(key="trial", title="A trial", kind="trial")
    SafetyStatement.objects.create(key="ride-home", title="Plan your ride home", text="An adult takes you home.")


@pytest.fixture
def office(make_page: MakePage, material: None) -> Page:
    return make_page(
        "office",
        h1="Our office",
        summary="We have one office.",
        body="Come in.\n\n::safety ride-home",
        must_say=["ride-home"],
    )


FIELDS = ["h1", "summary", "key_facts", "body", "path", "kind", "nav_order", "title"]


def values_of(page: Page) -> dict[str, object]:
    """What the form holds when nobody has touched it."""
    last = page.revisions.first()
    return {name: getattr(page, name) for name in FIELDS} | {
        "parent": page.parent_id or "",
        "related": ", ".join(page.related),
        "seen": last.pk if last else "",
    }


def press(client: Client, page: Page, button: str, **values: object) -> str:
    """Sends the form with a button. What is shown if it was refused, else nothing."""
    address = reverse("admin:content_page_change", args=[page.pk])
    response = client.post(address, values_of(page) | values | {f"_{button}": "x"})
    assert response.status_code in (200, 302)
    return response.content.decode() if response.status_code == 200 else ""
