"""Clinicians, chairs and kinds of visit."""

import re
from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client

from booking.models import Appointment, DatedHours, Preparation, Resource, VisitType, WeeklyHours
from tests.booking.admin.pages import flashes, text
from tests.booking.factories import START, later, make_appointment, make_chair, make_clinician, make_visit_type
from tests.booking.views.own_page import held_offer

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
        "dated_hours-TOTAL_FORMS": "0",
        "dated_hours-INITIAL_FORMS": "0",
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
        "cutoff_hours": "24",
        "suits": "either",
        "needs_confirmation": "on",
        "preparations-TOTAL_FORMS": "0",
        "preparations-INITIAL_FORMS": "0",
    }
    return values | changes


def dated(clinician: Resource, *rows: tuple[str, str, str]) -> dict[str, Any]:
    """The clinician's page with hours on certain dates."""
    values = hours(clinician) | {"dated_hours-TOTAL_FORMS": str(len(rows))}
    for number, (day, opens, closes) in enumerate(rows):
        values |= {
            f"dated_hours-{number}-clinician": str(clinician.pk),
            f"dated_hours-{number}-day": day,
            f"dated_hours-{number}-opens": opens,
            f"dated_hours-{number}-closes": closes,
        }
    return values


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


def test_each_field_of_the_hours_says_what_it_is_and_in_which_row(chief: Client) -> None:
    clinician = make_clinician(hours=False)
    WeeklyHours.objects.create(clinician=clinician, weekday=0, opens=time(9), closes=time(17, 30))
    page = chief.get(f"{RESOURCE}{clinician.pk}/change/").content.decode()

    fields = re.findall(r"<(?:input|select)[^>]* name=\"(?:dated_)?hours-[^>]+>", page)
    seen = [field for field in fields if 'type="hidden"' not in field]
    named = [re.findall(r'aria-label="([^"]+)"', field) for field in seen]
    row = "Monday 09:00–17:30"
    assert named[:4] == [[f"Day: {row}"], [f"From: {row}"], [f"To: {row}"], [f"Delete: {row}"]]
    assert len(seen) == 4 + 2 * 3 + 2 * 4  # and an empty row, and one to be copied, of each
    assert [field for field, names in zip(seen, named, strict=True) if not names] == []
    assert 'type="time" name="hours-0-opens" value="09:00"' in page
    assert 'type="date" name="dated_hours-0-day"' in page


def test_only_a_chair_is_made_ready_for_the_next_person(chief: Client) -> None:
    clinician, chair = make_clinician(), make_chair()
    assert 'name="turnover_minutes"' not in chief.get(f"{RESOURCE}{clinician.pk}/change/").content.decode()
    assert 'name="turnover_minutes"' in chief.get(f"{RESOURCE}{chair.pk}/change/").content.decode()


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([(0, "12:00", "09:00")], "The closing time must be after the opening time."),
        ([(0, "09:00", "12:00"), (0, "09:00", "13:00")], "Please correct the duplicate values below."),
        ([(0, "09:00", "12:00"), (0, "11:00", "13:00")], "These hours overlap others of that day."),
    ],
)
def test_wrong_hours_are_said(chief: Client, spans: list[tuple[int, str, str]], told: str) -> None:
    clinician = make_clinician(hours=False)
    response = chief.post(f"{RESOURCE}{clinician.pk}/change/", hours(clinician, *spans))
    assert response.status_code == 200
    assert told in text(response)
    assert WeeklyHours.objects.count() == 0


def test_hours_on_certain_dates_are_saved_and_visits_left_outside_are_named(
    chief: Client, request_of_ana: Appointment
) -> None:
    clinician = Resource.objects.get()
    rows = [("2026-12-02", "", ""), ("2026-12-05", "09:00", "11:00"), ("2026-12-05", "13:00", "15:00")]
    values = dated(clinician, *rows) | {"hours-TOTAL_FORMS": "0"}
    response = chief.post(f"{RESOURCE}{clinician.pk}/change/", values)
    assert response.status_code == 302
    assert [str(row) for row in DatedHours.objects.order_by("day", "opens")] == [
        "2026-12-02 –",
        "2026-12-05 09:00–11:00",
        "2026-12-05 13:00–15:00",
    ]
    told = [text for level, text in flashes(response) if level == "warning"]
    assert told == [
        f"1 visit now stands outside the hours. Please move it: {request_of_ana.reference} (Wed, Dec 2, 10:00 AM)"
    ]


def test_what_is_offered_of_a_clinician_out_of_use_is_named_beside_the_visits(
    chief: Client, request_of_ana: Appointment
) -> None:
    """At 12:30 on the same day, to somebody who has a visit a week later."""
    bob = make_appointment(starts_at=later(START, days=7), name="Bob Ray")
    held_offer(bob)
    clinician = Resource.objects.get()
    values = hours(clinician) | {"hours-TOTAL_FORMS": "0"}
    del values["is_active"]

    response = chief.post(f"{RESOURCE}{clinician.pk}/change/", values)

    ana_and_bob = f"{request_of_ana.reference} (Wed, Dec 2, 10:00 AM); {bob.reference} (Wed, Dec 9, 10:00 AM)"
    assert [text for level, text in flashes(response) if level == "warning"] == [
        f"2 visits now stand outside the hours. Please move them: {ana_and_bob}",
        f"1 time that is offered can no longer be taken: {bob.reference} (Wed, Dec 2, 12:30 PM)",
    ]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("2026-12-05", "12:00", "09:00")], "Give both times, the closing one later; or none for a day off."),
        ([("2026-12-05", "09:00", "")], "Give both times, the closing one later; or none for a day off."),
        ([("2026-12-05", "", "17:00")], "Give both times, the closing one later; or none for a day off."),
        ([("2026-12-05", "", ""), ("2026-12-05", "", "")], "A day off has no other row: delete one of them."),
        ([("2026-12-05", "", ""), ("2026-12-05", "09:00", "10:00")], "A day off has no other row: delete one of them."),
        (
            [("2026-12-05", "09:00", "12:00"), ("2026-12-05", "11:00", "13:00")],
            "These hours overlap others of that day.",
        ),
    ],
)
def test_wrong_hours_on_a_date_are_said(chief: Client, rows: list[tuple[str, str, str]], told: str) -> None:
    clinician = make_clinician(hours=False)
    response = chief.post(f"{RESOURCE}{clinician.pk}/change/", dated(clinician, *rows))
    assert response.status_code == 200
    assert told in text(response)
    assert DatedHours.objects.count() == 0


@pytest.mark.parametrize("half", [{"opens": time(9)}, {"closes": time(9)}])
def test_half_a_row_gets_past_nobody(db: None, half: dict[str, time]) -> None:
    clinician = make_clinician(hours=False)
    with pytest.raises(IntegrityError):
        DatedHours.objects.create(clinician=clinician, day=date(2026, 12, 5), **half)


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


def test_a_visit_in_a_chair_of_two_hours_is_added(chief: Client) -> None:
    data = kind_data(needs_chair="on", length_minutes="120", clinician_minutes="30")
    assert chief.post(f"{KIND}add/", data).status_code == 302
    assert VisitType.objects.get().needs_chair


def test_a_visit_by_video_may_have_an_address(chief: Client) -> None:
    assert chief.post(f"{KIND}add/", kind_data(place="video", join_url="meet.example.test/room")).status_code == 302
    assert VisitType.objects.get().join_url == "https://meet.example.test/room"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"slug": "ketamine-visit"}, "ketamine"),
        ({"name": "Spravato visit"}, "spravato"),
        ({"description": "For people with depression."}, "depression"),
        ({"bring_text": "Your card\nYour medication"}, "medication"),
        ({"place": "video", "join_url": "https://meet.example.test/ketamine-room"}, "ketamine"),
    ],
)
def test_what_gives_away_is_refused_beside_the_field(chief: Client, changes: dict[str, str], word: str) -> None:
    response = chief.post(f"{KIND}add/", kind_data(**changes))
    told = f"Patients see this where others may read along. Please leave out “{word}”."
    assert dict(response.context["adminform"].errors) == {list(changes)[-1]: [told]}
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


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"daily_limit": "0"}, "Give 1 or more, or leave it empty."),
        ({"notice_hours": "48", "horizon_days": "2"}, "The latest must be after the earliest"),
        ({"place": "video", "needs_chair": "on"}, "A visit by video needs neither a chair nor a ride home."),
        ({"join_url": "https://meet.example.test/"}, "Only a visit by video has an address to join."),
        ({"place": "video", "join_url": "http://meet.example.test/"}, "Enter a valid URL."),
        ({"place": "video", "join_url": "javascript:alert(1)"}, "Enter a valid URL."),
        (
            {"needs_chair": "on", "length_minutes": "119"},
            "A visit in a treatment chair lasts at least 120 minutes: so long a patient is watched.",
        ),
        ({"cutoff_hours": "400"}, "Ensure this value is less than or equal to 336."),
        ({"length_minutes": "4", "clinician_minutes": "4"}, "Ensure this value is greater than or equal to 5."),
    ],
)
def test_what_could_never_be_booked_is_said(chief: Client, changes: dict[str, str], told: str) -> None:
    response = chief.post(f"{KIND}add/", kind_data(**changes))
    assert response.status_code == 200
    assert told in text(response)
    assert VisitType.objects.count() == 0


@pytest.mark.parametrize(
    ("instruction", "minutes", "told"),
    [
        ("Nothing to eat after {time}", "120", ""),
        ("Bring somebody", "", ""),
        ("Nothing to eat after {time}", "", "Give the minutes where the text says {time}, and only there."),
        ("Nothing to eat", "120", "Give the minutes where the text says {time}, and only there."),
        ("Nothing to eat after {Time}", "", "The only thing in braces is {time}."),
        ("No ketamine after {time}", "60", "Please leave out “ketamine”."),
    ],
)
def test_preparations(chief: Client, instruction: str, minutes: str, told: str) -> None:
    values = kind_data() | {
        "preparations-TOTAL_FORMS": "1",
        "preparations-0-text": instruction,
        "preparations-0-minutes_before": minutes,
        "preparations-0-order": "1",
    }
    response = chief.post(f"{KIND}add/", values)
    assert response.status_code == (200 if told else 302)
    assert told in text(response)
    assert Preparation.objects.count() == (0 if told else 1)
