from django.test import Client
from django.urls import reverse

from content.models import Page, Revision
from tests.content.admin.conftest import MakeClient, press, values_of


def preview(client: Client, page: Page, **values: object) -> str:
    response = client.post(reverse("admin:content_page_preview", args=[page.pk]), values_of(page) | values)
    assert response.status_code == 200
    return response.content.decode()


def test_it_is_the_page_as_the_public_would_see_it_and_saves_nothing(editor: Client, office: Page) -> None:
    text = preview(editor, office, h1="New heading", body="New **words**.\n\n::safety ride-home")
    assert "<h1>New heading</h1>" in text
    assert "<p>New <strong>words</strong>.</p>" in text
    assert "An adult takes you home." in text
    assert "Before it can be published" not in text
    assert Page.objects.get(pk=office.pk).h1 == "Our office"
    assert not Revision.objects.exists()


def test_it_says_what_is_in_the_way(editor: Client, office: Page) -> None:
    text = preview(editor, office, body="It will cure you.[@none]", h1="")
    for said in (
        "Before it can be published",
        "Heading: This field is required.",
        "There is no source with the key “none”.",
        "“cure” is a word",
    ):
        assert said in text


def test_a_page_that_is_new_has_one_too(editor: Client, office: Page) -> None:
    new = values_of(office) | {"path": "fees", "body": "Ask us."}
    text = editor.post(reverse("admin:content_page_preview"), new).content.decode()
    assert "<p>Ask us.</p>" in text
    empty = editor.post(reverse("admin:content_page_preview"), {}).content.decode()
    assert empty.count("This field is required.") == empty.count(": This field is required.") > 3
    assert "Another part of the site" not in empty
    assert Page.objects.count() == 1


def test_nothing_typed_becomes_code(editor: Client, office: Page) -> None:
    text = preview(editor, office, h1="<script>1</script>", body="<script>2</script>\n\n::safety ride-home")
    assert "<script>1" not in text
    assert "<script>2" not in text


def test_it_may_be_framed_by_us_alone(editor: Client, office: Page) -> None:
    response = editor.post(reverse("admin:content_page_preview", args=[office.pk]), values_of(office))
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in response["Content-Security-Policy"]
    editing = editor.get(reverse("admin:content_page_change", args=[office.pk]))
    assert "frame-src 'self'" in editing["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in editing["Content-Security-Policy"]
    assert editing["X-Frame-Options"] == "DENY"


def test_opened_by_its_address_it_is_the_text_on_record_or_the_draft(editor: Client, office: Page) -> None:
    press(editor, office, "draft", body="Later.\n\n::safety ride-home")
    address = reverse("admin:content_page_preview", args=[office.pk])
    assert "Come in." in editor.get(address).content.decode()
    assert "Later." in editor.get(address, {"text": "draft"}).content.decode()
    assert editor.get(reverse("admin:content_page_preview")).status_code == 405


def test_it_is_for_those_who_may_edit(signed_in: MakeClient, office: Page, client: Client) -> None:
    address = reverse("admin:content_page_preview", args=[office.pk])
    assert client.post(address, values_of(office)).status_code == 302
    assert signed_in("sam", "view_page").post(address, values_of(office)).status_code == 403
    assert signed_in("bo", "change_page").post(reverse("admin:content_page_preview"), {}).status_code == 403
