from django.test import Client
from django.urls import reverse

from content.models import Page
from tests.content.admin.conftest import MakeClient, press

FIRST = {"body": "Come in. Mind the step.\n\n::safety ride-home"}
SECOND = {"body": "Come in. Mind the cat.\n\n::safety ride-home", "h1": "The office"}


def opened(client: Client, page: Page) -> str:
    return client.get(reverse("admin:content_page_change", args=[page.pk])).content.decode()


def test_what_changed_is_shown_word_by_word(editor: Client, office: Page) -> None:
    press(editor, office, "publish", **FIRST)
    press(editor, office, "publish", **SECOND)

    text = opened(editor, office)
    assert "What changed last, by Maria" in text
    assert "Mind the <del>step</del><ins>cat</ins>." in text
    assert "<del>Our</del><ins>The</ins> office" in text


def test_a_draft_is_shown_beside_what_the_public_sees(editor: Client, office: Page) -> None:
    press(editor, office, "publish", **FIRST)
    press(editor, office, "draft", body="Come in.\n\n::safety ride-home")
    press(editor, office, "draft", **SECOND)
    text = opened(editor, office)
    assert "What the draft changes" in text
    assert "Mind the <del>step</del><ins>cat</ins>." in text


def test_an_older_text_comes_back_as_a_draft(editor: Client, office: Page, client: Client) -> None:
    press(editor, office, "publish", **FIRST)
    press(editor, office, "publish", **SECOND)
    _second, first = office.revisions.all()
    address = reverse("admin:content_page_revision", args=[office.pk, first.pk])
    assert "Bring this text back" in editor.get(address).content.decode()

    editor.post(address)

    assert "Mind the cat." in client.get("/office/").content.decode()
    draft = office.open_draft()
    assert draft
    assert draft.values == first.values
    assert "Mind the step." in opened(editor, office)


def test_a_draft_that_is_set_aside_is_kept(editor: Client, office: Page) -> None:
    press(editor, office, "publish", **FIRST)
    press(editor, office, "draft", **SECOND)
    editor.post(reverse("admin:content_page_do", args=[office.pk, "set-aside"]))
    assert [row.state for row in office.revisions.all()] == ["set_aside", "published"]
    text = opened(editor, office)
    assert "This is a draft" not in text
    assert "Mind the step." in text


def test_the_history_lists_texts_and_reviews(editor: Client, office: Page) -> None:
    press(editor, office, "publish", **FIRST)
    press(editor, office, "publish", **SECOND)
    text = editor.get(reverse("admin:content_page_history", args=[office.pk])).content.decode()
    assert text.count(">published</span>") == 2
    assert "Heading, Text" in text
    assert "The first text on record" in text


def test_a_saved_text_belongs_to_its_page_and_to_those_who_may(
    editor: Client, signed_in: MakeClient, office: Page
) -> None:
    press(editor, office, "publish", **FIRST)
    first = office.revisions.get()
    address = reverse("admin:content_page_revision", args=[office.pk, first.pk])
    assert signed_in("sam").get(address).status_code == 403
    reader = signed_in("bo", "view_page")
    assert "Bring this text back" not in reader.get(address).content.decode()
    assert reader.post(address).status_code == 403
    assert editor.get(reverse("admin:content_page_revision", args=[office.pk + 1, first.pk])).status_code == 404
