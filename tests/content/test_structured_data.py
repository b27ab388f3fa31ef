import json
from datetime import UTC, date, datetime

from clinic.models import Practice
from content import structured_data
from content.models import Page

WHEN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_page_under_a_hub() -> None:
    hub = Page(path="hub", h1="Hub")
    sources = [{"url": "https://doi.org/10.1/x"}, {"url": ""}]
    page = Page(path="hub/a", title="About A", h1="A", summary="S", updated_at=WHEN, parent=hub, sources=sources)
    data = structured_data.web_page(page, site_url="https://x.test")
    assert data["citation"] == ["https://doi.org/10.1/x"]
    assert "reviewedBy" not in data
    assert [(step["position"], step["item"]) for step in data["breadcrumb"]["itemListElement"]] == [
        (1, "https://x.test/hub/"),
        (2, "https://x.test/hub/a/"),
    ]


def test_a_review_is_stated_once_recorded() -> None:
    page = Page(path="a", updated_at=WHEN, reviewed_by="A. Doctor", reviewed_on=date(2026, 11, 1))
    data = structured_data.web_page(page, site_url="https://x.test")
    assert (data["reviewedBy"]["name"], data["lastReviewed"]) == ("A. Doctor", "2026-11-01")


def test_an_example_phone_is_not_stated() -> None:
    shown = Practice(phone="+13105550100")
    assert structured_data.clinic(shown, site_url="")["telephone"] == "(310) 555-0100"
    shown.demo_fields = ["phone"]
    assert "telephone" not in structured_data.clinic(shown, site_url="")


def test_no_text_ends_the_element() -> None:
    data = {"name": "</script><!--&"}
    html = structured_data.as_html(data)
    inside = html.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert [sign for sign in "<>&" if sign in inside] == []
    assert json.loads(inside) == data
