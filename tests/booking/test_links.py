import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from booking import actions, links
from booking.models import Appointment, Kind, Message
from tests.booking.factories import NOW, START, later, make_appointment, make_staff

pytestmark = pytest.mark.django_db


def test_closing_the_links_closes_those_to_all_visits_of_the_patient() -> None:
    """Each session of a course leads to the others, and each feed shows them all."""
    closed = make_appointment()
    other = make_appointment(starts_at=later(START, days=7))
    Appointment.objects.filter(pk=other.pk).update(patient=closed.patient)
    strangers = make_appointment(starts_at=later(START, days=8))
    old = [links.token_for(visit) for visit in (closed, other)]

    actions.replace_link(appointment=closed, by=actions.staff(make_staff()), now=NOW)

    assert [type(links.read(token)) for token in old] == [links.LinkReplaced] * 2
    assert links.read(links.token_for(strangers)) == strangers
    mailed = Message.objects.filter(kind=Kind.FRESH_LINK).order_by("pk").values_list("appointment", flat=True)
    assert list(mailed) == [closed.pk, other.pk]


def test_a_token_opens_its_own_appointment() -> None:
    appointment = make_appointment()

    assert links.read(links.token_for(appointment)) == appointment


def test_the_token_can_be_made_again_and_is_not_stored() -> None:
    appointment = make_appointment()
    token = links.token_for(appointment)

    fresh = Appointment.objects.get()

    assert links.token_for(fresh) == token
    assert token.partition(".")[2] not in {str(value) for value in vars(fresh).values()}


def test_raising_the_version_replaces_every_link_given_out_before() -> None:
    appointment = make_appointment()
    old = links.token_for(appointment)
    Appointment.objects.update(link_version=3)

    appointment.refresh_from_db()

    assert links.read(old) == links.LinkReplaced(appointment)
    assert links.read(links.token_for(appointment)) == appointment


def test_a_token_of_one_appointment_does_not_open_another() -> None:
    ana = make_appointment()
    bob = make_appointment(starts_at=later(START, hours=2), name="Bob Ray")

    mixed = f"{bob.public_id}.{links.token_for(ana).partition('.')[2]}"

    assert links.read(mixed) == links.LinkInvalid()


@pytest.mark.parametrize("tail", ["/", ".", "/.", ">", "),", "/)", "=", "/\x00", "…"])
def test_what_a_mail_program_hangs_on_does_no_harm(tail: str) -> None:
    appointment = make_appointment()

    assert links.read(links.token_for(appointment) + tail) == appointment


@pytest.mark.parametrize("broken", ["", ".", "x", "a.b", "a.b.c"])
def test_anything_else_is_invalid(broken: str) -> None:
    make_appointment()

    assert links.read(broken) == links.LinkInvalid()


def test_an_older_key_still_opens_while_it_is_a_fallback(settings: object) -> None:
    appointment = make_appointment()
    token = links.token_for(appointment)

    settings.LINK_KEY_FALLBACKS = [settings.LINK_KEY]  # type: ignore[attr-defined]
    settings.LINK_KEY = "another-key-another-key-another-key-"  # type: ignore[attr-defined]
    assert links.read(token) == appointment

    settings.LINK_KEY_FALLBACKS = []  # type: ignore[attr-defined]
    assert links.read(token) == links.LinkInvalid()


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_changed_token_never_opens(db: None, noise: str) -> None:
    """Any text after the id is refused unless it is the hash itself."""
    appointment = Appointment(public_id="A" * 22, link_version=1)
    right = links.token_for(appointment).partition(".")[2]

    assert links._matches(noise, appointment.public_id, 1) is (noise == right)


def test_a_feed_is_read_by_its_own_token_alone() -> None:
    appointment = make_appointment()

    assert links.read_feed(links.feed_token_for(appointment)) == appointment
    assert links.read_feed(links.token_for(appointment)) is None
    assert links.read(links.feed_token_for(appointment)) == links.LinkInvalid()
    assert links.read_feed(links.feed_token_for(appointment) + "/") is None


def test_an_older_feed_is_closed_by_raising_the_version() -> None:
    appointment = make_appointment()
    old = links.feed_token_for(appointment)
    Appointment.objects.update(link_version=2)
    appointment.refresh_from_db()

    assert links.read_feed(old) is None
    assert links.read_feed(links.feed_token_for(appointment)) == appointment
