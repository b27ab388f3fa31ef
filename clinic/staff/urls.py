"""Under /admin/, before the admin's own. The names are those by which allauth looks for its pages."""

from django.contrib import admin
from django.urls import path

from clinic.staff import pages
from clinic.staff.sessions import sessions

urlpatterns = [
    path("login/", pages.SignIn.as_view(), name="account_login"),
    path("login/code/", pages.Code.as_view(), name="mfa_authenticate"),
    path("sign-out/", pages.sign_out, name="account_logout"),
    path("account/", pages.Overview.as_view(), name="mfa_index"),
    path("account/app/add/", pages.AddApp.as_view(), name="mfa_activate_totp"),
    path("account/app/remove/", pages.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("account/passkeys/add/", pages.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", pages.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("account/codes/", pages.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("account/codes/new/", pages.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("account/sessions/", admin.site.admin_view(sessions), name="usersessions_list"),
    path("account/confirm/", pages.ConfirmCode.as_view(), name="mfa_reauthenticate"),
    path("account/confirm/passkey/", pages.ConfirmPasskey.as_view(), name="mfa_reauthenticate_webauthn"),
    path("account/confirm/password/", pages.ConfirmPassword.as_view(), name="account_reauthenticate"),
]
