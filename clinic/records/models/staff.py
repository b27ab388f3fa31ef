"""Models of others as the records look at them: triggers of third parties' tables belong to a proxy of ours."""

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.utils.translation import gettext_lazy as _


class Account(User):
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("account")


class Membership(User.groups.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role of the account")


class OwnPermission(User.user_permissions.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("permission of the account’s own")


class RolePermission(Group.permissions.through):  # type: ignore[name-defined,misc]
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("permission of a role")


class Factor(Authenticator):  # type: ignore[misc]  # it has no types
    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("second factor")
