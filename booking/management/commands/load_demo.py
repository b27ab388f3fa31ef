from datetime import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from booking.models import CoursePhase, CourseTemplate, Preparation, Resource, VisitType, WeeklyHours
from clinic.models import Practice

# Nothing about the doctor or the medicine: an example there could be taken for a claim about a real person.
DEMO_FACTS: dict[str, Any] = {
    "phone": "+13105550100",
    "email": "office@example.com",
    "reply_working_days": 1,
    "hours_text": "Monday to Friday, 9 AM to 5 PM",
    "languages_text": "English",
    "parking_text": "Here the practice says where to park, what it costs and how far it is to the door.",
    "access_text": "Here the practice says how to get in without steps, and where the elevator and the restroom are.",
    "transit_text": "Here the practice names the bus and train lines, the stops and the way from there.",
    "pickup_text": "Here the practice says where a car can stop and wait for you.",
    "ride_home_text": "An adult who knows you comes to the office door. A taxi or ride app by yourself will not do.",
    "fees_text": "First visit, 60 minutes: $000\nFollow-up visit, 30 minutes: $000\nMonitored visit: $000",
    "insurers_text": "Here the practice names the plans that it bills, with Medicare and Medi-Cal.",
    "cancellation_text": "No charge until 24 hours before a visit; for a monitored visit, 48 hours before.",
    "free_language_help": True,
}
WORKING_DAYS = range(5)
OPENINGS = [(time(9), time(12)), (time(13), time(17))]

VISIT_TYPES: list[dict[str, Any]] = [
    {
        "slug": "first-visit",
        "name": "First visit",
        "description": "An hour to get to know each other and to plan what comes next.",
        "length_minutes": 60,
        "clinician_minutes": 60,
        "buffer_after_minutes": 10,
        "suits": VisitType.Suits.NEW,
        "bring_text": "A photo ID\nA list of what you take, and how much\nYour insurance card, if you use insurance",
    },
    {
        "slug": "first-visit-video",
        "name": "First visit by video",
        "description": "The same hour, from home. You need a camera, and a room where you can speak freely.",
        "place": VisitType.Place.VIDEO,
        "length_minutes": 60,
        "clinician_minutes": 60,
        "buffer_after_minutes": 10,
        "suits": VisitType.Suits.NEW,
        "bring_text": "A photo ID\nA list of what you take, and how much",
    },
    {
        "slug": "follow-up",
        "name": "Follow-up visit",
        "description": "Half an hour for those who have been here before.",
        "length_minutes": 30,
        "clinician_minutes": 30,
        "suits": VisitType.Suits.RETURNING,
    },
    {
        "slug": "monitored-visit",
        "name": "Monitored visit",
        "description": "About two and a half hours at the office. Somebody has to take you home afterwards.",
        "open_to": VisitType.OpenTo.CLEARED,
        "length_minutes": 150,
        "clinician_minutes": 30,
        "needs_chair": True,
        "needs_ride": True,
        "needs_monitoring_form": True,
        "cutoff_hours": 48,
        "daily_limit": 4,
        "suits": VisitType.Suits.RETURNING,
        "bring_text": "Comfortable clothes\nSomething quiet to pass the time",
    },
]

# What to do before a visit, by its slug: the text, and how many minutes before the start it names.
PREPARATIONS: dict[str, list[tuple[str, int | None]]] = {
    "monitored-visit": [
        ("Arrange that an adult takes you home", None),
        ("Nothing to eat after {time}", 120),
        ("No nose drops after {time}", 60),
        ("Nothing to drink after {time}", 30),
    ],
}


class Command(BaseCommand):
    help = "Fills an empty site with plainly marked example values. What staff have entered stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="outside a local site too")

    @transaction.atomic
    def handle(self, *args: Any, yes: bool, **options: Any) -> None:
        if not (settings.LOCAL or yes):
            raise CommandError(_("These are example values, for a local site only. To load them here, add --yes."))
        load_practice()
        load_clinician()
        load_chairs()
        load_visit_types()
        load_course_templates()


def load_practice() -> None:
    """Only what is empty is filled, and marked as an example."""
    practice = Practice.load()
    empty = [name for name in DEMO_FACTS if practice.lacks(name)]
    if not empty and not practice._state.adding:
        return
    for name in empty:
        setattr(practice, name, DEMO_FACTS[name])
    practice.demo_fields = [*practice.demo_fields, *(name for name in empty if name not in practice.demo_fields)]
    practice.save()


def load_clinician() -> None:
    if Resource.objects.filter(kind=Resource.Kind.CLINICIAN).exists():
        return
    clinician = Resource.objects.create(kind=Resource.Kind.CLINICIAN, name="Dr. Bacchus")
    WeeklyHours.objects.bulk_create(
        WeeklyHours(clinician=clinician, weekday=day, opens=opens, closes=closes)
        for day in WORKING_DAYS
        for opens, closes in OPENINGS
    )


def load_chairs() -> None:
    if Resource.objects.filter(kind=Resource.Kind.CHAIR).exists():
        return
    for name in ("Chair 1", "Chair 2"):
        Resource.objects.create(kind=Resource.Kind.CHAIR, name=name, turnover_minutes=15)


def load_visit_types() -> None:
    """All or none: a kind that staff have taken out or renamed does not come back."""
    if VisitType.objects.exists():
        return
    kinds = VisitType.objects.bulk_create(
        VisitType(**values, order=order, is_demo=True) for order, values in enumerate(VISIT_TYPES, start=1)
    )
    Preparation.objects.bulk_create(
        Preparation(visit_type=kind, text=text, minutes_before=minutes, order=order)
        for kind in kinds
        for order, (text, minutes) in enumerate(PREPARATIONS.get(kind.slug, []), start=1)
    )


# The first by its first phase alone; the second goes on for as long as it helps.
COURSES: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"name": "Course of 8", "min_gap_days": 2, "max_gap_days": 7},
        [{"sessions": 8, "per_week": 2}],
    ),
    (
        {"name": "Long course", "min_gap_days": 2, "max_gap_days": 10},
        [{"sessions": 8, "per_week": 2}, {"sessions": 4}, {"sessions": None, "every_weeks_most": 2}],
    ),
]


def load_course_templates() -> None:
    """All or none, and only with the example kinds of visit."""
    kinds = {kind.slug: kind for kind in VisitType.objects.filter(slug__in=["monitored-visit", "follow-up"])}
    if CourseTemplate.objects.exists() or len(kinds) < 2:
        return
    for values, phases in COURSES:
        template = CourseTemplate.objects.create(
            **values,
            visit_type=kinds["monitored-visit"],
            review_type=kinds["follow-up"],
            review_after_session=8,
            is_demo=True,
        )
        CoursePhase.objects.bulk_create(
            CoursePhase(template=template, order=order, **phase) for order, phase in enumerate(phases, start=1)
        )
