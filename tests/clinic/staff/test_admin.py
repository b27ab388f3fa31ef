"""Users, roles and the lost phone, as superusers have them and nobody else."""

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from clinic.staff import factors
from tests.booking.admin.pages import text
from tests.booking.factories import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(db: None) -> Client:
    user = make_staff("chief")
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def meddler(db: None) -> Client:
    """Has by mistake been given every permission there is, and is no superuser."""
    user = make_staff("max")
    user.user_permissions.set(Permission.objects.all())
    client = Client()
    client.force_login(user)
    return client


def test_nobody_but_superusers_changes_users_and_roles(meddler: Client, chief: Client, sam: User) -> None:
    role = Group.objects.create(name="Front desk")
    paths = [
        f"user/{sam.pk}/password/", f"user/{sam.pk}/delete/", f"user/{sam.pk}/lost/", "user/add/",
        f"group/{role.pk}/change/", f"group/{role.pk}/delete/", "group/add/", "group/",
    ]  # fmt: skip
    for path in paths:
        assert meddler.get(f"/admin/auth/{path}").status_code == 403, path
        assert meddler.post(f"/admin/auth/{path}").status_code == 403, path
        assert chief.get(f"/admin/auth/{path}").status_code == 200, path

    assert meddler.get(f"/admin/auth/user/{sam.pk}/change/").status_code == 200
    assert meddler.post(f"/admin/auth/user/{sam.pk}/change/", {"is_superuser": "on"}).status_code == 403


def test_the_list_says_who_has_a_factor_and_which_role(chief: Client, sam: User, newcomer: User) -> None:
    sam.groups.add(Group.objects.create(name="Clinician"))
    rows = {row.username: row for row in chief.get("/admin/auth/user/").context["cl"].result_list}

    assert (rows["sam"].has_factor, rows["kim"].has_factor) == (True, False)
    assert "Clinician" in text(chief.get("/admin/auth/user/"))


def test_no_page_shows_the_rows_of_factors_or_sessions() -> None:
    shown = {model._meta.app_label for model in admin.site._registry}

    assert not {"mfa", "account", "usersessions", "sessions"} & shown
    assert apps.is_installed("allauth.mfa")


def test_a_lost_phone(chief: Client, sam: User) -> None:
    desk = Client()
    desk.force_login(sam)
    desk.get("/admin/")
    assert Authenticator.objects.filter(user=sam).count() == 2
    assert "Lost phone" in text(chief.get(f"/admin/auth/user/{sam.pk}/change/"))
    chief.get(f"/admin/auth/user/{sam.pk}/lost/")
    assert factors.owned_by(sam).exists()

    chief.post(f"/admin/auth/user/{sam.pk}/lost/")

    assert not Authenticator.objects.filter(user=sam).exists()


def test_a_lost_phone_from_the_command_line(sam: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("forget_factors", "sam")

    assert not Authenticator.objects.filter(user=sam).exists()
    with pytest.raises(CommandError, match="no such user"):
        call_command("forget_factors", "nobody")
