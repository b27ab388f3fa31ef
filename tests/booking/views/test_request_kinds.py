from django.test import Client

from booking.models import VisitType
from tests.booking.factories import make_visit_type


def test_shows_what_anyone_may_ask_for(client: Client, first_visit: VisitType) -> None:
    make_visit_type("cleared-only", open_to=VisitType.OpenTo.CLEARED)
    make_visit_type("not-now", is_active=False)

    response = client.get("/book/")

    assert [kind.slug for kind in response.context["visit_types"]] == ["first-visit"]
    assert "Step 1 of 4" in response.content.decode()


def test_says_so_when_nothing_is_offered(client: Client, db: None) -> None:
    assert "No visits can be booked online at the moment" in client.get("/book/").content.decode()


def test_is_never_kept_by_a_cache(client: Client, first_visit: VisitType) -> None:
    response = client.get("/book/")

    assert response["Cache-Control"] == "no-store"
    assert response.cookies == {}
