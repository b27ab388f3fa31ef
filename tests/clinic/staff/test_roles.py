"""Each role's permissions, one by one: whoever gives a role more says so here, too."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import CommandError, call_command

from clinic.staff import roles
from clinic.staff.management.commands import load_roles
from tests.booking.factories import make_staff

pytestmark = pytest.mark.django_db

# model: what front desk, clinician and manager may do; v view, a add, c change, d delete, k keep, m merge, x export,
# e erase, r report, f feed, - nothing.
TABLE = """
booking.appointment     vc   vcr  vcr
booking.patient         vcm  vcmkx vcmkxe
booking.clearance       v    vad  v
booking.message         vc   vc   vc
booking.earlierrequest  vc   vc   vc
booking.offer           v    v    v
booking.course          va   va   va
booking.hold            vad  vad  vad
booking.holiday         v    v    vac
booking.task            vc   vc   vc
booking.visittype       v    v    vacd
booking.preparation     v    v    vacd
booking.resource        v    vf   vacdf
booking.weeklyhours     v    v    vacd
booking.datedhours      v    v    vacd
booking.reminderday     v    v    vacd
booking.coursetemplate  v    v    vacd
booking.coursephase     v    v    vacd
booking.messagetext     v    v    vc
content.page            v    vc   vac
content.source          v    vc   vac
content.safetystatement v    vc   vac
content.notice          v    vc   vac
content.review          v    va   va
content.redirect        v    v    vacd
clinic.practice         v    v    vac
auth.user               -    -    v
records.reading         -    -    v
records.removal         -    -    v
records.erasure         -    -    v
records.patientchange         -    -    v
records.appointmentchange     -    -    v
records.clearancechange       -    -    v
records.coursechange          -    -    v
records.offerchange           -    -    v
records.holdchange            -    -    v
records.taskchange            -    -    v
records.closurechange         -    -    v
records.holidaychange         -    -    v
records.visittypechange       -    -    v
records.preparationchange     -    -    v
records.resourcechange        -    -    v
records.weeklyhourschange     -    -    v
records.datedhourschange      -    -    v
records.reminderdaychange     -    -    v
records.coursetemplatechange  -    -    v
records.coursephasechange     -    -    v
records.pagechange            -    -    v
records.sourcechange          -    -    v
records.safetystatementchange -    -    v
records.noticechange          -    -    v
records.reviewchange          -    -    v
records.redirectchange        -    -    v
records.practicechange        -    -    v
records.messagetextchange     -    -    v
records.accountchange         -    -    v
records.membershipchange      -    -    v
records.ownpermissionchange   -    -    v
records.rolepermissionchange  -    -    v
records.factorchange          -    -    v
"""
VERBS = {
    "v": "view", "a": "add", "c": "change", "d": "delete", "k": "keep", "m": "merge", "x": "export", "e": "erase",
    "r": "report", "f": "feed",
}  # fmt: skip


def written(column: int) -> set[str]:
    found = set()
    for line in TABLE.strip().splitlines():
        app, _, model = line.split()[0].partition(".")
        found |= {f"{app}.{VERBS[letter]}_{model}" for letter in line.split()[1 + column] if letter != "-"}
    return found


def load() -> None:
    call_command("load_roles", stdout=StringIO())


@pytest.mark.parametrize("column", [0, 1, 2])
def test_a_member_may_do_exactly_what_is_written_here(column: int) -> None:
    load()
    user = make_staff()
    user.groups.add(Group.objects.get(name=["Front desk", "Clinician", "Manager"][column]))

    assert User.objects.get(pk=user.pk).get_all_permissions() == written(column)


def test_loading_again_takes_back_what_somebody_has_changed_and_keeps_the_members() -> None:
    load()
    group = Group.objects.get(name="Front desk")
    group.user_set.add(make_staff())
    before = set(group.permissions.all())
    group.permissions.set(Permission.objects.filter(codename__in=["change_user", "delete_patient"]))

    load()

    assert set(group.permissions.all()) == before
    assert group.user_set.count() == 1
    assert Group.objects.count() == len(roles.ROLES)


def test_a_permission_that_does_not_exist_is_named_and_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = roles.Role("Front desk", frozenset({"booking.view_patient", "booking.view_nothing"}))
    monkeypatch.setattr(load_roles, "ROLES", (roles.CLINICIAN, bad))

    with pytest.raises(CommandError, match=r"Front desk: no such permission: booking\.view_nothing\."):
        load()
    assert not Group.objects.exists()


def test_no_role_may_change_who_may_do_what() -> None:
    given = set().union(*(role.permissions for role in roles.ROLES))

    assert not {name for name in given if name.split(".")[0] in ("auth", "admin", "sessions")} - {"auth.view_user"}
