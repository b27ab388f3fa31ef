from typing import Any

import pytest
from django.test import Client

from booking import actions
from booking.models import Appointment, ContactBy, Patient, Verb, VisitType
from tests.booking.factories import NOW, START, later, make_appointment, make_staff
from tests.booking.views.own_page import opened, words


@pytest.fixture
def ana(first_visit: VisitType) -> Appointment:
    VisitType.objects.update(needs_ride=True)
    first_visit.refresh_from_db()
    return make_appointment(first_visit)


def ride_data(appointment: Appointment, **changes: str) -> dict[str, str]:
    values = {"ride_name": "Bo Lind", "ride_phone": "(310) 555-0199", "for_start": appointment.starts_at.isoformat()}
    return {**values, **changes}


def told(appointment: Appointment) -> tuple[str, str, bool]:
    appointment.refresh_from_db()
    return appointment.ride_name, str(appointment.ride_phone), appointment.ride_confirmed_at is not None


def test_who_takes_them_home_and_whether_they_agreed(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)

    assert client.post(f"{address}ride/", ride_data(ana))["Location"] == address
    assert told(ana) == ("Bo Lind", "+13105550199", False)
    assert "We have noted who takes you home." in words(client.get(address).content)

    client.post(f"{address}ride/", ride_data(ana, ride_sure="on"))
    assert told(ana) == ("Bo Lind", "+13105550199", True)
    page = words(client.get(address).content)
    assert "Thank you. Your ride home is confirmed." in page
    assert "Who takes you home Bo Lind, (310) 555-0199 confirmed" in page

    client.post(f"{address}ride/", {})
    assert told(ana) == ("", "", False)
    assert list(ana.events.order_by("pk").values_list("verb", flat=True))[1:] == [Verb.RIDE, Verb.RIDE_SURE, Verb.RIDE]


def test_one_press_confirms_who_is_known(client: Client, ana: Appointment) -> None:
    actions.tell_ride(appointment=ana, ride=actions.Ride("Bo Lind"), sure=False, by=actions.PATIENT, now=NOW)
    address = opened(client, ana)
    page = client.get(address).content.decode()
    form = page.partition(f'action="{address}ride/"')[2].partition("</form>")[0]
    assert "Yes, Bo Lind will take me home" in form

    client.post(f"{address}ride/", fields(form))

    assert told(ana) == ("Bo Lind", "", True)


def fields(form: str) -> dict[str, str]:
    """What a browser posts of a form's hidden fields."""
    inputs = [part.partition(">")[0] for part in form.split("<input ")[1:]]
    pairs = [(part.split('name="')[1].split('"')[0], part.split('value="')[1].split('"')[0]) for part in inputs]
    return {name: value for name, value in pairs if name != "csrfmiddlewaretoken"}


def test_a_yes_to_one_time_is_no_yes_to_another(client: Client, ana: Appointment) -> None:
    """The page was open while the office moved the visit."""
    address = opened(client, ana)
    data = ride_data(ana, ride_sure="on")
    actions.reschedule(appointment=ana, starts_at=later(START, days=1), by=actions.PATIENT, now=NOW)

    response = client.post(f"{address}ride/", data)

    assert told(ana) == ("", "", False)
    page = words(response.content)
    assert "Your visit has another time by now" in page
    assert "Thursday, December 3, 2026" in page
    assert later(START, days=1).isoformat() in response.content.decode()  # with which it may be sent again


def test_nor_where_it_is_moved_in_the_same_moment(
    client: Client, ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form has been looked at, and the office moves the visit before it is stored."""
    tell_ride, moved_to = actions.tell_ride, later(START, days=1)

    def moved_just_before(**told: Any) -> Appointment:
        actions.reschedule(appointment=ana, starts_at=moved_to, by=actions.staff(make_staff()), now=NOW)
        return tell_ride(**told)

    address = opened(client, ana)
    monkeypatch.setattr(actions, "tell_ride", moved_just_before)
    response = client.post(f"{address}ride/", ride_data(ana, ride_sure="on"))

    assert response.status_code == 200
    assert told(ana) == ("", "", False)
    assert "Your visit has another time by now" in words(response.content)
    assert "Thursday, December 3, 2026" in words(response.content)


def test_who_takes_them_home_may_be_noted_whatever_the_time_is(ana: Appointment) -> None:
    ride: dict[str, Any] = {"ride": actions.Ride("Bo Lind"), "by": actions.PATIENT, "now": NOW}
    earlier = later(START, hours=-1)

    with pytest.raises(actions.ChangedMeanwhile):
        actions.tell_ride(appointment=ana, sure=True, for_start=earlier, **ride)
    assert told(ana) == ("", "", False)
    actions.tell_ride(appointment=ana, sure=False, for_start=earlier, **ride)
    assert told(ana) == ("Bo Lind", "", False)
    actions.tell_ride(appointment=ana, sure=True, for_start=START, **ride)
    assert told(ana) == ("Bo Lind", "", True)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"ride_name": "", "ride_phone": "", "ride_sure": "on"}, "Enter the name of who takes you home"),
        ({"ride_name": ""}, "Enter the name of who takes you home"),
        ({"ride_phone": "12"}, "Enter the phone number with area code"),
        ({"ride_name": "see https://x.test"}, "Enter a name without the characters"),
        ({"ride_name": "Bo\nLind"}, "leave out line breaks"),
        ({"ride_name": "B" * 121}, "Use at most 120 characters"),
    ],
)
def test_a_ride_that_can_t_be_right_is_asked_again(
    client: Client, ana: Appointment, changes: dict[str, str], problem: str
) -> None:
    address = opened(client, ana)

    response = client.post(f"{address}ride/", ride_data(ana, **changes))

    page = response.content.decode()
    assert "<title>Error: Who takes you home?</title>" in page
    assert problem in words(response.content)
    assert told(ana) == ("", "", False)


def test_only_a_visit_that_needs_one_asks_for_a_ride(client: Client, first_visit: VisitType) -> None:
    ana = make_appointment(first_visit)
    address = opened(client, ana)

    assert client.get(f"{address}ride/")["Location"] == address
    client.post(f"{address}ride/", ride_data(ana))

    assert told(ana) == ("", "", False)
    assert "takes you home" not in words(client.get(address).content)


def contact(patient: Patient) -> tuple[Any, ...]:
    patient.refresh_from_db()
    return patient.contact_by, patient.voicemail_ok, patient.plain_messages, patient.email, patient.name


def test_how_to_be_reached(client: Client, ana: Appointment) -> None:
    address = opened(client, ana)
    page = client.get(f"{address}contact/").content.decode()
    chosen = [part.split('value="')[1].split('"')[0] for part in page.split("<input ")[1:] if "checked" in part]
    assert chosen == ["email", "no", "full"]
    assert "no calendar file comes with the e-mail" in page
    assert "Messages about the visit itself, like a reminder, come by e-mail whatever you choose." in page

    data = {"contact_by": "phone", "voicemail": "yes", "messages": "plain", "email": "eve@example.test", "name": "Eve"}
    assert client.post(f"{address}contact/", data)["Location"] == address

    assert contact(ana.patient) == (ContactBy.PHONE, True, True, "ana@example.test", "Ana Diaz")
    page = words(client.get(address).content)
    by_phone = "By phone: (310) 555-0123. Messages about your visits still come by e-mail. We may leave a voicemail."
    assert f"{by_phone} Our e-mails only say that there is news." in page
    client.post(f"{address}contact/", {"contact_by": "either", "voicemail": "no", "messages": "full"})
    assert contact(ana.patient)[:3] == (ContactBy.EITHER, False, False)


@pytest.mark.parametrize("missing", ["contact_by", "voicemail", "messages"])
def test_an_answer_left_out_is_asked_again(client: Client, ana: Appointment, missing: str) -> None:
    address = opened(client, ana)
    data = {"contact_by": "phone", "voicemail": "yes", "messages": "plain"}

    response = client.post(f"{address}contact/", {**data, missing: "anything"})

    assert "Choose one of the answers shown" in words(response.content)
    assert contact(ana.patient)[:3] == (ContactBy.EMAIL, False, False)
