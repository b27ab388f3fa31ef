"""A patient who presses again and again writes no endless history."""

from typing import Any

import pytest
import time_machine
from django.test import Client

from booking import actions
from booking.actions import Ride, TooManyRequests
from booking.actions.flood import CHANGES_A_DAY
from booking.models import Appointment, Verb
from tests.booking.factories import NOW, later, make_appointment, make_staff, make_visit_type
from tests.booking.views.own_page import opened, words

pytestmark = pytest.mark.django_db

CONTACT: dict[str, Any] = {"contact_by": "phone", "voicemail_ok": True, "plain_messages": False}


def verbs(visit: Appointment) -> list[str]:
    return list(visit.events.order_by("pk").values_list("verb", flat=True))


def choose(visit: Appointment, by: actions.By = actions.PATIENT, **changes: Any) -> None:
    actions.choose_contact(appointment=visit, by=by, now=NOW, **{**CONTACT, **changes})


def test_the_same_choice_again_is_not_written_again() -> None:
    visit = make_appointment()
    for _ in range(5):
        choose(visit)
    assert verbs(visit) == ["request", "contact"]
    choose(visit, voicemail_ok=False)
    assert verbs(visit) == ["request", "contact", "contact"]


def test_the_same_word_about_the_ride_again_is_not_written_again() -> None:
    visit = make_appointment(make_visit_type(needs_ride=True))
    ride = Ride("Bo", "+13105550100")
    for _ in range(3):
        actions.tell_ride(appointment=visit, ride=actions.NO_RIDE, sure=False, by=actions.PATIENT, now=NOW)
    assert verbs(visit) == ["request", "ride"], "the first time it says that nobody is found yet"
    for _ in range(3):
        actions.tell_ride(appointment=visit, ride=ride, sure=True, by=actions.PATIENT, now=NOW)
    first = Appointment.objects.get().ride_confirmed_at
    actions.tell_ride(appointment=visit, ride=ride, sure=True, by=actions.PATIENT, now=later(NOW, minutes=5))

    assert verbs(visit) == ["request", "ride", "ride_sure"]
    assert Appointment.objects.get().ride_confirmed_at == first


def test_to_and_fro_ends_after_some_time_and_only_for_the_patient() -> None:
    visit = make_appointment()
    for number in range(CHANGES_A_DAY - 1):
        choose(visit, voicemail_ok=number % 2 == 0)
    for step in (
        lambda: choose(visit, plain_messages=True),
        lambda: actions.ask_for_earlier(appointment=visit, by=actions.PATIENT, now=NOW),
        lambda: actions.reschedule(
            appointment=visit, starts_at=later(visit.starts_at, hours=1), by=actions.PATIENT, now=NOW
        ),
    ):
        with pytest.raises(TooManyRequests):
            step()
    assert len(verbs(visit)) == CHANGES_A_DAY

    choose(visit, by=actions.staff(make_staff()), plain_messages=True)
    actions.cancel(appointment=visit, by=actions.PATIENT, now=NOW)
    assert verbs(visit)[-2:] == [Verb.CONTACT, Verb.CANCEL], "to cancel is always possible"


def test_the_page_says_whom_to_call(client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        visit = make_appointment()
        for number in range(CHANGES_A_DAY):
            if len(verbs(visit)) < CHANGES_A_DAY:
                choose(visit, voicemail_ok=number % 2 == 0)
        page = opened(client, visit)

        response = client.post(page + "contact/", {"contact_by": "either", "messages": "plain", "voicemail": "no"})

    assert response.status_code == 429
    assert "This visit was changed very often today." in words(response.content)
