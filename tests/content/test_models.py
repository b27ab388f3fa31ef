import pytest
from django.core.exceptions import ValidationError

from content.models import Page
from tests.content.conftest import MakePage


def test_an_unknown_key_is_refused_beside_the_text(make_page: MakePage) -> None:
    with pytest.raises(ValidationError) as caught:
        make_page(body="One.[@none]")
    assert caught.value.message_dict == {"body": ["There is no source with the key “none”."]}


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


def test_a_review_needs_who_and_when(make_page: MakePage) -> None:
    with pytest.raises(ValidationError, match="A review needs both who and when"):
        make_page(reviewed_by="A. Doctor")
