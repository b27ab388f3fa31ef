import pytest
from django.test import Client
from django.urls import reverse

from content.models import Page, Redirect, Revision
from tests.content.admin.conftest import MakeClient, press, values_of
from tests.content.conftest import MakePage

LATER = {"body": "Come in. Mind the step.\n\n::safety ride-home"}


def shown(client: Client, path: str = "/office/") -> str:
    return client.get(path).content.decode()


def test_publishing_is_seen_at_once_and_kept(editor: Client, office: Page, client: Client) -> None:
    assert press(editor, office, "publish", **LATER) == ""

    assert "Mind the step." in shown(client)
    office.refresh_from_db()
    last = office.revisions.get()
    assert (last.state, last.who(), last.values["body"]) == ("published", "Maria", LATER["body"])
    assert office.is_edited()


def test_a_draft_is_for_staff_alone(editor: Client, office: Page, client: Client) -> None:
    assert press(editor, office, "draft", **LATER) == ""

    assert "Mind the step." not in shown(client)
    opened = editor.get(reverse("admin:content_page_change", args=[office.pk])).content.decode()
    assert "This is a draft that Maria saved" in opened
    assert "Mind the step." in opened

    press(editor, office, "publish", **LATER)
    assert "Mind the step." in shown(client)
    assert office.open_draft() is None


def test_a_new_page_may_begin_as_a_draft(editor: Client, office: Page, client: Client) -> None:
    new = values_of(office) | {"path": "fees", "h1": "Fees", "body": "Ask us.", "_draft": "x"}
    editor.post(reverse("admin:content_page_add"), new)
    page = Page.objects.get(path="fees")
    assert not page.published
    assert client.get("/fees/").status_code == 404

    press(editor, page, "publish", body="Ask us.")
    assert "Ask us." in shown(client, "/fees/")


def test_a_new_page_may_be_published_at_once(editor: Client, office: Page, client: Client) -> None:
    new = values_of(office) | {"path": "/fees/", "h1": "Fees", "body": "Ask us.", "_publish": "x"}
    editor.post(reverse("admin:content_page_add"), new)
    assert "Ask us." in shown(client, "/fees/")


def test_who_may_only_add_is_not_sent_where_they_may_not_go(signed_in: MakeClient, office: Page) -> None:
    new = values_of(office) | {"path": "fees", "h1": "Fees", "body": "Ask us.", "_draft": "x"}
    response = signed_in("sam", "add_page").post(reverse("admin:content_page_add"), new)
    assert response["Location"] == reverse("admin:index")


def test_publishing_without_a_change_keeps_the_date(editor: Client, office: Page) -> None:
    press(editor, office, "publish", body=office.body.replace("\n", "\r\n"))
    assert Page.objects.get(pk=office.pk).updated_at == office.updated_at
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"body": "Come in.[@none]\n\n::safety ride-home"}, "There is no source with the key “none”."),
        ({"body": "::safety none"}, "There is no safety statement with the key “none”."),
        ({"body": "::practice none\n\n::safety ride-home"}, "There is no fact of the practice with the key “none”."),
        ({"body": "Come in."}, "put back the line “::safety ride-home”"),
        ({"body": "It will cure you.\n\n::safety ride-home"}, "“cure” is a word we don’t use."),
        ({"h1": "The best office"}, "“best” is a word we don’t use."),
        ({"body": "It helped 53%.\n\n::safety ride-home"}, "A figure needs its source in the same paragraph"),
        ({"body": "Ketamine is approved.\n\n::safety ride-home"}, "This reads as if ketamine were approved"),
        ({"body": f"{'word ' * 26}.\n\n::safety ride-home"}, "A sentence has 26 words"),
        ({"related": "nowhere"}, "There is no page “nowhere” to read on."),
    ],
)
def test_what_breaks_a_rule_is_not_published_and_told_beside_its_field(
    editor: Client, office: Page, client: Client, values: dict[str, str], said: str
) -> None:
    page = press(editor, office, "publish", **values)

    [field] = values
    row = page.split(f"field-{field}")[1].split('class="form-row')[0]
    assert said in row
    assert "Come in." in shown(client)
    assert not Revision.objects.exists()


def test_a_draft_may_be_unfinished_and_says_what_is_missing(editor: Client, office: Page) -> None:
    assert press(editor, office, "draft", body="It will cure you.[@none]") == ""
    opened = editor.get(reverse("admin:content_page_change", args=[office.pk])).content.decode()
    assert "Before it can be published:" in opened
    assert "“cure” is a word we don’t use." in opened
    assert "There is no source with the key “none”." in opened


def test_who_saves_second_is_told_and_may_insist(
    editor: Client, signed_in: MakeClient, office: Page, client: Client
) -> None:
    opened = values_of(office)
    press(signed_in("bo", "view_page", "change_page"), office, "publish", **LATER)
    address = reverse("admin:content_page_change", args=[office.pk])
    mine = opened | {"body": "Ring twice.\n\n::safety ride-home", "_publish": "x"}

    refused = editor.post(address, mine).content.decode()

    assert "Bo saved this page after you opened it." in refused
    assert "Ring twice." in refused
    assert "Mind the step." in shown(client)
    seen = office.revisions.get()
    assert f'name="seen" value="{seen.pk}"' in refused
    editor.post(address, mine | {"seen": seen.pk})
    assert "Ring twice." in shown(client)


def test_a_page_that_moves_leaves_its_address_behind(editor: Client, office: Page, client: Client) -> None:
    press(editor, office, "publish", path="/visit-us/")
    moved = client.get("/office/")
    assert (moved.status_code, moved["Location"]) == (301, "/visit-us/")
    assert "Come in." in shown(client, "/visit-us/")

    office.refresh_from_db()
    press(editor, office, "publish", path="office")
    assert "Come in." in shown(client)
    assert client.get("/visit-us/")["Location"] == "/office/"


def test_another_page_may_take_an_address_that_was_left(
    editor: Client, office: Page, client: Client, make_page: MakePage
) -> None:
    press(editor, office, "publish", path="rooms")
    other = make_page("fees", h1="Fees")
    press(editor, other, "publish", path="office")
    assert "<h1>Fees</h1>" in shown(client)
    assert not Redirect.objects.filter(old_path="office").exists()


@pytest.mark.parametrize("path", ["book/first", "admin", "es/office"])
def test_a_path_of_another_part_of_the_site_is_refused(editor: Client, office: Page, path: str) -> None:
    assert "Another part of the site has this address." in press(editor, office, "publish", path=path)


def test_a_path_in_use_is_refused(editor: Client, office: Page, make_page: MakePage) -> None:
    make_page("fees")
    assert "There is a page with this path already." in press(editor, office, "publish", path="fees")


def test_on_and_off_the_site(editor: Client, office: Page, client: Client) -> None:
    hide = reverse("admin:content_page_do", args=[office.pk, "hide"])
    assert "Take this page off the site?" in editor.get(hide).content.decode()
    assert client.get("/office/").status_code == 200
    editor.post(hide)
    assert client.get("/office/").status_code == 404
    editor.post(reverse("admin:content_page_do", args=[office.pk, "show"]))
    assert client.get("/office/").status_code == 200
    assert editor.get(reverse("admin:content_page_do", args=[office.pk, "burn"])).status_code == 404


@pytest.mark.parametrize("may", [(), ("view_page",), ("add_page",), ("change_source", "view_source")])
def test_who_may_not_change_pages_can_not(signed_in: MakeClient, office: Page, may: tuple[str, ...]) -> None:
    client = signed_in("sam", *may)
    for button in ("draft", "publish"):
        address = reverse("admin:content_page_change", args=[office.pk])
        assert client.post(address, values_of(office) | LATER | {f"_{button}": "x"}).status_code == 403
    for verb in ("hide", "show", "set-aside"):
        assert client.post(reverse("admin:content_page_do", args=[office.pk, verb])).status_code == 403
    assert client.post(reverse("admin:content_page_preview", args=[office.pk]), values_of(office)).status_code == 403
    assert not Revision.objects.exists()


def test_who_may_only_look_sees_no_button(signed_in: MakeClient, office: Page) -> None:
    text = signed_in("sam", "view_page").get(reverse("admin:content_page_change", args=[office.pk])).content.decode()
    assert "Our office" in text
    assert [button for button in ("_publish", "_draft", "preview-button", "/do/") if button in text] == []


def test_only_what_nobody_has_seen_can_be_deleted(signed_in: MakeClient, office: Page, make_page: MakePage) -> None:
    client = signed_in("sam", "view_page", "delete_page", "change_page")
    new = make_page("fees", published=False)
    assert client.post(reverse("admin:content_page_delete", args=[office.pk]), {"post": "yes"}).status_code == 403
    client.post(reverse("admin:content_page_delete", args=[new.pk]), {"post": "yes"})
    assert list(Page.objects.all()) == [office]


def test_the_list_says_what_is_a_draft_and_finds_what_waits(editor: Client, office: Page) -> None:
    press(editor, office, "draft", **LATER)
    row = editor.get(reverse("admin:content_page_changelist")).content.decode()
    assert '<span class="pill wait">draft</span>' in row
    assert '<span class="pill wait">not reviewed</span>' in row
    for choice, there in (("none", True), ("waiting", True), ("overdue", False), ("soon", False), ("fine", False)):
        listed = editor.get(reverse("admin:content_page_changelist"), {"review": choice}).content.decode()
        assert ("Our office" in listed) == there, choice


def test_the_desk_says_what_waits(signed_in: MakeClient, editor: Client, office: Page) -> None:
    press(editor, office, "draft", **LATER)
    assert "1 draft not published" in shown(editor, "/admin/")
    assert "to review" not in shown(editor, "/admin/")
    assert "1 page to review" in shown(signed_in("doc", "view_page", "add_review"), "/admin/")
    assert "not published" not in shown(signed_in("sam", "view_source"), "/admin/")
    listed = editor.get(reverse("admin:content_page_changelist"), {"state": "draft"}).content.decode()
    assert "Our office" in listed
    assert "Our office" not in editor.get(reverse("admin:content_page_changelist"), {"state": "off"}).content.decode()
