"""One appointment: everything to read, nothing to edit."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import DjangoAssertNumQueries

from booking import actions
from booking.admin.steps import BESIDE, STEPS
from booking.models import Appointment, Message, Patient, Verb
from tests.booking.admin.pages import between, links, text
from tests.booking.factories import NOW, make_appointment

# session, user, his permissions (two), the appointment, its wish and offer, its events, its messages, the facts,
# and the note of who has read it
QUERIES = 11


def url(appointment: Appointment) -> str:
    return reverse("admin:booking_appointment_change", args=[appointment.pk])


def act_urls(appointment: Appointment, *verbs: Verb) -> list[str]:
    return [reverse("admin:booking_appointment_act", args=[appointment.pk, verb]) for verb in verbs]


def shown_acts(client: Client, appointment: Appointment) -> list[str]:
    """The buttons' addresses on the page, in order."""
    possible = act_urls(appointment, *(verb for verb in STEPS if verb not in BESIDE))
    return [found for found in links(client.get(url(appointment)), "/appointment/") if found in possible]


def test_the_visit_and_the_patient_in_words(desk: Client, clock: time_machine.Traveller) -> None:
    appointment = make_appointment(contact_by="phone", voicemail_ok=True, needs=["interpreter", "step_free"])
    response = desk.get(url(appointment))
    assert between(response, "The visit", "The patient") == (
        "Kind First visit Place At the office"
        " Patient may change it until Wednesday, December 2, 10:00 AM Pacific time"
        " Earlier time not on the list Put on the list"
        f" Reference {appointment.reference}"
        " Asked for Monday, November 30, 8:00 AM Pacific time"
    )
    assert between(response, "The patient", "History") == (
        "Name Ana Diaz E-mail ana@example.test Phone (310) 555-0123 How to reach them By phone"
        " Voicemail May be left Been here before No, new here Uses insurance Not sure"
        " Needs An interpreter; A way in without steps"
    )


def test_an_answer_that_is_no_choice_any_more_is_said_as_it_stands(desk: Client, request_of_ana: Appointment) -> None:
    Patient.objects.update(insurance="later", needs=["a ramp"])
    assert "Uses insurance later Needs a ramp" in text(desk.get(url(request_of_ana)))


def test_no_voicemail_is_said(desk: Client, request_of_ana: Appointment) -> None:
    assert "Voicemail Leave none" in text(desk.get(url(request_of_ana)))


def test_history_and_messages(desk: Client, sam: User, request_of_ana: Appointment) -> None:
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW + timedelta(hours=2, minutes=2))
    actions.cancel(appointment=request_of_ana, by=actions.PATIENT, now=NOW + timedelta(hours=3))
    Message.objects.filter(kind="confirmed").update(state="failed", reason="SMTPRecipientsRefused 550")
    response = desk.get(url(request_of_ana))
    assert between(response, "History", "All times are Pacific time.") == (
        "Nov 30, 8:00 AM — asked for by the patient"
        " Nov 30, 10:02 AM — confirmed by Sam Lee"
        " Nov 30, 11:00 AM — cancelled by the patient"
    )
    assert text(response).partition("All times are Pacific time.")[2] == (
        " Messages Request received waiting Staff: new request waiting"
        " Appointment confirmed failed The mail server refused it (550)."
        " The address may be wrong: please phone Ana Diaz, (310) 555-0123."
        " Cancelled, as the patient asked waiting Staff: patient cancelled late waiting"
        " The patient’s own page opens with the link in our messages. Send link again Close old links"
    )


def test_buttons_follow_the_state_and_the_clock(
    desk: Client, sam: User, request_of_ana: Appointment, clock: time_machine.Traveller
) -> None:
    def shown() -> list[str]:
        return shown_acts(desk, request_of_ana)

    assert shown() == act_urls(request_of_ana, Verb.CONFIRM, Verb.DECLINE, Verb.CANCEL)
    actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    assert shown() == act_urls(request_of_ana, Verb.CANCEL)
    clock.move_to(request_of_ana.starts_at)
    assert shown() == act_urls(request_of_ana, Verb.ARRIVE, Verb.COMPLETE, Verb.MISS)
    actions.complete(appointment=request_of_ana, by=actions.staff(sam), now=request_of_ana.starts_at)
    assert shown() == act_urls(request_of_ana, Verb.MISS)  # where it was a slip


def test_cancelling_is_quieter_than_moving_until_it_is_asked(desk: Client, request_of_ana: Appointment) -> None:
    cancel = reverse("admin:booking_appointment_act", args=[request_of_ana.pk, Verb.CANCEL])

    assert f'<a class="button danger quiet" href="{cancel}">' in desk.get(url(request_of_ana)).content.decode()
    assert 'class="button danger" value="Cancel visit"' in desk.get(cancel).content.decode()


def test_who_may_only_see_gets_no_buttons(reader: Client, request_of_ana: Appointment) -> None:
    assert reader.get(url(request_of_ana)).status_code == 200
    assert shown_acts(reader, request_of_ana) == []


@pytest.mark.parametrize("events", [1, 3])
def test_queries_do_not_grow_with_the_history(
    desk: Client,
    sam: User,
    request_of_ana: Appointment,
    events: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    if events == 3:
        actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
        actions.send_fresh_link(appointment=request_of_ana, by=actions.staff(sam), now=NOW)
    with django_assert_num_queries(QUERIES):
        desk.get(url(request_of_ana))


def test_a_crafted_post_changes_nothing(chief: Client, request_of_ana: Appointment) -> None:
    response = chief.post(url(request_of_ana), {"status": "confirmed", "reference": "AAAA-AAAA"})
    assert response.status_code == 403
    after = Appointment.objects.get(pk=request_of_ana.pk)
    assert (after.status, after.reference, after.version) == ("requested", request_of_ana.reference, 1)


def test_who_may_see_it(client: Client, outsider: Client, request_of_ana: Appointment) -> None:
    assert client.get(url(request_of_ana)).status_code == 302
    assert outsider.get(url(request_of_ana)).status_code == 403
