"""JSON-LD for search engines. Says only what stands on the page that carries it. Pure.

The practice and its doctor are named once and referred to by `@id`.
"""

import json
from datetime import date
from typing import Any, Protocol

Data = dict[str, Any]

PSYCHIATRY = "https://schema.org/Psychiatric"
TREATMENT = "nasal-ketamine"  # the section about the treatment
DEPRESSION = "depression"
DOCTOR = "about/dr-bacchus"
AREAS = "areas"


class Facts(Protocol):
    name: str
    clinician: str
    street: str
    city: str
    state: str
    postal_code: str

    @property
    def phone_display(self) -> str: ...

    @property
    def phone_is_demo(self) -> bool: ...


class Parent(Protocol):
    h1: str
    path: str
    published: bool


class PageLike(Protocol):
    path: str
    language: str
    title: str
    h1: str
    summary: str
    changed_on: date | None
    reviewed_by: str
    reviewed_on: date | None
    sources: list[dict[str, str]]

    @property
    def parent(self) -> Parent | None: ...

    def get_absolute_url(self) -> str: ...


def web_page(page: PageLike, *, site_url: str) -> Data:
    data: Data = {
        "@type": "MedicalWebPage",
        "url": f"{site_url}{page.get_absolute_url()}",
        "name": page.title,
        "headline": page.h1,
        "description": page.summary,
        "inLanguage": page.language,
        "isPartOf": {"@id": f"{site_url}/#website"},
        "publisher": {"@id": f"{site_url}/#clinic"},
        "audience": {"@type": "MedicalAudience", "audienceType": "Patient"},
    }
    if about := _about(page.path):
        data["about"] = about
    if page.changed_on:
        data["dateModified"] = page.changed_on.isoformat()
    if page.reviewed_by and page.reviewed_on:
        data["reviewedBy"] = {"@type": "Person", "name": page.reviewed_by}
        data["lastReviewed"] = page.reviewed_on.isoformat()
    if cited := [_citation(source) for source in page.sources]:
        data["citation"] = cited
    return data


def _about(path: str) -> list[Data]:
    depression = {"@type": "MedicalCondition", "name": "Depression"}
    treatment = {"@type": "MedicalTherapy", "name": "Nasal ketamine and esketamine"}
    if path == DEPRESSION:
        return [depression]
    return [treatment, depression] if path.split("/")[0] == TREATMENT else []


def _citation(source: dict[str, str]) -> Data:
    data: Data = {"@type": "CreativeWork", "name": source["title"]}
    if source["url"]:
        data["url"] = source["url"]
    return data


def breadcrumbs(page: PageLike, *, home: str, site_url: str) -> Data:
    """As they stand above the heading; the last step is the page itself."""
    steps = [(home, "/")]
    if page.parent and page.parent.published:
        steps.append((page.parent.h1, f"/{page.parent.path}/"))
    steps.append((page.h1, page.get_absolute_url()))
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": f"{site_url}{path}"}
            for place, (name, path) in enumerate(steps, start=1)
        ],
    }


def website(facts: Facts, *, language: str, site_url: str) -> Data:
    return {
        "@type": "WebSite",
        "@id": f"{site_url}/#website",
        "url": f"{site_url}/",
        "name": facts.name,
        "inLanguage": language,
        "publisher": {"@id": f"{site_url}/#clinic"},
    }


def clinic(facts: Facts, *, site_url: str, areas: tuple[str, ...] = ()) -> Data:
    """`areas` only where the page names them."""
    data: Data = {
        "@type": "MedicalClinic",
        "@id": f"{site_url}/#clinic",
        "name": facts.name,
        "url": f"{site_url}/",
        "address": _address(facts),
        "medicalSpecialty": PSYCHIATRY,
        "employee": {"@type": "Person", "name": facts.clinician},
    }
    if facts.phone_display and not facts.phone_is_demo:
        data["telephone"] = facts.phone_display
    if areas:
        data["areaServed"] = [{"@type": "Place", "name": name} for name in areas]
    return data


def physician(facts: Facts, *, site_url: str) -> Data:
    data: Data = {
        "@type": "Physician",
        "@id": f"{site_url}/{DOCTOR}/#physician",
        "name": facts.clinician,
        "url": f"{site_url}/{DOCTOR}/",
        "medicalSpecialty": PSYCHIATRY,
        "address": _address(facts),
        "parentOrganization": {"@id": f"{site_url}/#clinic"},
    }
    if facts.phone_display and not facts.phone_is_demo:
        data["telephone"] = facts.phone_display
    return data


def _address(facts: Facts) -> Data:
    return {
        "@type": "PostalAddress",
        "streetAddress": facts.street,
        "addressLocality": facts.city,
        "addressRegion": facts.state,
        "postalCode": facts.postal_code,
        "addressCountry": "US",
    }


def graph(*items: Data) -> Data:
    return {"@context": "https://schema.org", "@graph": list(items)}


def as_html(data: Data) -> str:
    """A data block: browsers don't run it, so the content security policy has nothing to say about it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":  # nothing in a text can end the element
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'
