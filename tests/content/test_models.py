import pytest
from django.core.exceptions import ValidationError

from content.models import Page
from tests.content.conftest import MakePage


def test_key_facts_come_first(make_page: MakePage) -> None:
    page = make_page(key_facts="One\n\nTwo", body="Text.")
    assert page.html == (
        '<div class="facts"><h2>Key facts</h2>\n<ul>\n<li>One</li>\n<li>Two</li>\n</ul>\n</div>\n<p>Text.</p>\n'
    )


def test_near_are_the_children_of_a_hub_and_the_neighbors_of_a_spoke(make_page: MakePage) -> None:
    hub = make_page("nasal-ketamine", kind=Page.Kind.HUB)
    second = make_page("nasal-ketamine/b", kind=Page.Kind.SPOKE, parent=hub, nav_order=2)
    first = make_page("nasal-ketamine/c", kind=Page.Kind.SPOKE, parent=hub, nav_order=1)
    make_page("nasal-ketamine/d", kind=Page.Kind.SPOKE, parent=hub, published=False)
    assert list(Page.objects.near(hub)) == [first, second]
    assert list(Page.objects.near(first)) == [first, second]
    assert list(Page.objects.near(make_page("office"))) == []


def test_rendering_again_saves_only_what_changed(make_page: MakePage) -> None:
    page = make_page()
    assert Page.objects.all().render_again() == 0
    Page.objects.filter(pk=page.pk).update(html="old")
    assert Page.objects.all().render_again() == 1
    assert Page.objects.get(pk=page.pk).html == "<p>Text.</p>\n"


def test_a_page_has_an_address_of_its_own_in_each_language(make_page: MakePage) -> None:
    make_page("office")
    make_page("office", language="es")
    with pytest.raises(ValidationError, match="There is a page with this path already"):
        make_page("office")


def test_of_pages_to_link_to_only_what_a_link_says_is_read(make_page: MakePage) -> None:
    hub = make_page("nasal-ketamine", kind=Page.Kind.HUB)
    make_page("nasal-ketamine/b", kind=Page.Kind.SPOKE, parent=hub)
    [near] = Page.objects.near(hub)
    assert {"html", "body", "sources"} <= near.get_deferred_fields()
    assert not {"h1", "summary", "path", "language"} & near.get_deferred_fields()
    child = Page.objects.with_parent().get(path="nasal-ketamine/b")
    assert child.parent
    assert "html" in child.parent.get_deferred_fields()
    assert not {"html", "toc", "sources", "reviewed_by"} & child.get_deferred_fields()
