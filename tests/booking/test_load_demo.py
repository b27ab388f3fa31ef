from typing import Any

import pytest
from django.core.management import CommandError, call_command

from booking import availability
from booking.discreet import gives_away
from booking.management.commands.load_demo import DEMO_FACTS
from booking.models import CourseTemplate, Resource, VisitType, WeeklyHours
from booking.slots import Span
from clinic.models import Practice
from tests.booking.factories import NOW, later

pytestmark = pytest.mark.django_db


def everything() -> list[Any]:
    tables: tuple[Any, ...] = (Practice, Resource, WeeklyHours, VisitType)
    return [list(table.objects.order_by("pk").values()) for table in tables]


def test_an_empty_site_is_filled() -> None:
    call_command("load_demo")
    facts = Practice.objects.get()
    assert (facts.phone_display, facts.reply_working_days) == ("(310) 555-0100", 1)
    assert facts.demo_fields == list(DEMO_FACTS)
    facts.full_clean()
    assert list(Resource.objects.order_by("pk").values_list("kind", "name", "turnover_minutes")) == [
        ("clinician", "Dr. Bacchus", 0),
        ("chair", "Chair 1", 15),
        ("chair", "Chair 2", 15),
    ]
    assert WeeklyHours.objects.count() == 10
    assert list(VisitType.objects.order_by("order").values_list("slug", "open_to", "is_demo")) == [
        ("first-visit", "anyone", True),
        ("first-visit-video", "anyone", True),
        ("follow-up", "anyone", True),
        ("monitored-visit", "cleared", True),
    ]
    for kind in VisitType.objects.all():
        kind.full_clean()
        told = [
            kind.name,
            kind.description,
            kind.bring_text,
            *(preparation.text for preparation in kind.preparations.all()),
        ]
        assert [text for text in told if gives_away(text)] == []


def test_no_example_says_anything_of_the_doctor_or_the_medicine() -> None:
    call_command("load_demo")
    facts = Practice.objects.get()
    about = ("license_number", "license_url", "board_certification", "training_text", "npi", "conflicts_text")
    assert [name for name in (*about, "nasal_products", "rems_certified_on") if not facts.lacks(name)] == []


def test_every_example_kind_can_be_booked() -> None:
    call_command("load_demo")
    week = Span(NOW, later(NOW, days=7))
    free = {kind.slug: len(availability.free_times(kind, window=week, now=NOW)) for kind in VisitType.objects.all()}
    assert min(free.values()) > 0, free


def test_twice_is_once() -> None:
    call_command("load_demo")
    before = everything()
    call_command("load_demo")
    assert everything() == before


def test_what_staff_entered_stays() -> None:
    Practice.objects.create(pk=1, phone="+13105550199", hours_text="Mondays")
    Resource.objects.create(kind="clinician", name="Dr. Other")
    VisitType.objects.create(slug="own", name="Own", description="Own.", length_minutes=10, clinician_minutes=10)
    call_command("load_demo")
    facts = Practice.objects.get()
    assert (str(facts.phone), facts.hours_text, facts.reply_working_days) == ("+13105550199", "Mondays", 1)
    assert facts.demo_fields == [name for name in DEMO_FACTS if name not in ("phone", "hours_text")]
    assert list(Resource.objects.filter(kind="clinician").values_list("name", flat=True)) == ["Dr. Other"]
    assert WeeklyHours.objects.count() == 0
    assert list(VisitType.objects.values_list("slug", flat=True)) == ["own"]


def test_a_real_site_refuses_unless_told(settings: Any) -> None:
    settings.LOCAL = False
    with pytest.raises(CommandError, match="add --yes"):
        call_command("load_demo")
    assert everything() == [[], [], [], []]
    call_command("load_demo", "--yes")
    assert VisitType.objects.count() == 4


def test_two_example_courses_come_with_the_example_kinds() -> None:
    call_command("load_demo")
    call_command("load_demo")
    found = {
        template.name: [(phase.sessions, phase.per_week, phase.every_weeks_most) for phase in template.phases.all()]
        for template in CourseTemplate.objects.offered()
    }
    assert found == {"Course of 8": [(8, 2, None)], "Long course": [(8, 2, None), (4, 1, None), (None, 1, 2)]}
    for template in CourseTemplate.objects.all():
        template.full_clean()
        assert template.is_demo
        assert gives_away(template.name) is None
