import re

import pytest
from django.test import Client

from booking.models import VisitType
from tests.booking.factories import make_visit_type


@pytest.fixture
def four_kinds(first_visit: VisitType) -> None:
    VisitType.objects.update(suits=VisitType.Suits.NEW, order=2)
    make_visit_type("follow-up", suits=VisitType.Suits.RETURNING, order=1)
    make_visit_type("talk", order=3)
    make_visit_type("cleared-only", open_to=VisitType.OpenTo.CLEARED)
    make_visit_type("not-now", is_active=False)


def test_first_asks_whether_they_have_been_here(client: Client, first_visit: VisitType) -> None:
    page = client.get("/book/").content.decode()

    assert "Have you been to this office before?" in page
    assert "Step 1 of 5" in page
    assert re.findall(r'href="(\?been=\w+)"', page) == ["?been=returning", "?been=new", "?been=unsure"]


@pytest.mark.parametrize(
    ("been", "shown"),
    [
        ("new", ["first-visit", "talk"]),
        ("returning", ["follow-up", "talk"]),
        ("unsure", ["first-visit", "talk", "follow-up"]),
    ],
)
def test_shows_what_suits_the_answer(client: Client, four_kinds: None, been: str, shown: list[str]) -> None:
    response = client.get(f"/book/?been={been}")
    page = response.content.decode()

    assert [kind.slug for kind in response.context["visit_types"]] == shown
    answer = {"new": "New to this office", "returning": "Been to this office before", "unsure": "Not sure whether you"}
    assert f"Step 2 of 5 · {answer[been]}" in page
    assert [f'href="/book/{slug}/?been={been}"' in page for slug in shown] == [True] * len(shown)
    assert page.count("We suggest this one") == (been == "unsure")


def test_what_is_no_answer_is_asked_again(client: Client, first_visit: VisitType) -> None:
    assert "Have you been to this office before?" in client.get("/book/?been=<b>").content.decode()


def test_says_so_when_nothing_suits(client: Client, first_visit: VisitType) -> None:
    VisitType.objects.update(suits=VisitType.Suits.NEW)
    page = client.get("/book/?been=returning").content.decode()

    assert "No visit of this kind can be booked online" in page
    assert 'href="?been=unsure"' in page


def test_says_so_when_nothing_is_offered(client: Client, db: None) -> None:
    assert "No visits can be booked online at the moment" in client.get("/book/").content.decode()


def test_is_never_kept_by_a_cache(client: Client, first_visit: VisitType) -> None:
    response = client.get("/book/")

    assert response["Cache-Control"] == "no-store"
    assert response.cookies == {}
