"""The three roles, as data: what each may do in the admin. `manage.py load_roles` makes the groups be exactly this."""

from collections.abc import Iterable
from typing import NamedTuple


class Role(NamedTuple):
    name: str  # of the group; not translated, for it is a key
    permissions: frozenset[str]  # "app.codename", as `has_perm` takes it


def allowed(app: str, verbs: str, models: str) -> frozenset[str]:
    """allowed("booking", "view change", "hold offer") is four permissions."""
    return frozenset(f"{app}.{verb}_{model}" for verb in verbs.split() for model in models.split())


def together(*parts: Iterable[str]) -> frozenset[str]:
    return frozenset().union(*parts)


# What everybody at the practice needs to see to answer a patient on the phone.
SEEN = together(
    allowed("booking", "view", "appointment patient clearance message earlierrequest offer course hold holiday task"),
    allowed("booking", "view", "visittype preparation resource weeklyhours datedhours reminderday"),
    allowed("booking", "view", "coursetemplate coursephase messagetext"),
    allowed("content", "view", "page source safetystatement notice review redirect"),
    allowed("clinic", "view", "practice"),
)

# Running the day: every button on a visit, a course, the list for earlier times and blocked time.
DAY = together(
    allowed("booking", "change", "appointment patient message earlierrequest task"),
    allowed("booking", "add", "course"),
    allowed("booking", "add delete", "hold"),
    allowed("booking", "merge", "patient"),
)

# Every change that was kept of these.
CHANGES = together(
    allowed("records", "view", "patientchange appointmentchange clearancechange coursechange offerchange holdchange"),
    allowed("records", "view", "taskchange closurechange"),
    allowed("records", "view", "holidaychange visittypechange preparationchange resourcechange weeklyhourschange"),
    allowed("records", "view", "datedhourschange reminderdaychange coursetemplatechange coursephasechange"),
    allowed("records", "view", "pagechange sourcechange safetystatementchange noticechange reviewchange"),
    allowed("records", "view", "redirectchange practicechange messagetextchange"),
    allowed("records", "view", "accountchange membershipchange ownpermissionchange rolepermissionchange factorchange"),
)

FRONT_DESK = Role("Front desk", together(SEEN, DAY))

# Who may have a treatment, and whether a text is right, only a clinician says.
CLINICIAN = Role(
    "Clinician",
    together(
        SEEN,
        DAY,
        allowed("booking", "add delete", "clearance"),
        allowed("booking", "keep export", "patient"),
        allowed("booking", "report", "appointment"),
        allowed("booking", "feed", "resource"),
        allowed("content", "change", "page source safetystatement notice"),
        allowed("content", "add", "review"),
    ),
)

# How the practice works: hours, kinds of visit, facts, texts; and who has changed and read what.
# Users and roles are for superusers.
MANAGER = Role(
    "Manager",
    together(
        SEEN,
        DAY,
        allowed("booking", "add change", "holiday"),
        allowed("booking", "add change delete", "visittype preparation resource weeklyhours datedhours reminderday"),
        allowed("booking", "add change delete", "coursetemplate coursephase"),
        allowed("booking", "change", "messagetext"),
        allowed("content", "add change", "page source safetystatement notice"),
        allowed("content", "add change delete", "redirect"),
        allowed("content", "add", "review"),
        allowed("clinic", "add change", "practice"),
        allowed("auth", "view", "user"),
        allowed("booking", "keep export erase", "patient"),
        allowed("booking", "report", "appointment"),
        allowed("booking", "feed", "resource"),
        allowed("records", "view", "reading removal erasure"),
        CHANGES,
    ),
)

ROLES = (FRONT_DESK, CLINICIAN, MANAGER)
