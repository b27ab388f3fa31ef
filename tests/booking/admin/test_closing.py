"""Clearing time: what is free is blocked, what is left is moved from a page that leads back to it."""

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from booking.models import Appointment, Closure, Hold, Resource
from tests.booking.admin.conftest import grant
from tests.booking.admin.pages import between, flashes, links, text
from tests.booking.admin.test_blocks import ADD, filled
from tests.booking.factories import make_chair, make_clinician


@pytest.fixture
def closure(chief: Client, request_of_ana: Appointment) -> Closure:
    """9 to 1 on December 2; Ana's visit is at 10."""
    make_chair()
    data = filled(Resource.objects.get(kind="clinician"), whole_office="on", free="1")
    assert chief.post(ADD, data).status_code == 302
    return Closure.objects.get()


def url(closure: Closure) -> str:
    return reverse("admin:booking_hold_clear", args=[closure.pk])


def test_several_are_blocked_at_once_or_none(chief: Client, request_of_ana: Appointment) -> None:
    chair, clinician = make_chair(), Resource.objects.get(kind="clinician")
    both: dict[str, object] = {**filled(chair), "resource": [str(chair.pk), str(clinician.pk)]}
    response = chief.post(ADD, both)
    assert "Something stands in the way. Nothing was blocked." in text(response)
    assert Hold.objects.blocks().count() == 0

    response = chief.post(ADD, {**both, "starts_at_1": "11:00"})
    told = "Blocked: Dr. Bacchus, Chair 1, Wednesday, December 2, 11:00 AM – 1:00 PM Pacific time."
    assert sorted(flashes(response)[0][1].split()) == sorted(told.split())
    assert Hold.objects.blocks().count() == 2


def test_the_whole_office_for_whole_days(chief: Client) -> None:
    make_clinician()
    make_chair()
    Resource.objects.create(kind="chair", name="Old chair", is_active=False)
    data = filled(Resource.objects.first(), whole_office="on", whole_days="on", ends_at_0="2026-12-03")  # type: ignore[arg-type]
    chief.post(ADD, {**data, "resource": [], "starts_at_1": "", "ends_at_1": ""})
    holds = Hold.objects.order_by("resource")
    assert [hold.resource.name for hold in holds] == ["Dr. Bacchus", "Chair 1"]
    period = "Wednesday, December 2, 12:00 AM – Friday, December 4, 12:00 AM Pacific time"
    assert {hold.period_in_words().replace("\xa0", " ") for hold in holds} == {period}


def test_nobody_chosen_is_said(chief: Client) -> None:
    response = chief.post(ADD, {**filled(make_clinician()), "resource": []})
    assert "Choose who or what is not to be booked." in text(response)


def test_what_is_left_is_listed_with_the_way_to_move_it(
    chief: Client, request_of_ana: Appointment, closure: Closure
) -> None:
    page = chief.get(url(closure))
    assert "Ana Diaz" in between(page, "Still to move", "If these visits are to stay")
    assert f"/admin/booking/appointment/{request_of_ana.pk}/move/?block={closure.pk}" in links(page, "/move/")
    assert url(closure) in links(chief.get(reverse("admin:index")), "/clear/")


def test_who_may_not_see_visits_is_not_told_whose_they_are(
    outsider: Client, request_of_ana: Appointment, closure: Closure
) -> None:
    grant(User.objects.get(username="lou"), "view_hold", "add_hold")
    refused = outsider.post(ADD, filled(Resource.objects.get(kind="clinician")))
    for page in (outsider.get(url(closure)), refused):
        assert request_of_ana.reference in text(page)
        assert "Ana Diaz" not in text(page)


def test_the_visit_says_that_it_is_to_be_moved(
    chief: Client, reader: Client, request_of_ana: Appointment, closure: Closure
) -> None:
    page = f"/admin/booking/appointment/{request_of_ana.pk}/change/"
    assert "To be moved this time is to be cleared Conference All visits there" in text(chief.get(page))
    assert url(closure) in links(chief.get(page), "clear")
    assert "To be moved" not in text(reader.get(page))
    chief.post(url(closure), {"end": "1"})
    assert "To be moved" not in text(chief.get(page))


def test_moving_leads_back_and_completes_the_block(
    chief: Client, request_of_ana: Appointment, closure: Closure
) -> None:
    times = chief.get(f"/admin/booking/appointment/{request_of_ana.pk}/move/?block={closure.pk}")
    free = links(times, "/move/2026")
    assert all(link.endswith(f"?block={closure.pk}") for link in free)
    assert all(f"block={closure.pk}" in link for link in links(times, "?week="))
    assert not [link for link in free if "20261202T18" in link or "20261202T19" in link]  # none within the time

    response = chief.post(free[0])

    assert response["Location"] == url(closure)
    page = chief.get(url(closure))
    assert "All of it is blocked" in text(page)
    assert "Still to move" not in text(page)
    assert url(closure) not in links(chief.get(reverse("admin:index")), "/clear/")


@pytest.mark.parametrize(
    ("clock_at", "told"),
    [
        ("13:00", "The old time is to be cleared: it goes to the block, and nobody else can book it."),
        ("10:30", "What of the old time is to be cleared goes to the block; the rest is free for others at once."),
        ("10:00", "The old time is free for others at once."),
    ],
)
def test_a_time_to_be_cleared_is_not_called_free(
    chief: Client, request_of_ana: Appointment, clock_at: str, told: str
) -> None:
    make_chair()
    data = filled(Resource.objects.get(kind="clinician"), whole_office="on", free="1")
    chief.post(ADD, {**data, "ends_at_1": clock_at})
    assert Closure.objects.exists()
    page = chief.get(f"/admin/booking/appointment/{request_of_ana.pk}/move/20261203T1900Z/")
    assert between(page, "What will happen", "It stays a request") == told
    for verb in ("cancel", "decline"):
        page = chief.get(f"/admin/booking/appointment/{request_of_ana.pk}/{verb}/")
        told_there = told.replace("The old time", "Its time").replace("the old time", "its time")
        assert f"What will happen {told_there} This can’t be taken back." in text(page)


def test_cancelling_leads_back_too(chief: Client, request_of_ana: Appointment, closure: Closure) -> None:
    response = chief.post(f"/admin/booking/appointment/{request_of_ana.pk}/cancel/?block={closure.pk}")
    assert response["Location"] == url(closure)


def test_a_gap_is_blocked_by_another_press_and_the_second_is_told(chief: Client, closure: Closure) -> None:
    Hold.objects.blocks().order_by("period")[0].delete()
    assert "Some of it has become free since." in text(chief.get(url(closure)))
    presses = [flashes(chief.post(url(closure)))[-1][1] for _ in range(2)]
    assert presses == ["1 more span is blocked.", "Nothing was free: somebody else was quicker."]


def test_the_rest_is_left_as_it_is(chief: Client, closure: Closure) -> None:
    presses = [flashes(chief.post(url(closure), {"end": "1"}))[-1][1] for _ in range(2)]
    assert presses == ["The rest stays as it is.", "Somebody else has ended this already."]
    assert "visits that leave free their time as usual" in text(chief.get(url(closure)))


@pytest.mark.parametrize("block", ["x", "-1", "9" * 30])
def test_nonsense_leads_to_the_visit(chief: Client, request_of_ana: Appointment, block: str) -> None:
    response = chief.post(f"/admin/booking/appointment/{request_of_ana.pk}/confirm/?block={block}")
    assert response["Location"] == reverse("admin:booking_appointment_change", args=[request_of_ana.pk])


def test_only_who_may_block_sees_it(reader: Client, closure: Closure) -> None:
    assert reader.get(url(closure)).status_code == 403
    assert User.objects.count() == 2


def lift(closure: Closure) -> str:
    return reverse("admin:booking_hold_lift", args=[closure.pk])


def test_the_whole_block_is_lifted_after_a_second_look(chief: Client, closure: Closure) -> None:
    assert lift(closure) in links(chief.get(url(closure)), "/lift/")
    page = chief.get(lift(closure))
    day = "Wednesday, December 2,"
    assert between(page, "booked again at once:", "Visits that still stand") == (
        f"Dr. Bacchus , {day} 9:00 AM – 10:00 AM Pacific time"
        f" Dr. Bacchus , {day} 11:00 AM – 1:00 PM Pacific time"
        f" Chair 1 , {day} 9:00 AM – 1:00 PM Pacific time"
        " That is every block with this reason in this time, whoever made it."
    )
    assert Hold.objects.blocks().count() == 3

    presses = [flashes(chief.post(lift(closure)))[-1] for _ in range(2)]

    assert presses == [
        ("success", "The block is lifted: its time is free again."),
        ("warning", "Somebody else has lifted this block already."),
    ]
    assert Hold.objects.blocks().count() == 0
    assert links(chief.get(url(closure)), "/lift/") == []
    assert flashes(chief.get(lift(closure)))[-1] == ("warning", "Nothing of it is blocked any more.")
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 3


def test_only_who_may_free_time_lifts_it(outsider: Client, closure: Closure) -> None:
    grant(User.objects.get(username="lou"), "view_hold", "add_hold")
    assert links(outsider.get(url(closure)), "/lift/") == []
    assert outsider.post(lift(closure)).status_code == outsider.get(lift(closure)).status_code == 403
