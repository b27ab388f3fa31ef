"""Booking by hand: from a name on the phone to a visit that stands, page by page."""

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.models import Appointment, Clearance, Patient
from tests.booking.admin.pages import flashes, links, text
from tests.booking.courses import make_patient
from tests.booking.factories import NOW, START, later, make_appointment, make_chair, make_clinician, make_visit_type

NEW = "/admin/booking/patient/book/"
SLOT = "20261202T2000Z"  # two hours after START


def known(visit: Appointment) -> str:
    return f"/admin/booking/patient/{visit.patient_id}/book/"


def hidden(response: Any, **changes: str) -> dict[str, Any]:
    """What the page's own form posts."""
    form = response.context["form"]
    fields = {name: form.data.get(name, "") for name in form.fields} if form else {}
    across = [str(pk) for pk in response.context.get("across", [])]
    return {**fields, "across": across, "submission": str(response.context["submission"]), "sure": "yes", **changes}


def typed(response: Any) -> dict[str, Any]:
    """What the page's hidden fields hold, as its buttons post it."""
    found: dict[str, Any] = {}
    inputs = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', response.content.decode())
    for name, value in inputs:
        found.setdefault(name, []).append(html.unescape(value))
    return found


def buttons(response: Any, holding: str) -> list[str]:
    """Where the page's buttons post to that lead to another page, in order."""
    return [url for url in re.findall(r'formaction="([^"]+)"', response.content.decode()) if holding in url]


def told(**changes: Any) -> dict[str, Any]:
    values = {"name": "Ben Roe", "email": "ben@mail.test", "phone": "(213) 555-0199", "contact_by": "phone"}
    return {**values, "standing": "new", "insurance": "no", "needs": ["interpreter"], **changes}


def test_kinds_with_those_not_cleared_marked(desk: Client, request_of_ana: Appointment) -> None:
    make_visit_type("monitored", name="Monitored visit", open_to="cleared", order=2)
    make_visit_type("gone", name="Gone", is_active=False)
    response = desk.get(known(request_of_ana))
    assert "First visit Monitored visit not cleared" in text(response)
    assert "Gone" not in text(response)
    assert links(response, "/book/") == [f"{known(request_of_ana)}{kind}/" for kind in ("first-visit", "monitored")]


def test_the_times_that_bind_staff(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.get(f"{known(request_of_ana)}first-visit/")
    times = links(response, "/first-visit/2026")
    assert f"{known(request_of_ana)}first-visit/20261130T1700Z/" in times  # in an hour: notice binds patients
    assert f"{known(request_of_ana)}first-visit/20261202T1800Z/" not in times  # the request holds it
    assert "Monday, December 14" in text(desk.get(f"{NEW}first-visit/", {"week": "2026-W51"}))


def test_somebody_known_is_booked_with_two_presses(desk: Client, request_of_ana: Appointment) -> None:
    page = f"{known(request_of_ana)}first-visit/{SLOT}/"
    response = desk.get(page)
    assert "Wed, Dec 2, 10:00 AM · First visit · requested" in text(response)
    assert "Ana Diaz will get an e-mail at ana@example.test that the visit is confirmed" in text(response)
    assert Appointment.objects.count() == 1
    again = [desk.post(page, hidden(response)) for _ in range(2)]
    visit = Appointment.objects.latest("pk")
    assert [one["Location"] for one in again] == [f"/admin/booking/appointment/{visit.pk}/change/"] * 2
    assert flashes(again[0]) == [
        ("success", "Booked for Wednesday, December 2, 12:00 PM Pacific time. Ana Diaz will get an e-mail.")
    ]
    assert flashes(again[1])[-1] == ("info", "This was booked already, once.")
    assert Appointment.objects.count() == 2
    shown = text(desk.get(f"/admin/booking/appointment/{visit.pk}/change/"))
    assert "Nov 30, 8:00 AM — booked by Sam Lee" in shown


def test_somebody_new_is_asked_checked_and_booked(desk: Client) -> None:
    make_clinician()
    make_visit_type()
    page = f"{NEW}first-visit/{SLOT}/"
    assert "Which visit for a new patient?" in text(desk.get(NEW))
    asked = text(desk.get(page))
    assert "Who is the new patient?" in asked
    assert "please ask me" not in asked
    assert "I am new" not in asked
    wrong = desk.post(page, told(phone="12"))
    assert "Enter the phone number with area code" in text(wrong)
    response = desk.post(page, told(needs=["interpreter", "other"]))
    assert "Needs An interpreter; Something else: ask them" in text(response)
    assert "Been here before No, new here Uses insurance No, pays without" in text(response)
    assert "Wednesday, December 2, 12:00 PM – 1:00 PM Pacific time Ben Roe" in text(response)
    assert Patient.objects.count() == 0
    back = desk.post(page, hidden(response, change="yes"))
    assert 'value="Ben Roe"' in back.content.decode()
    desk.post(page, {**told(), "submission": str(response.context["submission"]), "sure": "yes"})
    patient = Patient.objects.get()
    assert (patient.name, patient.contact_by, patient.needs) == ("Ben Roe", "phone", ["interpreter"])
    assert Appointment.objects.get().status == "confirmed"


def test_who_has_this_number_already_is_shown_before_saving(desk: Client, request_of_ana: Appointment) -> None:
    response = desk.post(f"{NEW}first-visit/{SLOT}/", told(phone="310 555 0123"))
    assert "Book for Ana Diaz, on record since Monday, November 30, 2026" in text(response)
    assert links(response, f"/{SLOT}/") == [f"{known(request_of_ana)}first-visit/{SLOT}/"]


def test_of_many_at_one_number_whoever_has_the_address_comes_first(desk: Client, request_of_ana: Appointment) -> None:
    for number in range(7):
        make_patient(name=f"No {number}", email=f"no{number}@mail.test", created_at=later(NOW, minutes=number + 1))
    response = desk.post(f"{NEW}first-visit/{SLOT}/", told(phone="310 555 0123", email="ANA@example.test"))
    assert links(response, f"/{SLOT}/")[0] == f"{known(request_of_ana)}first-visit/{SLOT}/"


def test_conflicts_are_shown_before_saving_and_new_ones_ask_again(
    desk: Client, sam: User, request_of_ana: Appointment
) -> None:
    make_clinician("Dr. Other")
    page = f"{known(request_of_ana)}first-visit/20261202T1830Z/"
    response = desk.get(page)
    warning = "It overlaps with another visit of this patient: First visit, Wed, Dec 2, 10:00\N{NO-BREAK SPACE}AM."
    assert response.context["warnings"] == [warning]
    assert warning.replace("\N{NO-BREAK SPACE}", " ") in text(response)
    unseen = desk.post(page, hidden(response, across=""))
    assert "The patient has another visit at this time by now." in text(unseen)
    assert Appointment.objects.count() == 1
    assert desk.post(page, hidden(unseen)).status_code == 302
    assert Appointment.objects.count() == 2


def test_not_cleared_is_a_warning_and_no_bar(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    make_chair()
    kind = make_visit_type("monitored", name="Monitored visit", open_to="cleared", needs_chair=True, needs_ride=True)
    page = f"{known(request_of_ana)}monitored/{SLOT}/"
    warning = "Ana Diaz has not been cleared for “Monitored visit”."
    assert warning in text(desk.get(page))
    assert warning in text(desk.get(f"{known(request_of_ana)}monitored/"))
    assert "Nobody new is cleared" in text(desk.get(f"{NEW}monitored/"))
    Clearance.objects.create(patient=request_of_ana.patient, visit_type=kind, by=sam, at=NOW)
    assert "cleared" not in text(desk.get(page))
    assert desk.post(page, {"sure": "yes"}).status_code == 302
    assert Appointment.objects.latest("pk").holds.count() == 2


@pytest.mark.parametrize("somebody", ["known", "new"])
def test_a_time_taken_meanwhile_brings_the_nearest(desk: Client, request_of_ana: Appointment, somebody: str) -> None:
    make_appointment(starts_at=later(START, hours=2), name="Cy")
    base = known(request_of_ana) if somebody == "known" else NEW
    response = desk.post(f"{base}first-visit/{SLOT}/", {**told(), "sure": "yes"})
    assert response.status_code == 409
    assert "Wednesday, December 2, 12:00 PM Pacific time is not free for this visit. Nothing was booked." in text(
        response
    )
    leading = links if somebody == "known" else buttons
    assert leading(response, "/first-visit/2026") == [
        f"{base}first-visit/20261202T{time}Z/" for time in ("1900", "2100", "2130")
    ]
    assert Appointment.objects.count() == 2


def test_what_somebody_new_has_told_goes_on_to_another_time(desk: Client, request_of_ana: Appointment) -> None:
    make_appointment(starts_at=later(START, hours=2), name="Cy")
    taken = desk.post(f"{NEW}first-visit/{SLOT}/", {**told(plain_messages="on"), "sure": "yes"})
    kept = typed(taken)
    assert kept["name"] == ["Ben Roe"]
    assert not any("Ben" in url for url in links(taken, "/"))

    week = desk.post(f"{NEW}first-visit/", {**kept, "week": "2026-W50"})
    assert "Monday, December 7 – Friday, December 11, 2026" in text(week)
    assert typed(week)["submission"] == kept["submission"]
    assert "Monday, November 30" in text(desk.post(f"{NEW}first-visit/", {**kept, "day": "2026-12-02"}))

    asked = desk.post(buttons(week, "/first-visit/2026")[0], {**typed(week), "change": "yes"})
    page = asked.content.decode()
    assert re.search(r'name="name" value="Ben Roe"', page)
    assert re.search(r'name="needs" value="interpreter"[^>]* checked', page)
    assert re.search(r'name="plain_messages"[^>]* checked', page)
    assert not re.search(r'name="voicemail_ok"[^>]* checked', page)
    assert "Please correct" not in text(asked)


@pytest.mark.parametrize("answers", [told(), told(phone="")])
def test_another_time_is_chosen_with_what_was_typed(
    desk: Client, request_of_ana: Appointment, answers: dict[str, Any]
) -> None:
    asked = desk.post(f"{NEW}first-visit/{SLOT}/", answers)  # checked, or sent back to be completed
    assert buttons(asked, "/") == [f"{NEW}first-visit/"]
    week = desk.post(f"{NEW}first-visit/", {**answers, "week": asked.context["week"].name})
    again = desk.post(buttons(week, "/first-visit/2026")[0], {**typed(week), "change": "yes"})
    assert 'value="Ben Roe"' in again.content.decode()
    assert "Please correct" not in text(again)
    assert Patient.objects.count() == 1


def test_two_for_the_same_time_and_the_second_is_told(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    page = f"{known(request_of_ana)}first-visit/{SLOT}/"
    mine = hidden(desk.get(page))
    actions.reschedule(appointment=request_of_ana, starts_at=later(START, hours=2), by=actions.staff(sam), now=NOW)
    assert desk.post(page, mine).status_code == 409
    assert Appointment.objects.count() == 1


def test_who_may(client: Client, outsider: Client, reader: Client, request_of_ana: Appointment) -> None:
    for page in (known(request_of_ana), f"{NEW}first-visit/", f"{NEW}first-visit/{SLOT}/"):
        assert client.get(page).status_code == 302
        assert outsider.get(page).status_code == reader.post(page).status_code == 403
    assert "Book a visit" not in text(reader.get(f"/admin/booking/patient/{request_of_ana.patient_id}/change/"))


def test_what_is_not_there(desk: Client, request_of_ana: Appointment) -> None:
    make_visit_type("gone", is_active=False)
    assert desk.get(f"{NEW}gone/").status_code == 404
    assert desk.get("/admin/booking/patient/999999/book/").status_code == 404
