"""Models of others as the records look at them: triggers of third parties' tables belong to a proxy of ours."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User


class Account(User):
    class Meta:
        proxy = True
        default_permissions = ()


class Membership(User.groups.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()


class OwnPermission(User.user_permissions.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()


class RolePermission(Group.permissions.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()


class Factor(Authenticator):  # type: ignore[misc]  # it has no types
    class Meta:
        proxy = True
        default_permissions = ()
