import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from content.models import Page, SafetyStatement, Source
from tests.content.conftest import MakePage

pytestmark = pytest.mark.usefixtures("loaded")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("front", password="a long enough password"))
    return client


def form_values(page: Page) -> dict[str, object]:
    names = ["h1", "summary", "key_facts", "body", "path", "language", "kind", "nav_order", "title"]
    return {name: getattr(page, name) for name in names} | {"published": "on", "parent": page.parent_id or ""}


def save(staff: Client, page: Page, **values: object) -> str:
    address = reverse("admin:content_page_change", args=[page.pk])
    response = staff.post(address, form_values(page) | values)
    return response.content.decode() if response.status_code == 200 else ""


def test_saving_renders_and_marks_the_page_as_edited(staff: Client) -> None:
    page = Page.objects.get(path="office")
    assert save(staff, page, body=f"{page.body}\r\n\r\nA **new** line.") == ""
    page.refresh_from_db()
    assert page.html.endswith("<p>A <strong>new</strong> line.</p>\n")
    assert page.is_edited()


def test_saving_without_a_change_keeps_the_date(staff: Client) -> None:
    page = Page.objects.get(path="office")
    save(staff, page, body=page.body.replace("\n", "\r\n"))
    assert Page.objects.get(path="office").updated_at == page.updated_at
    save(staff, page, published="")
    assert Page.objects.get(path="office").updated_at > page.updated_at


def test_an_unknown_key_and_a_dropped_warning_are_refused_beside_the_text(staff: Client) -> None:
    page = Page.objects.get(path="office")
    assert "There is no source with the key “none”." in save(staff, page, body=f"{page.body}\n\n[@none]")
    assert "must include the safety statement “ride-home”" in save(staff, page, body="Nothing.")
    assert Page.objects.get(path="office").html == page.html


def test_a_source_in_use_stays_and_a_changed_one_reaches_its_pages(staff: Client) -> None:
    source = Source.objects.get(key="medical-board")
    assert staff.post(reverse("admin:content_source_delete", args=[source.pk]), {"post": "yes"}).status_code == 403
    values = {"title": "New title", "kind": source.kind, "url": source.url, "authors": "", "container": "", "doi": ""}
    staff.post(reverse("admin:content_source_change", args=[source.pk]), values | {"year": "", "note": ""})
    assert Page.objects.get(path="about/dr-bacchus").sources[0]["title"] == "New title"


def test_a_changed_statement_reaches_its_pages(staff: Client) -> None:
    said = SafetyStatement.objects.get(key="one-office")
    values = {"title": "One office", "text": "Just one.", "level": "info"}
    staff.post(reverse("admin:content_safetystatement_change", args=[said.pk]), values)
    assert "<h3>One office</h3>\n<p>Just one.</p>" in Page.objects.get(path="areas").html


@pytest.mark.parametrize("model", ["page", "source", "safetystatement"])
def test_lists_and_empty_forms_open(staff: Client, model: str) -> None:
    assert staff.get(reverse(f"admin:content_{model}_changelist")).status_code == 200
    assert staff.get(reverse(f"admin:content_{model}_add")).status_code == 200


def test_a_path_of_another_part_of_the_site_is_refused(make_page: MakePage) -> None:
    """It would take the site map and the main page with it."""
    with pytest.raises(ValidationError) as refused:
        make_page(path="book/first")

    assert list(refused.value.message_dict) == ["path"]


def test_a_statement_that_can_not_be_shown_is_refused(db: None) -> None:
    with pytest.raises(ValidationError) as refused:
        SafetyStatement(key="x", title="T", text="See [@nobody].").full_clean()

    assert list(refused.value.message_dict) == ["text"]
