"""The web processes end under load: nobody's request is lost or stored twice, once its form is sent again."""

import http.client
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db.models import Count

from booking.models import Appointment, Hold
from tests.faults.asking import all_at_once, free_starts, path_of, person, ready
from tests.faults.parts import Parts, Site, database_url
from tests.faults.visitor import Answer, Visitor

pytestmark = pytest.mark.faults

PEOPLE = 24


@pytest.fixture
def other_site(site: Site, own_parts: Parts) -> Site:
    """gunicorn for this test alone, which may end it."""
    other = Site(own_parts, database_url())
    other.start_web()
    return other


def send(visitor: Visitor, path: str, fields: dict[str, str]) -> Answer | None:
    """The answer, or None where the connection broke."""
    try:
        return visitor.post(path + "send/", fields)
    except (OSError, http.client.HTTPException):
        return None


@pytest.mark.parametrize("end", [Parts.replace, Parts.kill], ids=["asked to end", "killed"])
def test_web_ends_while_people_send(other_site: Site, end: Callable[[Parts, str], None]) -> None:
    visit_type = ready(step_minutes=60)
    jobs: list[Callable[[], Answer | None]] = []
    for number, start in enumerate(free_starts(visit_type)[:PEOPLE]):
        visitor, path = other_site.visitor(), path_of(visit_type, start)
        fields = person(number) | {"csrfmiddlewaretoken": visitor.token(path)}
        jobs.append(partial(send, visitor, path, fields))

    def stop() -> None:
        end(other_site.parts, "web")

    answers = all_at_once([*jobs, stop])[:PEOPLE]
    told = [answer for answer in answers if answer]
    assert {answer.status for answer in told} <= {302}
    assert Appointment.objects.count() >= len(told)

    other_site.start_web()
    again = [job() for job in jobs]
    assert Counter(answer.status for answer in again if answer) == {302: PEOPLE}
    assert Appointment.objects.count() == Hold.objects.count() == PEOPLE
    assert not Appointment.objects.annotate(count=Count("messages")).exclude(count=2).exists()
