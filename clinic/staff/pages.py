"""The pages of signing in and of one's own factors: allauth's views in the admin's frame, and only those we need."""

from typing import Any

from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.staff import factors
from clinic.staff.recent import confirm_first


class Framed:
    """In the admin's frame: its header and, for whom has got that far, its links."""

    request: HttpRequest
    title: object = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        frame = admin.site.each_context(self.request)
        inner: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**frame, "title": self.title, **inner, "is_nav_sidebar_enabled": False}


class SignIn(Framed, LoginView):  # type: ignore[misc]
    """Also where the admin sends whoever it does not let in: it knows what each still lacks."""

    title = gettext_lazy("Sign in")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not admin.site.has_permission(request):
            if not user.is_staff:
                logout(request)
            elif factors.owned_by(user).exists():
                return confirm_first_to(request, self.get_next_url())
            else:
                return redirect("mfa_index")
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response


def confirm_first_to(request: HttpRequest, there: str | None) -> HttpResponse:
    """To the page that asks for the second factor, and from it to where this person was going."""
    answer = confirm_first(request)
    address = answer["Location"].partition("?")[0]
    return redirect(f"{address}?next={there or reverse('admin:index')}")


class Code(Framed, AuthenticateView):  # type: ignore[misc]
    title = gettext_lazy("Second factor")


class ConfirmPassword(Framed, ReauthenticateView):  # type: ignore[misc]
    title = gettext_lazy("Is it still you?")


class ConfirmCode(Framed, CodeAgainView):  # type: ignore[misc]
    title = gettext_lazy("Is it still you?")


class ConfirmPasskey(Framed, ReauthenticateWebAuthnView):  # type: ignore[misc]
    title = gettext_lazy("Is it still you?")

    def form_invalid(self, form: Any) -> HttpResponse:
        for problem in form.errors.get("credential", []):
            messages.error(self.request, problem)
        return HttpResponseRedirect(self.passthrough_next_url(self.request.path))


class Own(Framed):
    """One's own factors: a new user gets here by password alone, nobody else does."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not factors.proved(request) and factors.owned_by(user).exists():
            return confirm_first(request)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response


class Adding(Own):
    """Who adds a factor has shown that it works. Sessions that were open elsewhere end: they did without."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        user = self.request.user
        assert user.is_authenticated  # noqa: S101  the view asks for it
        factors.note_proof(self.request, user)
        factors.end_sessions(user, but=self.request.session.session_key)
        return response


class Overview(Own, IndexView):  # type: ignore[misc]
    title = gettext_lazy("Your sign-in")


class AddApp(Adding, ActivateTOTPView):  # type: ignore[misc]
    title = gettext_lazy("Add an authenticator app")


class RemoveApp(Own, DeactivateTOTPView):  # type: ignore[misc]
    title = gettext_lazy("Remove the authenticator app?")


class AddPasskey(Adding, AddWebAuthnView):  # type: ignore[misc]
    title = gettext_lazy("Add a passkey")


class RemovePasskey(Own, RemoveWebAuthnView):  # type: ignore[misc]
    title = gettext_lazy("Remove this passkey?")
    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        user = self.request.user
        assert user.is_authenticated  # noqa: S101  the view asks for it
        if not factors.owned_by(user).exclude(pk=self.get_object().pk).exists():
            messages.error(self.request, _("This is your only second factor. Add another one first."))
            return redirect("mfa_index")
        response: HttpResponse = super().form_valid(form)
        return response


class Codes(Own, ViewRecoveryCodesView):  # type: ignore[misc]
    title = gettext_lazy("Recovery codes")


class NewCodes(Own, GenerateRecoveryCodesView):  # type: ignore[misc]
    title = gettext_lazy("New recovery codes?")


def sign_out(request: HttpRequest) -> HttpResponse:
    """Also for whoever has not got into the admin, and for a sign-in half done."""
    if request.method == "POST":
        logout(request)
    return redirect("admin:index")
