"""Cancelling without a message to the patient."""

from typing import Any

import pytest

from booking import actions, messages
from booking.models import Hold, Message
from booking.outbox import send_again
from clinic.models import Practice
from tests.booking.factories import NOW, make_appointment, make_staff

pytestmark = pytest.mark.django_db


def test_the_time_is_free_and_the_message_only_noted() -> None:
    sam = make_staff()
    visit = actions.confirm(appointment=make_appointment(), by=actions.staff(sam), now=NOW)
    cancelled = actions.cancel_quietly(appointment=visit, by=actions.staff(sam), now=NOW)
    assert cancelled.status == "cancelled"
    assert Hold.objects.count() == 0
    message = Message.objects.get(kind="cancelled_by_practice")
    assert (message.state, message.reason) == ("suppressed", "untold")
    told = visit.events.order_by("pk").values_list("verb", "user")
    assert list(told)[-2:] == [("cancel", sam.pk), ("quiet", sam.pk)]
    assert send_again(message, now=NOW)  # they may think better of it


def test_who_has_asked_us_to_reads_that_it_is_done_as_they_asked() -> None:
    sam = make_staff()
    visit = actions.confirm(appointment=make_appointment(), by=actions.staff(sam), now=NOW)
    actions.cancel_as_asked(appointment=visit, by=actions.staff(sam), now=NOW)
    letter = messages.build(Message.objects.get(kind="cancelled_by_patient"), practice=Practice(), now=NOW)
    assert "As you asked, this visit is cancelled:" in str(letter.mail.body)
    assert not Message.objects.filter(kind__in=["cancelled_by_practice", "staff_cancelled"]).exists()
    assert [event.verb for event in visit.events.order_by("pk")][-2:] == ["cancel", "asked_off"]


@pytest.mark.parametrize("verb", [actions.cancel_quietly, actions.cancel_as_asked])
def test_what_is_over_is_not_cancelled(verb: Any) -> None:
    sam = make_staff()
    visit = actions.decline(appointment=make_appointment(), by=actions.staff(sam), now=NOW)
    with pytest.raises(actions.NotAllowed):
        verb(appointment=visit, by=actions.staff(sam), now=NOW)
    assert not Message.objects.filter(reason="untold").exists()
