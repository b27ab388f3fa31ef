"""Who, where and what happened to a row, in the words that staff read."""

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from clinic.records.because import PATIENT, STAFF, SYSTEM, VISITOR
from clinic.records.models import DELETE, FOUND, INSERT, PASSWORD, UPDATE


def user(user: User) -> str:
    return user.get_full_name() or user.get_username()


def who(because: str | None) -> str:
    return {
        STAFF: _("Somebody of the staff"),
        PATIENT: _("The patient, by their link"),
        VISITOR: _("A visitor of the website"),
        SYSTEM: _("The system"),
    }.get(because or "", _("Not by the site"))


def where(why: str | None) -> str:
    """Which page, task or command, by its name."""
    name = why or ""
    if name.startswith(("account_", "mfa_", "usersessions_")):
        return _("on the pages about signing in (%(name)s)") % {"name": name}
    if name.startswith("admin:"):
        return _("at the front desk (%(name)s)") % {"name": name.removeprefix("admin:")}
    if name.startswith("visit:"):
        return _("on their own page (%(name)s)") % {"name": name.removeprefix("visit:")}
    if name.startswith("manage.py"):
        return _("by a command (%(name)s)") % {"name": name}
    if ".tasks." in name:
        return _("by itself (%(name)s)") % {"name": name.rpartition(".")[2]}
    return _("on the website (%(name)s)") % {"name": name.rpartition(":")[2]} if name else ""


def title(subject: str, label: str) -> str:
    """Patient changed"""
    sentences = {
        INSERT: _("%(subject)s entered"),
        UPDATE: _("%(subject)s changed"),
        DELETE: _("%(subject)s removed"),
        PASSWORD: _("%(subject)s: password stored anew"),
        FOUND: _("%(subject)s as it was when the keeping of changes began"),
    }
    return sentences[label] % {"subject": subject}
