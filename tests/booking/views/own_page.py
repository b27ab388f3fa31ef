"""What the tests of the patient's own pages have in common."""

import re
from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from booking import actions, links
from booking.models import Appointment, Course, CourseTemplate, Offer
from tests.booking.factories import NOW, START, later, make_appointment, make_staff


def opened(client: Client, appointment: Appointment) -> str:
    """Opens the link in the mail; gives the address it leads to."""
    response = client.get(f"/v/{links.token_for(appointment)}/")
    assert response.status_code == 302
    return str(response["Location"])


def words(content: bytes) -> str:
    """What stands in the main part of a page, as it is read."""
    main = content.decode().partition('<main id="main"')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("&#x27;", "'").split())


def held_offer(appointment: Appointment) -> Offer:
    """An earlier time, at 12:30 PM on the day after tomorrow, held for it until noon today."""
    actions.ask_for_earlier(appointment=appointment, by=actions.PATIENT, now=NOW)
    other = make_appointment(appointment.visit_type, starts_at=later(START, hours=3), name="Cora Lane")
    actions.cancel(appointment=other, by=actions.PATIENT, now=NOW)
    actions.offer_freed_times(now=NOW)
    return appointment.offers.get(state=Offer.State.OPEN)


def placed_course(appointment: Appointment, sessions: int = 8, starts: Sequence[datetime] = ()) -> Course:
    """A course of that visit's patient and kind, one session a week unless other starts are given."""
    template = CourseTemplate.objects.create(name="Series", visit_type=appointment.visit_type)
    return actions.place_course(
        patient=appointment.patient,
        template=template,
        starts=list(starts) or [later(START, days=7 * number) for number in range(1, sessions + 1)],
        review_start=None,
        submission_id=uuid4(),
        by=actions.staff(make_staff("kim")),
        now=timezone.now() if starts else NOW,
    )
