"""At the desk: the patient is here, and a visit is cancelled without a message."""

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.models import Appointment, Message
from tests.booking.admin.pages import flashes, links, text
from tests.booking.factories import NOW, START, later


@pytest.fixture
def visit(sam: User, request_of_ana: Appointment) -> Appointment:
    return actions.confirm(appointment=request_of_ana, by=actions.staff(sam), now=NOW)


def url(visit: Appointment, verb: str) -> str:
    return f"/admin/booking/appointment/{visit.pk}/{verb}/"


def test_arrived_is_seen_on_the_desk_and_can_be_taken_back(
    desk: Client, reader: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(START)
    assert links(desk.get("/admin/"), "/arrive/") == [url(visit, "arrive") + "?then=desk"]
    assert links(reader.get("/admin/"), "/arrive/") == []
    assert "The patient gets no message." in text(desk.get(url(visit, "arrive")))
    assert flashes(desk.post(url(visit, "arrive"))) == [("success", "Noted: they are here.")]
    shown = desk.get("/admin/")
    assert "arrived 10:00 AM" in text(shown)
    assert links(shown, "/arrive/") == []
    detail = desk.get(url(visit, "change"))
    assert "arrived 10:00 AM" in text(detail)
    assert "Dec 2, 10:00 AM — arrived, noted by Sam Lee" in text(detail)
    assert links(detail, "/not_here/") == [url(visit, "not_here")]
    assert flashes(desk.post(url(visit, "not_here")))[-1] == ("success", "Taken back.")
    assert "arrived 10:00 AM" not in text(desk.get("/admin/"))


def test_the_second_is_told_who_was_first(
    desk: Client, sam: User, visit: Appointment, clock: time_machine.Traveller
) -> None:
    clock.move_to(START)
    actions.arrive(appointment=visit, by=actions.staff(sam), now=START)
    told = ("error", "Already noted as arrived by Sam Lee at 10:00 AM. Nothing was changed.")
    for response in (desk.get(url(visit, "arrive")), desk.post(url(visit, "arrive"))):
        assert flashes(response)[-1] == told


def test_not_on_another_day(desk: Client, visit: Appointment) -> None:
    assert flashes(desk.post(url(visit, "arrive"))) == [("error", "The visit is not today. Nothing was changed.")]
    assert links(desk.get(url(visit, "change")), "/arrive/") == []


@pytest.mark.parametrize(
    ("post", "state", "told"),
    [({}, "queued", "Ana Diaz will get an e-mail."), ({"quiet": "on"}, "suppressed", "The patient gets no message.")],
)
@pytest.mark.parametrize("asked", [{}, {"asked": "on"}])
def test_cancelled_with_or_without_a_message_by_us_or_as_the_patient_asked(
    desk: Client, visit: Appointment, post: dict[str, str], state: str, told: str, asked: dict[str, str]
) -> None:
    assert "Send the patient no message" in text(desk.get(url(visit, "cancel")))
    assert flashes(desk.post(url(visit, "cancel"), post | asked)) == [("success", f"Cancelled. {told}")]
    kind = "cancelled_by_patient" if asked else "cancelled_by_practice"
    assert Message.objects.get(kind__startswith="cancelled").kind == kind
    assert Message.objects.get(kind=kind).state == state
    shown = text(desk.get(url(visit, "change")))
    assert ("the patient had asked for it, said by Sam Lee" in shown) is bool(asked)
    assert ("no message to the patient, chosen by Sam Lee" in shown) is (state == "suppressed")
    assert ("Staff chose to send no message." in shown) is (state == "suppressed")


def test_no_other_step_can_be_made_quiet(desk: Client, request_of_ana: Appointment) -> None:
    assert "Send the patient no message" not in text(desk.get(url(request_of_ana, "decline")))
    desk.post(url(request_of_ana, "decline"), {"quiet": "on", "reason": "time"})
    assert Message.objects.get(kind="declined").state == "queued"


def test_the_day_offers_what_may_be_noted_by_then(
    desk: Client, visit: Appointment, clock: time_machine.Traveller
) -> None:
    def noted() -> list[str]:
        found = links(desk.get("/admin/"), f"/appointment/{visit.pk}/")
        return [url.split("/")[-2] for url in found if url.endswith("?then=desk")]

    clock.move_to(later(visit.starts_at, minutes=-30))
    assert noted() == ["arrive"]
    clock.move_to(later(visit.starts_at, minutes=10))
    assert noted() == ["arrive", "complete", "miss"]
    desk.post(f"/admin/booking/appointment/{visit.pk}/arrive/", {"then": "desk"})
    assert noted() == ["complete"]
    desk.post(f"/admin/booking/appointment/{visit.pk}/complete/", {"then": "desk"})
    assert noted() == []
