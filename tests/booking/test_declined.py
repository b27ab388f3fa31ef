"""A request that is declined for a reason: what staff choose, and what the patient reads of it."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from booking import actions, messages
from booking.admin import words
from booking.discreet import gives_away
from booking.models import AppointmentEvent, DeclineReason, Kind, Message, Status, VisitType
from clinic.models import Practice
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.factories import NOW, make_appointment, make_staff, make_visit_type
from tests.booking.views.own_page import opened

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def sam() -> User:
    user = make_staff()
    grant(user, "change_appointment")
    return user


@pytest.mark.parametrize("reason", DeclineReason)
def test_the_mail_says_why_and_only_where_it_helps_how_to_ask_again(sam: User, reason: DeclineReason) -> None:
    visit = make_appointment()
    actions.decline(appointment=visit, by=actions.staff(sam), now=NOW, reason=reason)
    letter = messages.build(Message.objects.get(kind=Kind.DECLINED), practice=Practice(), now=NOW)
    text = str(letter.mail.body)
    assert str(reason.told) in " ".join(text.split())
    way_on = "Choose another kind of visit" if reason == DeclineReason.KIND else "Choose another time"
    assert (way_on in text) == reason.invites
    assert text.count("call us") == int(reason.invites), "said once"
    assert gives_away(text) is None


@pytest.mark.parametrize("reason", DeclineReason)
def test_the_history_says_why(sam: User, reason: DeclineReason) -> None:
    visit = make_appointment()
    actions.decline(appointment=visit, by=actions.staff(sam), now=NOW, reason=reason)
    assert words.what(AppointmentEvent.objects.latest("pk")) == f"declined by Sam Lee: {reason.label}"


def test_declined_before_there_were_reasons_reads_as_it_did(sam: User) -> None:
    visit = make_appointment()
    actions.decline(appointment=visit, by=actions.staff(sam), now=NOW, reason=DeclineReason.FULL)
    assert visit.declined_because() == DeclineReason.FULL
    with connection.cursor() as cursor:  # as rows of that time are: events are changed by nobody otherwise
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE booking_appointmentevent SET reason = '' WHERE appointment_id = %s", [visit.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert visit.declined_because() == DeclineReason.TIME


@pytest.mark.parametrize("given", [{}, {"reason": ""}, {"reason": "because"}])
def test_without_a_reason_nothing_is_declined(sam: User, given: dict[str, str]) -> None:
    visit = make_appointment()
    answer = signed_in(sam).post(reverse("admin:booking_appointment_act", args=[visit.pk, "decline"]), given)
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    visit.refresh_from_db()
    assert visit.status == Status.REQUESTED


def test_the_reason_pressed_is_the_reason_told(sam: User) -> None:
    visit = make_appointment()
    address = reverse("admin:booking_appointment_act", args=[visit.pk, "decline"])
    signed_in(sam).post(address, {"reason": "unreached"})
    assert AppointmentEvent.objects.latest("pk").reason == DeclineReason.UNREACHED


@pytest.mark.parametrize(
    ("reason", "way_on"),
    [
        (DeclineReason.TIME, "Choose another time"),
        (DeclineReason.KIND, "Choose another kind of visit"),
        (DeclineReason.DOUBLE, None),
        (DeclineReason.FULL, None),
    ],
)
def test_the_patients_page_says_why(client: Client, sam: User, reason: DeclineReason, way_on: str | None) -> None:
    make_visit_type("follow-up", name="Follow-up visit", suits=VisitType.Suits.RETURNING)
    visit = make_appointment()
    actions.decline(appointment=visit, by=actions.staff(sam), now=NOW, reason=reason)
    opened(client, visit)
    page = client.get(reverse("visit:show", args=[visit.public_id])).content.decode()
    assert str(reason.told) in page
    buttons = ("Choose another time", "Choose another kind of visit")
    assert [button for button in buttons if button in page] == ([way_on] if way_on else [])
