from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from clinic.staff import checks, factors
from tests.booking.factories import make_staff

pytestmark = pytest.mark.django_db


def found() -> dict[str, str]:
    return {str(item.id): item.msg for item in checks.who_may_sign_in(None)}


def test_staff_without_a_factor_are_named(sam: User, newcomer: User) -> None:
    assert found()["staff.W001"] == "Without a second factor until they next sign in: kim."
    factors.renew(newcomer)
    assert "staff.W001" not in found()


def test_staff_without_a_role_are_named_superusers_are_not(sam: User) -> None:
    boss = make_staff("boss")
    User.objects.filter(pk=boss.pk).update(is_superuser=True)
    sam.groups.add(Group.objects.create(name="Choir"))
    assert found()["staff.W002"] == "Staff without a role, who see nothing: sam."

    sam.groups.add(Group.objects.create(name="Front desk"))
    assert "staff.W002" not in found()


def test_the_local_sites_user_belongs_to_no_real_site(settings: Any) -> None:
    make_staff(checks.DEMO)
    assert "staff.E001" not in found()
    settings.LOCAL = False
    assert "staff.E001" in found()
    User.objects.update(is_active=False)
    assert found() == {}


def test_the_factors_want_a_key_of_their_own(settings: Any) -> None:
    assert checks.factor_key_differs(None) == []
    settings.FACTOR_KEY = settings.LINK_KEY
    assert [item.id for item in checks.factor_key_differs(None)] == ["staff.W003"]
