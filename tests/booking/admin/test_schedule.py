"""Clinicians, chairs and kinds of visit."""

from typing import Any

import pytest
from django.test import Client

from booking.models import Appointment, Resource, VisitType, WeeklyHours
from tests.booking.admin.pages import text
from tests.booking.factories import make_chair, make_clinician, make_visit_type

RESOURCE = "/admin/booking/resource/"
KIND = "/admin/booking/visittype/"


def hours(clinician: Resource, *spans: tuple[int, str, str]) -> dict[str, Any]:
    """What the page of a clinician without hours posts."""
    values: dict[str, Any] = {
        "name": clinician.name,
        "turnover_minutes": "0",
        "is_active": "on",
        "hours-TOTAL_FORMS": str(len(spans)),
        "hours-INITIAL_FORMS": "0",
    }
    for number, (weekday, opens, closes) in enumerate(spans):
        values |= {
            f"hours-{number}-clinician": str(clinician.pk),
            f"hours-{number}-weekday": str(weekday),
            f"hours-{number}-opens": opens,
            f"hours-{number}-closes": closes,
        }
    return values


def kind_data(**changes: str) -> dict[str, str]:
    values = {
        "name": "Long visit",
        "slug": "long-visit",
        "description": "An hour and a half.",
        "place": "office",
        "order": "3",
        "open_to": "anyone",
        "length_minutes": "90",
        "clinician_minutes": "90",
        "buffer_before_minutes": "0",
        "buffer_after_minutes": "0",
        "step_minutes": "30",
        "notice_hours": "24",
        "horizon_days": "60",
    }
    return values | changes


def test_a_clinician_has_hours_and_a_chair_has_none(chief: Client) -> None:
    clinician, chair = make_clinician(), make_chair()
    assert "Weekly hours" in text(chief.get(f"{RESOURCE}{clinician.pk}/change/"))
    assert "hours-TOTAL_FORMS" not in chief.get(f"{RESOURCE}{chair.pk}/change/").content.decode()


def test_hours_are_saved(chief: Client) -> None:
    clinician = make_clinician(hours=False)
    values = hours(clinician, (0, "09:00", "12:00"), (0, "13:00", "17:00"))
    assert chief.post(f"{RESOURCE}{clinician.pk}/change/", values).status_code == 302
    assert [str(row) for row in WeeklyHours.objects.order_by("opens")] == [
        "Monday 09:00–12:00",
        "Monday 13:00–17:00",
    ]


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([(0, "12:00", "09:00")], "The closing time must be after the opening time."),
        ([(0, "09:00", "12:00"), (0, "09:00", "13:00")], "Please correct the duplicate values below."),
    ],
)
def test_wrong_hours_are_said(chief: Client, spans: list[tuple[int, str, str]], told: str) -> None:
    clinician = make_clinician(hours=False)
    response = chief.post(f"{RESOURCE}{clinician.pk}/change/", hours(clinician, *spans))
    assert response.status_code == 200
    assert told in text(response)
    assert WeeklyHours.objects.count() == 0


def test_the_kind_of_a_resource_stays(chief: Client) -> None:
    chair = make_chair()
    values = {"name": "Chair 9", "kind": "clinician", "turnover_minutes": "20", "is_active": "on"}
    assert chief.post(f"{RESOURCE}{chair.pk}/change/", values).status_code == 302
    chair.refresh_from_db()
    assert (chair.name, chair.kind, chair.turnover_minutes) == ("Chair 9", "chair", 20)


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_in_use_is_not_deleted(chief: Client, request_of_ana: Appointment, method: str) -> None:
    for url, word in (
        (f"{RESOURCE}{Resource.objects.get().pk}/delete/", "Cannot delete clinician or chair"),
        (f"{KIND}{request_of_ana.visit_type_id}/delete/", "Cannot delete kind of visit"),
    ):
        response = getattr(chief, method)(url, {"post": "yes"})
        assert response.status_code == 200
        assert word in text(response)
        assert "protected related objects" in text(response)
    assert (Resource.objects.count(), VisitType.objects.count()) == (1, 1)


def test_several_in_use_are_not_deleted_either(chief: Client, request_of_ana: Appointment) -> None:
    values = {"action": "delete_selected", "_selected_action": str(request_of_ana.visit_type_id), "post": "yes"}
    response = chief.post(KIND, values)
    assert response.status_code == 200
    assert "protected related objects" in text(response)
    assert VisitType.objects.count() == 1


def test_what_is_not_in_use_is_deleted(chief: Client) -> None:
    chair = make_chair()
    assert chief.post(f"{RESOURCE}{chair.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Resource.objects.count() == 0


def test_a_kind_of_visit_is_added(chief: Client) -> None:
    assert chief.post(f"{KIND}add/", kind_data()).status_code == 302
    assert VisitType.objects.get().slug == "long-visit"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"slug": "ketamine-visit"}, "ketamine"),
        ({"name": "Spravato visit"}, "spravato"),
        ({"description": "For people with depression."}, "depression"),
    ],
)
def test_what_gives_away_is_refused_beside_the_field(chief: Client, changes: dict[str, str], word: str) -> None:
    response = chief.post(f"{KIND}add/", kind_data(**changes))
    told = f"Patients see this where others may read along. Please leave out “{word}”."
    assert dict(response.context["adminform"].errors) == {next(iter(changes)): [told]}
    assert VisitType.objects.count() == 0


def test_the_clinician_s_part_is_not_longer_than_the_stay(chief: Client) -> None:
    response = chief.post(f"{KIND}add/", kind_data(clinician_minutes="120"))
    assert "The clinician's part can't be longer than the whole stay." in text(response)


def test_who_may(client: Client, outsider: Client, reader: Client) -> None:
    kind = make_visit_type()
    url = f"{KIND}{kind.pk}/change/"
    assert client.post(url, kind_data()).status_code == 302
    assert outsider.post(url, kind_data()).status_code == 403
    assert reader.post(url, kind_data()).status_code == 403
    kind.refresh_from_db()
    assert kind.slug == "first-visit"
