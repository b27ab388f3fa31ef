"""Users and roles: superusers alone change them; a manager may look at who there is."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.staff import factors
from clinic.staff.recent import recently_authenticated

# Raw rows would show the secrets of factors; a person sees their own at /admin/account/.
for model in (Authenticator, EmailAddress, UserSession, User, Group):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


def is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser


class ForSuperusers(admin.ModelAdmin[Any]):
    """Whatever permission somebody has been given by mistake: with it they could give themselves all others."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(Group)
class RoleAdmin(ForSuperusers, GroupAdmin):
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(User)
class StaffAdmin(ForSuperusers, UserAdmin):  # type: ignore[type-arg]
    list_display = ["username", "first_name", "last_name", "roles", "second_factor", "is_active", "last_login"]
    list_filter = ["is_active", "groups", "is_superuser"]
    change_form_template = "admin/auth/user/change.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        factor = Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=factors.PRIMARY)
        users: QuerySet[User] = super().get_queryset(request).annotate(has_factor=Exists(factor))
        return users.prefetch_related("groups")

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, row: User) -> str:
        names = [group.name for group in row.groups.all()]
        return ", ".join([_("superuser"), *names] if row.is_superuser else names)

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def second_factor(self, row: User) -> bool:
        return bool(row.has_factor)  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.forget_view)
        return [path("<int:pk>/lost/", view, name="auth_user_lost"), *super().get_urls()]

    @method_decorator(recently_authenticated)
    def forget_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Somebody has lost phone and recovery codes. GET says what will happen, POST does it."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if request.method == "POST":
            factors.forget(user)
            text = _("Second factor taken away.")
            self.log_change(request, user, text)
            self.message_user(request, text, messages.SUCCESS)
            return redirect("admin:auth_user_change", user.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "person": user}
        return render(request, "admin/auth/user/lost.html", context | {"title": _("Lost phone")})
