"""The page of a clinician's calendar address."""

import time

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.admin.models import LogEntry
from django.test import Client

from booking import clinician_calendar
from booking.models import Resource
from clinic.records.models import CHANGES
from tests.booking.admin.conftest import grant, signed_in
from tests.booking.admin.pages import flashes, text
from tests.booking.factories import make_chair, make_clinician, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinician(db: None) -> Resource:
    return make_clinician()


@pytest.fixture
def doctor(clinician: Resource) -> Client:
    """The clinician herself."""
    user = make_staff("dr", "Dana", "Roe")
    grant(user, "view_resource", "feed_resource")
    Resource.objects.filter(pk=clinician.pk).update(account=user)
    return signed_in(user)


def page(clinician: Resource, last: str = "") -> str:
    return f"/admin/booking/resource/{clinician.pk}/calendar/{last}"


def test_the_first_address_and_one_in_its_place(doctor: Client, clinician: Resource) -> None:
    assert page(clinician) in doctor.get(f"/admin/booking/resource/{clinician.pk}/change/").content.decode()
    assert "There is none yet." in text(doctor.get(page(clinician)))

    answer = doctor.post(page(clinician, "new/"), {"seen": "0"})

    assert flashes(answer) == [("success", "A new calendar address was made.")]
    clinician.refresh_from_db()
    first = clinician_calendar.url_for(clinician)
    assert first in text(doctor.get(answer["Location"]))
    assert "The old address stops working at once" in text(doctor.get(page(clinician, "new/")))
    doctor.post(page(clinician, "new/"), {"seen": "1"})
    clinician.refresh_from_db()
    assert clinician_calendar.url_for(clinician) != first
    assert LogEntry.objects.filter(object_id=str(clinician.pk)).count() == 2
    kept = CHANGES[Resource]._default_manager.order_by("pgh_id").values_list("calendar_version", flat=True)
    assert list(kept)[-3:] == [0, 1, 2]


@pytest.mark.parametrize("seen", ["0", "7", "", "x", "-1", "9" * 40])
def test_who_comes_second_is_told_and_makes_no_other(doctor: Client, clinician: Resource, seen: str) -> None:
    doctor.post(page(clinician, "new/"), {"seen": "0"})

    answer = doctor.post(page(clinician, "new/"), {"seen": seen})

    assert "Somebody else has made a new address meanwhile" in flashes(answer)[-1][1]
    clinician.refresh_from_db()
    assert clinician.calendar_version == 1


def test_it_is_asked_who_it_is_first(doctor: Client, clinician: Resource) -> None:
    doctor.post(page(clinician, "new/"), {"seen": "0"})
    session = doctor.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] = time.time() - 3600
    session.save()

    for last in ("", "new/"):
        for method in (doctor.get, doctor.post):
            answer = method(page(clinician, last), {"seen": "1"})
            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/account/confirm/")
    clinician.refresh_from_db()
    assert clinician.calendar_version == 1


def test_who_may_not_sees_no_address_and_makes_none(reader: Client, clinician: Resource) -> None:
    assert "Calendar address" not in text(reader.get(f"/admin/booking/resource/{clinician.pk}/change/"))
    for last in ("", "new/"):
        assert reader.get(page(clinician, last)).status_code == 403
        assert reader.post(page(clinician, last), {"seen": "0"}).status_code == 403
    clinician.refresh_from_db()
    assert clinician.calendar_version == 0


def test_a_chair_has_none(doctor: Client, clinician: Resource) -> None:
    chair = make_chair()

    assert "Calendar address" not in text(doctor.get(f"/admin/booking/resource/{chair.pk}/change/"))
    assert doctor.get(page(chair)).status_code == 404
    assert doctor.post(page(chair, "new/"), {"seen": "0"}).status_code == 404


def test_while_the_clinician_is_not_in_use_the_page_says_that_nobody_is_answered(
    doctor: Client, clinician: Resource
) -> None:
    Resource.objects.update(is_active=False)

    assert "the address answers nobody" in text(doctor.get(page(clinician)))


def test_clinicians_see_their_own_address_and_the_manager_everybodys(
    doctor: Client, clinician: Resource, chief: Client
) -> None:
    other = make_clinician("Dr. Fox")

    assert doctor.get(page(clinician)).status_code == 200
    for address in (page(other), page(other, "new/")):
        assert doctor.get(address).status_code == 403
        assert doctor.post(address, {"seen": "0"}).status_code == 403
    assert page(other) not in doctor.get(f"/admin/booking/resource/{other.pk}/change/").content.decode()
    other.refresh_from_db()
    assert other.calendar_version == 0
    assert chief.get(page(other)).status_code == 200


def test_an_account_is_one_clinicians_and_set_by_who_sets_up_clinicians(
    doctor: Client, clinician: Resource, chief: Client
) -> None:
    other = make_clinician("Dr. Fox")
    hours = {f"{name}-{field}_FORMS": "0" for name in ("hours", "dated_hours") for field in ("TOTAL", "INITIAL")}
    mine = {"name": "Dr. Fox", "account": str(Resource.objects.get(pk=clinician.pk).account_id), "is_active": "on"}

    answer = chief.post(f"/admin/booking/resource/{other.pk}/change/", {**mine, **hours})
    assert answer.status_code == 200, "it is taken already"
    assert doctor.post(f"/admin/booking/resource/{other.pk}/change/", {**mine, **hours}).status_code == 403
    other.refresh_from_db()
    assert other.account is None
