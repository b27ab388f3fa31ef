"""“Same person as …” at the desk: found, compared, chosen, said, done, and taken back."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from booking import actions
from booking.admin.alike import MOST, alike
from booking.models import Appointment, Merge, Patient, TakenApart
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import cells, flashes, links, text
from tests.booking.courses import make_patient
from tests.booking.factories import NOW, START, later, make_appointment, make_staff, make_visit_type

LIST = "/admin/booking/patient/"


@pytest.fixture
def ana(request_of_ana: Appointment) -> Patient:
    return request_of_ana.patient


@pytest.fixture
def anna(ana: Patient) -> Patient:
    return make_appointment(starts_at=later(START, hours=2), name="Anna Diaz", email="anna@other.test").patient


@pytest.fixture
def merger(sam: User, desk: Client) -> Client:
    grant(sam, "merge_patient", "change_patient")
    return desk


def pair(stays: Patient, other: Patient) -> str:
    return f"{LIST}{stays.pk}/same/{other.pk}/"


def token(client: Client, page: str) -> str:
    found = re.search(r'name="shown" value="(\w+)"', client.get(page).content.decode())
    assert found
    return found[1]


def choices(client: Client, page: str, **other: str) -> dict[str, str]:
    """What the browser posts: all of the record that stays, but for what is named."""
    names = set(re.findall(r'type="radio" name="(\w+)"', client.get(page).content.decode()))
    return {"shown": token(client, page)} | dict.fromkeys(names, "stays") | other


def put_together(client: Client, stays: Patient, other: Patient, **chosen: str) -> Any:
    page = pair(stays, other)
    return client.post(page, choices(client, page, **chosen) | {"sure": "yes"})


def test_who_may_be_the_same_is_proposed_with_why(merger: Client, ana: Patient, anna: Patient) -> None:
    tagged = make_appointment(
        starts_at=later(START, hours=4), name="A. D.", email="Ana+visit@example.test", phone="+13105550999"
    ).patient
    accents = make_appointment(
        starts_at=later(START, days=1), name="aná DÍAZ", email="x@y.test", phone="+13105550998"
    ).patient
    stranger = make_appointment(
        starts_at=later(START, days=1, hours=2), name="Ben", email="ana@else.test", phone="+12135550100"
    ).patient

    page = merger.get(f"{LIST}{ana.pk}/same/")

    proposed = {other for other in (anna, tagged, accents, stranger) if pair(ana, other) in links(page, "/same/")}
    assert proposed == {anna, tagged, accents}
    assert "Anna Diaz since Monday, November 30, 2026 (310) 555-0123 anna@other.test same phone Compare" in text(page)
    assert "same e-mail" in text(page)
    assert "same name" in text(page)


def test_of_many_at_one_number_and_one_provider_none_hides_who_shares_more(ana: Patient, anna: Patient) -> None:
    for number in range(2 * MOST):
        newer = later(NOW, minutes=number + 1)
        make_patient(name=f"No {number}", email=f"anastasia{number}@example.test", phone=ana.phone, created_at=newer)
    Patient.objects.filter(pk=anna.pk).update(email="ana+x@example.test", phone="+13105550999", name="A. D.")
    namesake = make_patient(name="Diaz, Ana", email="a@else.test", phone="+13105550998")
    Patient.objects.filter(pk=namesake.pk).update(name="ANA díaz")

    found = [one.patient for one in alike(ana)]

    assert anna in found
    assert namesake in found
    assert len(found) == MOST


def test_others_are_searched_for(merger: Client, ana: Patient) -> None:
    ben = make_appointment(
        starts_at=later(START, hours=2), name="Ben", email="ben@test.test", phone="+12135550199"
    ).patient
    page = f"{LIST}{ana.pk}/same/"

    assert pair(ana, ben) not in links(merger.get(page), "/same/")
    found = merger.get(page, {"q": "ben"})
    assert pair(ana, ben) in links(found, "/same/")
    assert text(found).index("On record for “ben”") < text(found).index("Likely")
    assert text(merger.get(page)).index("Likely") < text(merger.get(page)).index("Find another")
    assert "Nobody else." in text(merger.get(page, {"q": "diaz"})), "not the record itself"


def test_both_stand_side_by_side(merger: Client, ana: Patient, anna: Patient) -> None:
    shown = merger.get(pair(ana, anna))

    assert "Name Name: Ana Diaz Name: Anna Diaz" in text(shown)
    assert "Phone (310) 555-0123 (310) 555-0123" in text(shown)
    assert "Visits 1 in all Wednesday, December 2" in text(shown)
    assert sorted(set(re.findall(r'type="radio" name="(\w+)"', shown.content.decode()))) == ["email", "name"]


def test_it_says_what_will_happen_and_nothing_happens_yet(merger: Client, ana: Patient, anna: Patient) -> None:
    page = pair(ana, anna)
    said = text(merger.post(page, choices(merger, page, name="other")))

    assert "Name Anna Diaz E-mail ana@example.test" in said
    assert "1 visit moves to this record." in said
    assert "Links that went to anna@other.test stop working at once" in said
    assert "New links go to ana@example.test; of a course, to the next session alone:" in said
    assert "You can take the two apart again." in said
    assert not Merge.objects.exists()


def test_with_one_address_no_link_is_said_to_close(merger: Client, ana: Patient) -> None:
    second = make_appointment(starts_at=later(START, hours=2), name="A. Diaz").patient
    page = pair(ana, second)

    said = text(merger.post(page, choices(merger, page)))

    assert "Links sent before stay open, and no message goes out now." in said
    assert "stop working" not in said


def test_visits_at_the_same_time_are_pointed_out(merger: Client, ana: Patient, anna: Patient) -> None:
    Appointment.objects.filter(patient=anna).update(starts_at=START, ends_at=later(START, hours=1))
    page = pair(ana, anna)

    assert "Careful: these are at the same time." in text(merger.post(page, choices(merger, page)))


def test_pressed_it_is_one_record(merger: Client, ana: Patient, anna: Patient) -> None:
    response = put_together(merger, ana, anna, name="other")

    assert flashes(response) == [("success", "The two records are one now.")]
    assert response["Location"] == f"{LIST}{ana.pk}/change/"
    shown = text(merger.get(response["Location"]))
    assert f"With number {anna.pk}: Anna Diaz, anna@other.test" in shown
    assert "Put together by Sam Lee, Monday, November 30, 2026. Take apart again" in shown
    assert [row[0] for row in cells(merger.get(LIST))] == ["Anna Diaz"]
    visit = Appointment.objects.get(pk=Merge.objects.get().visits[0])
    history = text(merger.get(f"/admin/booking/appointment/{visit.pk}/change/"))
    assert "came from another record of the patient, put together by Sam Lee" in history


def test_without_an_answer_in_each_row_it_asks(merger: Client, ana: Patient, anna: Patient) -> None:
    page = pair(ana, anna)
    values = choices(merger, page, name="other")
    del values["email"]

    response = merger.post(page, values | {"sure": "yes"})

    assert "Please choose one value in each row that is marked." in text(response)
    assert re.search(r'name="name" value="other"[^>]*checked', response.content.decode()), "answers are kept"
    assert not Merge.objects.exists()


@pytest.mark.parametrize("last", ["change/", "history/", "correct/", "keep/", "book/", "same/", "apart/"])
def test_each_page_of_the_part_leads_to_the_whole(
    merger: Client, sam: User, ana: Patient, anna: Patient, last: str
) -> None:
    grant(sam, "keep_patient")
    put_together(merger, ana, anna)

    response = merger.get(f"{LIST}{anna.pk}/{last}")

    assert response.status_code == 302
    assert response["Location"] == f"{LIST}{ana.pk}/change/"
    assert flashes(response)[-1][1].startswith(f"What was recorded for Anna Diaz under number {anna.pk} is a part")
    assert "Nothing was changed." in flashes(merger.post(f"{LIST}{anna.pk}/{last}"))[-1][1]


def test_who_may_not_see_patients_is_told_nothing(
    merger: Client, outsider: Client, client: Client, ana: Patient, anna: Patient
) -> None:
    put_together(merger, ana, anna)

    for stranger in (outsider, client):
        response = stranger.get(f"{LIST}{anna.pk}/correct/")
        assert response.status_code == (403 if stranger is outsider else 302)
        assert "Anna" not in str(flashes(response))


def test_the_whole_is_found_by_what_the_part_holds(merger: Client, ana: Patient, anna: Patient) -> None:
    put_together(merger, ana, anna)

    assert [row[0] for row in cells(merger.get(LIST, {"q": "anna@other"}))] == ["Ana Diaz"]
    found = links(merger.get(LIST + "find/", {"q": "anna"}), f"{LIST}{ana.pk}/change/")
    assert found == [f"{LIST}{ana.pk}/change/"]


def test_the_second_of_two_is_told_by_whom(merger: Client, ana: Patient, anna: Patient) -> None:
    page = pair(ana, anna)
    values = choices(merger, page) | {"sure": "yes"}
    kim = make_staff("kim", "Kim", "Roe")
    grant(kim, "merge_patient", "view_patient")
    put_together(signed_in(kim), ana, anna)

    response = merger.post(page, values)

    [[level, told]] = flashes(response)
    assert (level, told) == (
        "error",
        "Anna Diaz was put together with another record by Kim Roe, Nov 30, 8:00 AM. Nothing was changed.",
    )
    assert Merge.objects.count() == 1


def test_what_has_changed_meanwhile_is_looked_at_anew(merger: Client, ana: Patient, anna: Patient) -> None:
    page = pair(ana, anna)
    values = choices(merger, page) | {"sure": "yes"}
    actions.cancel(appointment=anna.appointments.get(), by=actions.PATIENT, now=NOW)

    assert flashes(merger.post(page, values))[0][1].startswith("Somebody else has changed this meanwhile.")
    assert not Merge.objects.exists()


@pytest.mark.parametrize("forged", ["", "0" * 20, "x"])
def test_a_made_up_token_does_nothing(merger: Client, ana: Patient, anna: Patient, forged: str) -> None:
    page = pair(ana, anna)

    merger.post(page, choices(merger, page) | {"sure": "yes", "shown": forged})

    assert not Merge.objects.exists()


def test_no_record_with_itself_nor_with_one_that_is_not_there(merger: Client, ana: Patient) -> None:
    for other in (ana.pk, 999_999, 2**62):
        for method in (merger.get, merger.post):
            assert method(f"{LIST}{ana.pk}/same/{other}/").status_code == 404
            assert method(f"{LIST}999999/same/{other}/").status_code == 404
    for last in ("same/", "apart/"):
        assert merger.get(f"{LIST}999999/{last}").status_code == 404


def test_taken_apart_again(merger: Client, ana: Patient, anna: Patient, clock: time_machine.Traveller) -> None:
    put_together(merger, ana, anna)
    page = f"{LIST}{ana.pk}/apart/"
    clock.shift(timedelta(minutes=5))
    since = actions.book_visit(
        patient=ana, visit_type=make_visit_type("other"), starts_at=later(START, days=1),
        submission_id=uuid4(),
        by=actions.staff(User.objects.get(username="sam")), now=NOW + timedelta(minutes=5),
    ).appointment  # fmt: skip
    said = text(merger.get(page))
    assert "These visits go back:" in said
    assert "Booked since, so they stay with this record: Thursday, December 3" in said
    assert since.reference in said
    assert "that went to ana@example.test stop working; new ones go to anna@other.test" in said
    assert not TakenApart.objects.exists()

    assert flashes(merger.post(page, {"shown": token(merger, page)}))[-1] == ("success", "These are two records again.")
    assert anna.appointments.count() == 1
    assert [row[0] for row in cells(merger.get(LIST))] == ["Anna Diaz", "Ana Diaz"]


def test_taken_apart_only_once_and_only_as_shown(merger: Client, ana: Patient, anna: Patient) -> None:
    put_together(merger, ana, anna)
    page = f"{LIST}{ana.pk}/apart/"
    shown = token(merger, page)
    assert flashes(merger.post(page, {"shown": "0" * 20}))[-1][0] == "error"
    assert not TakenApart.objects.exists()
    merger.post(page, {"shown": shown})

    told = flashes(merger.post(page, {"shown": shown}))[-1]

    assert told == ("error", "Taken apart already, by Sam Lee, Nov 30, 8:00 AM. Nothing was changed.")
    assert TakenApart.objects.count() == 1


def test_a_token_of_one_record_takes_no_other_apart(merger: Client, ana: Patient, anna: Patient) -> None:
    people = [
        make_appointment(starts_at=later(START, days=day), name=name, email=f"{name}@test.test").patient
        for day, name in ((1, "Bo"), (5, "Cy"))
    ]
    put_together(merger, ana, anna)
    put_together(merger, *people)
    shown = token(merger, f"{LIST}{ana.pk}/apart/")

    merger.post(f"{LIST}{people[0].pk}/apart/", {"shown": shown, "merge": Merge.objects.earliest("pk").pk})

    assert not TakenApart.objects.exists()


@pytest.mark.parametrize("last", ["same/", "same/{other}/", "apart/"])
def test_only_who_may(desk: Client, reader: Client, outsider: Client, ana: Patient, anna: Patient, last: str) -> None:
    page = f"{LIST}{ana.pk}/{last.format(other=anna.pk)}"
    for client in (desk, reader, outsider):
        assert client.get(page).status_code == 403
        assert client.post(page, {"sure": "yes"}).status_code == 403
    assert links(desk.get(f"{LIST}{ana.pk}/change/"), "/same/") == []
