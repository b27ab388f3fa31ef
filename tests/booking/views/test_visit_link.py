"""Fresh links: from an old link or a page that has closed, one and the same answer, and mail only where it is right."""

import re

import pytest
from django.test import Client

from booking import actions, links
from booking.models import Appointment, Kind, Message
from booking.transactions import Busy
from tests.booking.factories import make_appointment

pytestmark = pytest.mark.usefixtures("first_visit")

NOBODYS = "A" * 22


@pytest.fixture
def ana(db: None) -> Appointment:
    return make_appointment()


def mailed() -> int:
    return Message.objects.filter(kind=Kind.FRESH_LINK).count()


def body(content: bytes) -> str:
    """Without what is made anew for each page: the token against forged requests."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", content.decode())


def test_a_replaced_link_is_told_apart_and_mails_a_fresh_one(client: Client, ana: Appointment) -> None:
    address = f"/v/{links.token_for(ana)}/"
    Appointment.objects.update(link_version=2)

    page = client.get(address)
    assert page.status_code == 410
    assert "A newer link has replaced this one" in page.content.decode()
    assert 'form method="post"' in page.content.decode()
    assert mailed() == 0

    response = client.post(address)
    assert "If this visit exists, a link is on its way" in response.content.decode()
    message = Message.objects.get(kind=Kind.FRESH_LINK)
    assert message.appointment == ana
    assert set(client.cookies) == {"csrf"}  # nobody gets in by asking


def test_a_closed_page_is_the_same_whether_or_not_there_is_such_a_visit(client: Client, ana: Appointment) -> None:
    there, nowhere = (client.get(f"/visit/{public_id}/") for public_id in (ana.public_id, NOBODYS))

    assert there.status_code == nowhere.status_code == 404
    assert "Send me a fresh link" in there.content.decode()
    assert body(there.content).replace(ana.public_id, NOBODYS) == body(nowhere.content)


def test_a_fresh_link_is_answered_the_same_whatever_comes_of_it(client: Client, ana: Appointment) -> None:
    forged = f"/v/{ana.public_id}.{'B' * 22}/"
    answers = [client.post(path) for path in (f"/visit/{NOBODYS}/fresh-link/", forged, "/v/nothing/")]
    assert mailed() == 0

    answers += [client.post(f"/visit/{ana.public_id}/fresh-link/") for _ in range(7)]

    assert mailed() == 5  # a few a day
    assert {answer.status_code for answer in answers} == {200}
    assert len({body(answer.content) for answer in answers}) == 1


def test_a_busy_database_gives_the_same_answer(
    client: Client, ana: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = body(client.post(f"/visit/{NOBODYS}/fresh-link/").content)

    def busy(**kwargs: object) -> None:
        raise Busy

    monkeypatch.setattr(actions, "send_fresh_link", busy)

    assert body(client.post(f"/visit/{ana.public_id}/fresh-link/").content) == expected


def test_opening_the_forms_address_leads_to_the_page(client: Client, ana: Appointment) -> None:
    assert client.get(f"/visit/{ana.public_id}/fresh-link/")["Location"] == f"/visit/{ana.public_id}/"
    assert mailed() == 0
