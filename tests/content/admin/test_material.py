import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from content.models import Notice, SafetyStatement, Source
from tests.content.conftest import MakePage


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("front", password="a long enough password"))
    return client


def test_a_source_in_use_stays_and_a_changed_one_reaches_its_pages(staff: Client, make_page: MakePage) -> None:
    source = Source.objects.create(key="trial", title="Old title", kind="trial")
    page = make_page(body="A fact.[@trial]")
    assert staff.post(reverse("admin:content_source_delete", args=[source.pk]), {"post": "yes"}).status_code == 403
    values = {"title": "New title", "kind": "trial", "url": "", "authors": "", "container": "", "doi": ""}
    staff.post(reverse("admin:content_source_change", args=[source.pk]), values | {"year": "", "note": ""})
    page.refresh_from_db()
    assert page.sources[0]["title"] == "New title"


def test_a_changed_statement_reaches_its_pages(staff: Client, make_page: MakePage) -> None:
    said = SafetyStatement.objects.create(key="one", title="One", text="Old.")
    page = make_page(body="::safety one")
    values = {"title": "One office", "text": "Just one.", "level": "info"}
    staff.post(reverse("admin:content_safetystatement_change", args=[said.pk]), values)
    page.refresh_from_db()
    assert "<h3>One office</h3>\n<p>Just one.</p>" in page.html


def test_a_changed_notice_reaches_its_pages(staff: Client, make_page: MakePage) -> None:
    notice = Notice.objects.create(key="law", title="Your rights", text="Old.")
    page = make_page(body="::notice law")
    values = {"title": "Your rights", "text": "You may ask.", "legal_basis": "", "checked_on": "2026-11-01"}
    staff.post(reverse("admin:content_notice_change", args=[notice.pk]), values)
    page.refresh_from_db()
    assert "<p>You may ask.</p>" in page.html


@pytest.mark.parametrize("model", ["page", "source", "safetystatement", "notice", "review", "redirect"])
def test_lists_and_empty_forms_open(staff: Client, model: str) -> None:
    assert staff.get(reverse(f"admin:content_{model}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:content_{model}_add")).status_code == 200


@pytest.mark.parametrize(
    ("text", "word"), [("See [@nobody].", "There is no source"), ("It cures.", "“cures”"), ("It helped 53%.", "source")]
)
def test_a_statement_keeps_the_rules(db: None, text: str, word: str) -> None:
    with pytest.raises(ValidationError, match=word) as refused:
        SafetyStatement(key="x", title="T", text=text).full_clean()
    assert list(refused.value.message_dict) == ["text"]


def test_words_fixed_by_law_are_left_alone_but_must_be_shown(db: None) -> None:
    Notice(key="x", title="T", text="It cures.", exempt=True).full_clean()
    with pytest.raises(ValidationError, match="“cures”"):
        Notice(key="x", title="T", text="It cures.").full_clean()
    with pytest.raises(ValidationError, match="no source"):
        Notice(key="x", title="T", text="See [@nobody].", exempt=True).full_clean()
