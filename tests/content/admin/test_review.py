from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from content.models import Page, Review, SafetyStatement
from content.models.review import months_after
from tests.content.admin.conftest import MakeClient, press
from tests.content.conftest import MakePage


@pytest.fixture
def doctor(signed_in: MakeClient) -> Client:
    return signed_in("doc", "view_page", "change_page", "add_review", "view_review")


def record(client: Client, page: Page, **values: object) -> str:
    given = {
        "page": page.pk,
        "role": "clinical",
        "reviewer": "A. Doctor, MD",
        "decision": "approved",
        "notes": "",
        "reviewed_on": timezone.localdate().isoformat(),
        "next_review_on": "",
        "text_seen": f"{page.pk} {page.text_hash}",
    }
    response = client.post(reverse("admin:content_review_add"), given | values)
    return response.content.decode() if response.status_code == 200 else ""


def is_shown(client: Client) -> bool:
    return "A. Doctor, MD" in client.get("/office/").content.decode()


def test_an_approving_review_is_shown_until_the_text_is_changed(doctor: Client, office: Page, client: Client) -> None:
    assert not is_shown(client)
    assert record(doctor, office) == ""
    assert is_shown(client)

    press(doctor, office, "draft", body="Later.\n\n::safety ride-home")
    assert is_shown(client)  # the public still sees the text that was reviewed
    press(doctor, office, "publish", body="Later.\n\n::safety ride-home")
    assert not is_shown(client)
    office.refresh_from_db()
    press(doctor, office, "publish", body="Come in.\n\n::safety ride-home")
    assert is_shown(client)  # the very text that was reviewed


def test_a_place_in_the_order_is_no_word_of_the_text(doctor: Client, office: Page, client: Client) -> None:
    record(doctor, office)
    press(doctor, office, "publish", nav_order=7)
    assert is_shown(client)


@pytest.mark.parametrize("values", [{"decision": "changes"}, {"role": "legal"}, {"role": "language"}])
def test_other_reviews_are_recorded_and_not_shown(
    doctor: Client, office: Page, client: Client, values: dict[str, str]
) -> None:
    record(doctor, office, **values)
    assert Review.objects.count() == 1
    assert not is_shown(client)


def test_the_last_word_counts(doctor: Client, office: Page, client: Client) -> None:
    record(doctor, office)
    record(doctor, office, decision="changes", notes="The second line is wrong.")
    assert not is_shown(client)
    record(doctor, office)
    assert is_shown(client)


def test_a_changed_warning_ends_the_reviews_of_its_pages(doctor: Client, office: Page, client: Client) -> None:
    record(doctor, office)
    said = SafetyStatement.objects.get(key="ride-home")
    said.text = "Anybody takes you home."
    said.save()
    Page.objects.all().render_again()
    assert not is_shown(client)


def test_a_draft_is_read_before_it_is_published(doctor: Client, office: Page, client: Client) -> None:
    later = {"body": "Later.\n\n::safety ride-home"}
    press(doctor, office, "draft", **later)
    form = doctor.get(reverse("admin:content_review_add"), {"page": str(office.pk), "text": "draft"})
    seen = form.context["adminform"].form["text_seen"].value()
    assert "Read the draft that Doc saved" in form.content.decode()

    assert record(doctor, office, text_seen=seen) == ""

    assert not is_shown(client)  # the public sees another text
    opened = doctor.get(reverse("admin:content_page_change", args=[office.pk])).content.decode()
    assert "A. Doctor, MD read exactly this draft" in opened
    press(doctor, office, "publish", **later)
    assert is_shown(client)


def test_a_draft_that_was_changed_meanwhile_must_be_read_again(doctor: Client, office: Page) -> None:
    press(doctor, office, "draft", body="Later.\n\n::safety ride-home")
    form = doctor.get(reverse("admin:content_review_add"), {"page": str(office.pk), "text": "draft"})
    seen = form.context["adminform"].form["text_seen"].value()
    press(doctor, office, "draft", body="Even later.\n\n::safety ride-home")
    assert "Please read it again." in record(doctor, office, text_seen=seen)


def test_a_draft_that_can_not_be_shown_can_not_be_reviewed(doctor: Client, office: Page) -> None:
    press(doctor, office, "draft", body="Later.[@none]")
    form = doctor.get(reverse("admin:content_review_add"), {"page": str(office.pk), "text": "draft"}).content.decode()
    assert "The draft can’t be shown yet" in form
    assert f'value="{office.pk} {office.text_hash}"' in form


def test_the_next_one_is_due_in_six_months_where_the_page_must_warn(
    doctor: Client, office: Page, make_page: MakePage
) -> None:
    today = timezone.localdate()
    record(doctor, office)
    record(doctor, make_page("fees"))
    given = Review.objects.order_by("pk").values_list("next_review_on", flat=True)
    assert list(given) == [months_after(today, 6), months_after(today, 12)]


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(2026, 6, 15), 6, date(2026, 12, 15)),
    ],
)
def test_months_after(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_a_text_that_was_changed_meanwhile_must_be_read_again(doctor: Client, office: Page) -> None:
    assert "Please read it again." in record(doctor, office, text_seen=f"{office.pk} another")
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert "still to come" in record(doctor, office, reviewed_on=tomorrow.isoformat())
    assert not Review.objects.exists()


@pytest.mark.parametrize("page", ["", "x", "9" * 30, "-1", "²"])
def test_an_address_that_names_no_page_opens_an_empty_form(doctor: Client, page: str) -> None:
    assert doctor.get(reverse("admin:content_review_add"), {"page": page}).status_code == 200


def test_the_form_knows_the_page_and_the_day(doctor: Client, office: Page) -> None:
    text = doctor.get(reverse("admin:content_review_add"), {"page": office.pk}).content.decode()
    assert f'value="{office.pk} {office.text_hash}"' in text
    assert f'value="{timezone.localdate():%Y-%m-%d}"' in text


def test_reviews_stay_as_they_were_recorded(doctor: Client, office: Page, admin_client: Client) -> None:
    record(doctor, office)
    review = Review.objects.get()
    assert review.recorded_by
    assert review.recorded_by.username == "doc"
    for client in (doctor, admin_client):
        assert client.get(reverse("admin:content_review_change", args=[review.pk])).status_code == 200
        for name in ("change", "delete"):
            address = reverse(f"admin:content_review_{name}", args=[review.pk])
            assert client.post(address, {"post": "yes", "decision": "changes"}).status_code == 403


def test_who_may_not_review_can_not(editor: Client, office: Page) -> None:
    assert editor.post(reverse("admin:content_review_add"), {"page": office.pk}).status_code == 403
    opened = editor.get(reverse("admin:content_page_change", args=[office.pk])).content.decode()
    assert "Record a review" not in opened


def test_the_list_tells_overdue_from_due(doctor: Client, office: Page) -> None:
    today = timezone.localdate()
    listed = reverse("admin:content_page_changelist")
    for due, choice, word in (
        (today - timedelta(days=1), "overdue", "overdue since"),
        (today + timedelta(days=5), "soon", "due "),
        (today + timedelta(days=90), "fine", "next "),
    ):
        Page.objects.update(reviewed_by="A", reviewed_on=today - timedelta(days=200), next_review_on=due)
        assert word in doctor.get(listed, {"review": choice}).content.decode()
