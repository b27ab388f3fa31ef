"""Who works here and what they may do: every change is kept, and read by the manager on the account's page."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from clinic.records import timeline
from clinic.records.models import CHANGES, Account, Factor, Membership, OwnPermission, RolePermission
from clinic.records.removal import What, remove_due
from clinic.retention import YEAR
from clinic.staff import factors
from tests.booking.admin.pages import text
from tests.booking.factories import make_staff

pytestmark = pytest.mark.django_db


def kept(tracked: type, *names: str) -> list[tuple[object, ...]]:
    return list(CHANGES[tracked]._default_manager.order_by("pgh_id").values_list("pgh_label", *names))


def test_an_account_is_kept_without_its_password_and_sign_ins() -> None:
    sam = make_staff()
    before = kept(Account)
    sam.last_login = timezone.now()
    sam.save()
    assert kept(Account) == before, "signing in is no change"

    sam.set_password("another horse battery")
    sam.save()
    User.objects.filter(pk=sam.pk).update(is_superuser=True)

    assert kept(Account, "is_superuser")[-2:] == [("password", False), ("update", True)]
    fields = {field.name for field in CHANGES[Account]._meta.fields}
    assert not fields & {"password", "last_login"}


def test_roles_permissions_and_factors_come_and_go() -> None:
    sam, group = make_staff(), Group.objects.create(name="Helpers")
    permission = Permission.objects.get(codename="view_patient")
    sam.groups.add(group)
    sam.groups.clear()
    sam.user_permissions.add(permission)
    group.permissions.add(permission)
    factors.renew(sam)
    factors.forget(sam)

    assert kept(Membership, "user", "group") == [("insert", sam.pk, group.pk), ("delete", sam.pk, group.pk)]
    assert kept(OwnPermission, "user", "permission") == [("insert", sam.pk, permission.pk)]
    assert kept(RolePermission, "group", "permission") == [("insert", group.pk, permission.pk)]
    assert [row[0] for row in kept(Factor)] == ["insert", "insert", "delete", "delete"]
    assert {row[1] for row in kept(Factor, "type")} == {"totp", "recovery_codes"}
    assert not {field.name for field in CHANGES[Factor]._meta.fields} & {"data", "last_used_at"}


def test_a_code_that_is_used_is_no_change() -> None:
    sam = make_staff()
    factors.renew(sam)
    before = kept(Factor)

    Authenticator.objects.update(data={"used": 1}, last_used_at=timezone.now())

    assert kept(Factor) == before


@pytest.mark.parametrize("tracked", [Account, Membership, OwnPermission, RolePermission, Factor])
def test_nobody_rewrites_it(tracked: type) -> None:
    sam, group = make_staff(), Group.objects.create(name="Helpers")
    permission = Permission.objects.get(codename="view_patient")
    sam.groups.add(group)
    sam.user_permissions.add(permission)
    group.permissions.add(permission)
    factors.renew(sam)
    table = CHANGES[tracked]._meta.db_table
    assert kept(tracked)
    with connection.cursor() as cursor:
        for statement in (f"UPDATE {table} SET pgh_label = 'x'", f"DELETE FROM {table}"):  # noqa: S608
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(statement)


def test_the_manager_reads_it_on_the_accounts_page(client: Client) -> None:
    sam, max_ = make_staff(), make_staff("max", "Max", "Roe")
    group = Group.objects.create(name="Helpers")
    sam.groups.add(group)
    factors.renew(sam)
    max_.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "view_accountchange"]))
    client.force_login(max_)

    shown = text(client.get(f"/admin/auth/user/{sam.pk}/change/"))

    assert "Every change" in shown
    assert "Role of the account entered" in shown
    assert "Group after: Helpers" in shown
    assert "Second factor entered" in shown
    max_.user_permissions.set(Permission.objects.filter(codename="view_user"))
    assert "Every change" not in text(client.get(f"/admin/auth/user/{sam.pk}/change/"))


def test_who_did_it_and_where_is_told(client: Client) -> None:
    chief = User.objects.create_superuser("chief", password="correct horse battery")
    sam = make_staff()
    client.force_login(chief)
    factors.renew(sam)
    client.post(f"/admin/auth/user/{sam.pk}/lost/")

    newest = timeline.of_account(sam)[0]

    assert (newest.title, newest.who) == ("Second factor removed", "chief")
    assert newest.where == "at the front desk (auth_user_lost)"


def test_on_the_pages_about_signing_in_it_is_one_of_the_staff(client: Client) -> None:
    sam = make_staff()
    factors.renew(sam)
    client.force_login(sam)
    client.post("/admin/account/codes/new/")

    told = list(CHANGES[Factor]._default_manager.order_by("pgh_id").values_list("pgh_context", flat=True))

    assert told[-1] == {"who": "staff", "user": sam.pk, "why": "mfa_generate_recovery_codes"}
    assert timeline.of_account(sam)[0].where == "on the pages about signing in (mfa_generate_recovery_codes)"


@pytest.mark.parametrize("count", [2, 20])
def test_the_queries_do_not_grow(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    sam = make_staff()
    sam.user_permissions.set(Permission.objects.order_by("pk")[:count])

    with django_assert_num_queries(5):
        timeline.of_account(sam)


def test_it_goes_after_six_years() -> None:
    make_staff()

    assert What.CHANGES not in remove_due(now=timezone.now() + 5 * YEAR)
    assert What.CHANGES in remove_due(now=timezone.now() + 7 * YEAR)
    assert kept(Account) == []
