"""Where one is signed in: this session and the others, each with a button that ends it."""

from datetime import timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic.staff import factors
from clinic.staff.signoff import NOTED_EVERY

BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)


def sessions(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert user.is_authenticated  # noqa: S101  wrapped by the admin
    if request.method == "POST":
        if wanted := request.POST.get("end"):
            key = wanted if wanted.isdecimal() and len(wanted) < 19 else 0
            get_object_or_404(open_sessions(user.pk), pk=key).end()
            messages.success(request, _("Ended."))
        else:
            factors.end_sessions(user, but=request.session.session_key)
            messages.success(request, _("All other sessions have ended."))
        return redirect("usersessions_list")
    rows = [
        {"session": one, "device": device(one.user_agent), "here": one.session_key == request.session.session_key}
        for one in open_sessions(user.pk).order_by("-last_seen_at")
    ]
    context = {**admin.site.each_context(request), "title": _("Where you are signed in"), "rows": rows}
    return render(request, "usersessions/usersession_list.html", context | {"is_nav_sidebar_enabled": False})


def open_sessions(user_pk: int) -> QuerySet[UserSession]:
    """Those that have not been idle too long; the rest can't be used any more."""
    since = timezone.now() - settings.STAFF_IDLE - timedelta(seconds=NOTED_EVERY)
    found: QuerySet[UserSession] = UserSession.objects.filter(user_id=user_pk, last_seen_at__gte=since)
    return found


def device(user_agent: str) -> str:
    """“Firefox, Windows”: enough to recognize one's own."""
    found = [next((name for mark, name in kinds if mark in user_agent), "") for kinds in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, found)) or _("unknown device")
