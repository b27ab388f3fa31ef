"""Who gets where in the admin, address by address: the table in access.txt, held against the resolver."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from booking.models import Appointment, MessageText
from clinic import urls
from clinic.records.models import Erasure, Reading, Removal
from clinic.staff import factors
from clinic.staff.roles import ROLES
from tests.booking.factories import NOW, make_appointment, make_staff
from tests.routes import routes
from tests.signing_in import by_password_alone
from tests.test_get_changes_nothing import everything, samples

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("access.txt")
LETTERS = ("F", "C", "M", "S")  # front desk, clinician, manager, superuser
# Open to whoever is on the way in; tests/clinic/staff/test_sign_in.py says what they do.
SIGN_IN = {
    *("admin/login/", "admin/login/code/", "admin/sign-out/", "admin/jsi18n/", "admin/logout/"),
    *("admin/account/confirm/", "admin/account/confirm/passkey/", "admin/account/confirm/password/"),
}
NO_ROLE = "-"
COUNTS = ("visits", "messages", "changes", "others")


def table() -> dict[str, str]:
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {route: who for who, route in lines}


def make_rows() -> Appointment:
    """A visit, and what the records hold, which only a row that is there shows to be closed."""
    Reading.objects.create(at=NOW, page=Reading.Page.DESK, route="admin:index", patients=[], visits=[])
    MessageText.objects.create(kind="confirmed")
    Removal.objects.create(at=NOW, what=Removal.What.NOTHING, count=0)
    Erasure.objects.create(at=NOW, by=make_staff("gone"), reason="asked", records=[0], **dict.fromkeys(COUNTS, 0))
    return make_appointment()


def make_people() -> dict[str, Client]:
    """One of each role, a superuser, and staff with no role at all."""
    call_command("load_roles", stdout=StringIO())
    found = {}
    for letter in (*LETTERS, NO_ROLE):
        user = make_staff(f"user-{letter}")
        User.objects.filter(pk=user.pk).update(is_superuser=letter == "S")
        if letter in LETTERS[:3]:
            user.groups.add(Group.objects.get(name=ROLES[LETTERS.index(letter)].name))
        found[letter] = Client()
        found[letter].force_login(user)
    return found


@pytest.fixture
def appointment() -> Appointment:
    return make_rows()


@pytest.fixture
def people() -> dict[str, Client]:
    return make_people()


SIGNS_OUT = ("admin/logout/", "admin/sign-out/")
STAFF_ROUTES = sorted(set(routes(urls.staff)), key=lambda route: (route in SIGNS_OUT, route))  # these last


def path_of(route: str, appointment: Appointment) -> str:
    """With a row that is there, of the model that the address is about; else with one that is not."""
    found = re.match(r"admin/(auth|booking|clinic|content|records)/(\w+)/", route)
    if found:
        model = apps.get_model(found[1], "patient" if "course/place/" in route else found[2])
        row = model._default_manager.order_by("pk").first()
        for part in ("<path:object_id>", "<int:pk>", "<id>"):
            route = route.replace(part, str(row.pk if row else 2**40), 1)
    return samples(route, appointment)


def test_the_table_is_true_for_each_address_there_is(appointment: Appointment, people: dict[str, Client]) -> None:
    """Whoever adds an address says in access.txt who gets in."""
    found = {}
    for route in STAFF_ROUTES:
        path, who = path_of(route, appointment), ""
        for letter, client in people.items():
            answer = client.get(path)
            if answer.status_code == 405:
                answer = client.post(path)  # there is no such row: whoever may is told so
            assert answer.status_code in (200, 302, 403, 404), (route, letter, answer.status_code)
            if answer.status_code != 403:
                who += letter
        found[route] = who or "nobody"

    assert found == table(), "\n" + "\n".join(f"{who:6} {route}" for route, who in found.items())


def test_who_does_not_get_in_changes_nothing_by_any_method(appointment: Appointment, people: dict[str, Client]) -> None:
    before, tried = everything(), 0
    for route, who in table().items():
        for letter in set(people) - set(who):
            client = people[letter]
            for method in (client.post, client.put, client.patch, client.delete):
                answer = method(path_of(route, appointment))
                assert answer.status_code in (403, 404, 405), (route, letter, answer.status_code)
                tried += 1

    assert everything() == before
    assert tried > 500


def test_nobody_gets_in_by_password_alone(appointment: Appointment, people: dict[str, Client]) -> None:
    """Who has a second factor and has not shown it is led to the question, superuser or not, and sees nothing."""
    chief = User.objects.get(username="user-S")
    factors.renew(chief)
    alone, stranger = by_password_alone(chief), Client()
    for route in STAFF_ROUTES:
        path = path_of(route, appointment)
        if route in SIGN_IN:
            continue
        for client in (alone, stranger):
            for method in (client.get, client.post):
                answer = method(path)
                assert answer.status_code == 302, (path, answer.status_code)
                assert answer["Location"].startswith(("/admin/login/", "/admin/account/confirm/")), path
