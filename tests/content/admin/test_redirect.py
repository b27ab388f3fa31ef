import pytest
from django.test import Client
from django.urls import reverse

from content.models import Page, Redirect
from tests.content.admin.conftest import MakeClient


@pytest.fixture
def staff(signed_in: MakeClient) -> Client:
    return signed_in("maria", "add_redirect", "change_redirect", "view_redirect", "view_page")


def add(staff: Client, old_path: str, page: Page) -> str:
    response = staff.post(reverse("admin:content_redirect_add"), {"old_path": old_path, "page": page.pk})
    return response.content.decode() if response.status_code == 200 else ""


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("/old/", "/old/"),
        ("old", "/old"),
        ("Blog/Post-1.html", "/blog/Post-1.html"),
        ("old.php", "/old.php"),
        ("blog/2019/a", "/blog/2019/a/"),
    ],
)
def test_an_old_address_leads_to_the_page_for_good(
    staff: Client, office: Page, client: Client, written: str, asked: str
) -> None:
    assert add(staff, written, office) == ""
    response = client.get(asked)
    assert (response.status_code, response["Location"]) == (301, "/office/")
    assert client.head(asked).status_code == 301


def test_an_address_in_use_leads_nowhere_else(staff: Client, office: Page) -> None:
    assert "There is a page at this address" in add(staff, "/Office/", office)
    assert "stays where it is" in add(staff, "/", office)
    assert "Another part of the site has this address." in add(staff, "/book/", office)
    add(staff, "old", office)
    assert "already exists" in add(staff, "OLD/", office)


def test_no_circle_whatever_the_rows_say(office: Page, client: Client) -> None:
    Redirect.objects.create(old_path="office", page=office)
    assert client.get("/office/").status_code == 200
    Page.objects.update(published=False)
    assert client.get("/office/").status_code == 404


def test_an_address_that_leads_to_a_hidden_page_is_not_found(office: Page, client: Client) -> None:
    Redirect.objects.create(old_path="old", page=office)
    Page.objects.update(published=False)
    assert client.get("/old/").status_code == 404


def test_who_may_not_add_one_can_not(editor: Client, office: Page) -> None:
    given = {"old_path": "old", "page": office.pk}
    assert editor.post(reverse("admin:content_redirect_add"), given).status_code == 403
