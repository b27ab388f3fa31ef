import json
import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from clinic import practice
from clinic.models import Practice
from content import structured_data
from content.models import Page

# Of schema.org, release 29: what each type that we use may say, as far as we say it or might.
THING = {"@type", "@id", "name", "url", "description", "image", "sameAs", "identifier", "mainEntityOfPage"}
CREATIVE_WORK = THING | {
    "about", "audience", "author", "citation", "dateModified", "datePublished", "headline", "inLanguage", "isPartOf",
    "keywords", "license", "publisher", "text",
}  # fmt: skip
ORGANIZATION = THING | {
    "address", "areaServed", "email", "employee", "founder", "knowsLanguage", "legalName", "logo", "member",
    "parentOrganization", "telephone",
}  # fmt: skip
PLACE = THING | {"address", "geo", "hasMap", "telephone"}
LOCAL_BUSINESS = ORGANIZATION | PLACE | {"openingHours", "openingHoursSpecification", "paymentAccepted", "priceRange"}
ALLOWED = {
    "MedicalWebPage": CREATIVE_WORK | {"aspect", "medicalAudience", "breadcrumb", "lastReviewed", "reviewedBy"},
    "WebSite": CREATIVE_WORK | {"issn", "potentialAction"},
    "CreativeWork": CREATIVE_WORK,
    "BreadcrumbList": THING | {"itemListElement", "itemListOrder", "numberOfItems"},
    "ListItem": THING | {"item", "position", "nextItem", "previousItem"},
    "MedicalClinic": LOCAL_BUSINESS | {"availableService", "medicalSpecialty", "isAcceptingNewPatients"},
    "Physician": LOCAL_BUSINESS
    | {"availableService", "hospitalAffiliation", "medicalSpecialty", "occupationalCategory", "usNPI"}
    | {"isAcceptingNewPatients"},
    "PostalAddress": THING
    | {"addressCountry", "addressLocality", "addressRegion", "postalCode", "streetAddress", "telephone"},
    "Person": THING | {"jobTitle", "honorificSuffix", "knowsLanguage", "worksFor"},
    "Place": PLACE,
    "MedicalAudience": THING | {"audienceType", "geographicArea"},
    "MedicalTherapy": THING | {"contraindication", "seriousAdverseOutcome", "relevantSpecialty", "study"},
    "MedicalCondition": THING | {"possibleTreatment", "signOrSymptom", "riskFactor"},
}


def parts(data: object) -> list[dict[str, Any]]:
    """Each thing in it, however deep."""
    if isinstance(data, list):
        return [part for item in data for part in parts(item)]
    if isinstance(data, dict):
        return [data, *(part for value in data.values() for part in parts(value))]
    return []


def block(client: Client, path: str) -> tuple[list[dict[str, Any]], str]:
    """What the page says to machines, and its words for people."""
    html = client.get(path).content.decode()
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    data = json.loads(text)
    assert data["@context"] == "https://schema.org"
    return data["@graph"], " ".join(unescape(re.sub(r"<[^>]+>", " ", html.split("<body")[1])).split())


@pytest.fixture
def everything(client: Client, loaded: None) -> dict[str, tuple[list[dict[str, Any]], str]]:
    return {path: block(client, path) for path in ["/", *(f"/{page.path}/" for page in Page.objects.published())]}


def test_only_types_and_properties_that_there_are(everything: dict[str, tuple[list[dict[str, Any]], str]]) -> None:
    wrong = [
        f"{path}: {part.get('@type')} {name}"
        for path, (graph, _) in everything.items()
        for part in parts(graph)
        for name in part
        if set(part) != {"@id"} and name not in ALLOWED.get(part.get("@type", ""), set())
    ]
    assert wrong == []
    types = {part.get("@type") for graph, _ in everything.values() for part in parts(graph)} - {None}
    assert types >= {"MedicalWebPage", "MedicalClinic", "Physician", "BreadcrumbList", "WebSite"}
    assert types & {"FAQPage", "QAPage", "AggregateRating", "Review"} == set()


def test_each_kind_of_page_says_what_it_is(everything: dict[str, tuple[list[dict[str, Any]], str]]) -> None:
    said = {path: [item["@type"] for item in graph] for path, (graph, _) in everything.items()}
    assert said["/"] == ["WebSite", "MedicalClinic"]
    assert said["/nasal-ketamine/side-effects/"] == ["MedicalWebPage", "BreadcrumbList"]
    assert said["/about/dr-bacchus/"] == ["MedicalWebPage", "BreadcrumbList", "Physician"]
    assert said["/office/"] == ["MedicalWebPage", "BreadcrumbList", "MedicalClinic"]


def test_nothing_is_said_that_is_not_shown(everything: dict[str, tuple[list[dict[str, Any]], str]]) -> None:
    """Names, addresses and areas stand on the page that says them to machines."""
    shown = ("headline", "streetAddress", "addressLocality", "postalCode", "telephone", "audienceType")
    hidden = []
    for path, (graph, words) in everything.items():
        for part in parts(graph):
            names = [part["name"]] if part.get("@type") in ("Place", "Person", "CreativeWork", "ListItem") else []
            values = [*names, *(part[name] for name in shown if name in part and name != "audienceType")]
            hidden += [f"{path}: {value}" for value in values if " ".join(value.split()) not in words]
    assert hidden == []


def test_areas_are_stated_where_they_are_named(everything: dict[str, tuple[list[dict[str, Any]], str]]) -> None:
    with_areas = [path for path, (graph, _) in everything.items() if any("areaServed" in item for item in graph)]
    assert with_areas == ["/", "/areas/"]


def test_a_page_under_a_hub() -> None:
    hub = Page(path="hub", h1="Hub")
    sources = [{"title": "One", "url": "https://doi.org/10.1/x"}, {"title": "Two", "url": ""}]
    page = Page(path="hub/page", title="About A", h1="A", summary="S", parent=hub, sources=sources)
    data = structured_data.web_page(page, site_url="https://x.test")
    assert data["url"] == "https://x.test/hub/page/"
    assert data["citation"] == [
        {"@type": "CreativeWork", "name": "One", "url": "https://doi.org/10.1/x"},
        {"@type": "CreativeWork", "name": "Two"},
    ]
    assert [name for name in ("reviewedBy", "lastReviewed", "dateModified", "about") if name in data] == []
    steps = structured_data.breadcrumbs(page, home="Home", site_url="https://x.test")["itemListElement"]
    assert [(step["position"], step["name"], step["item"]) for step in steps] == [
        (1, "Home", "https://x.test/"),
        (2, "Hub", "https://x.test/hub/"),
        (3, "A", "https://x.test/hub/page/"),
    ]


def test_a_parent_that_is_not_published_is_no_step() -> None:
    page = Page(path="hub/page", h1="A", parent=Page(path="hub", h1="Hub", published=False))
    assert len(structured_data.breadcrumbs(page, home="Home", site_url="")["itemListElement"]) == 2


def test_a_review_is_stated_once_recorded() -> None:
    page = Page(path="page", reviewed_by="A. Doctor", reviewed_on=date(2026, 11, 1), changed_on=date(2026, 10, 1))
    data = structured_data.web_page(page, site_url="https://x.test")
    assert (data["reviewedBy"]["name"], data["lastReviewed"]) == ("A. Doctor", "2026-11-01")
    assert data["dateModified"] == "2026-10-01"


@pytest.mark.parametrize("what", [structured_data.clinic, structured_data.physician])
def test_an_example_phone_is_not_stated(what: Any) -> None:
    shown = Practice(phone="+13105550100")
    assert what(shown, site_url="")["telephone"] == "(310) 555-0100"
    shown.demo_fields = ["phone"]
    assert "telephone" not in what(shown, site_url="")


def test_a_page_shows_the_example_phone_and_does_not_state_it(client: Client, loaded: None) -> None:
    Practice.objects.create(pk=1, phone="+13105550100", demo_fields=["phone"])
    practice.forget()
    graph, words = block(client, "/office/")
    assert "(310) 555-0100" in words
    assert [part for part in parts(graph) if "telephone" in part] == []


def test_no_text_ends_the_element() -> None:
    data = {"name": "</script><!--&"}
    html = structured_data.as_html(data)
    inside = html.removeprefix('<script type="application/ld+json">').removesuffix("</script>")
    assert [sign for sign in "<>&" if sign in inside] == []
    assert json.loads(inside) == data
