"""A time that becomes free is offered at once: a nudge after the commit, not the next look of beat."""

import pytest
from django.utils import timezone

from booking import actions, links
from booking.models import Offer
from tests.booking import factories
from tests.faults.asking import free_starts, ready
from tests.faults.mailbox import Mailbox, wait_until
from tests.faults.parts import Site

pytestmark = pytest.mark.faults


def test_what_a_patient_gives_up_is_offered_to_who_waits(site: Site, redis: None, mailbox: Mailbox) -> None:
    visit_type = ready(cutoff_hours=0)
    starts, now = free_starts(visit_type), timezone.now()
    waiting = factories.make_appointment(visit_type, starts_at=starts[40], now=now)
    actions.ask_for_earlier(appointment=waiting, by=actions.PATIENT, now=now)
    gives_up = factories.make_appointment(visit_type, starts_at=starts[10], now=now, email="bo@example.test")
    site.start_worker(mailbox.port)
    visitor = site.visitor()
    visitor.follow(f"/v/{links.token_for(gives_up)}/")

    assert visitor.post(f"/visit/{gives_up.public_id}/cancel/", {}).status == 302

    wait_until(Offer.objects.exists, 20, "the offer, without beat")
    [offer] = Offer.objects.all()
    assert offer.appointment == waiting
    assert abs(offer.starts_at - starts[10]) < visit_type.rule().stay  # the earliest start that the freed time makes
