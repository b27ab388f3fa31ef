"""JSON-LD for search engines. Says only what stands on the page that carries it. Pure."""

import json
from datetime import date
from typing import Any, Protocol

Data = dict[str, Any]


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


def web_page(page: PageLike, *, site_url: str) -> Data:
    data: Data = {
        "@type": "MedicalWebPage",
        "url": f"{site_url}/{page.path}/",
        "name": page.title,
        "description": page.summary,
        "inLanguage": page.language,
        "breadcrumb": breadcrumbs(page, site_url=site_url),
    }
    if page.changed_on:
        data["dateModified"] = page.changed_on.isoformat()
    if page.reviewed_by and page.reviewed_on:
        data["reviewedBy"] = {"@type": "Person", "name": page.reviewed_by}
        data["lastReviewed"] = page.reviewed_on.isoformat()
    if links := [source["url"] for source in page.sources if source["url"]]:
        data["citation"] = links
    return data


def breadcrumbs(page: PageLike, *, site_url: str) -> Data:
    steps = [(page.parent.h1, page.parent.path)] if page.parent else []
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": f"{site_url}/{path}/"}
            for place, (name, path) in enumerate([*steps, (page.h1, page.path)], start=1)
        ],
    }


def clinic(facts: Facts, *, site_url: str) -> Data:
    data: Data = {
        "@type": "MedicalClinic",
        "name": facts.name,
        "url": f"{site_url}/",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": facts.street,
            "addressLocality": facts.city,
            "addressRegion": facts.state,
            "postalCode": facts.postal_code,
            "addressCountry": "US",
        },
        "employee": {"@type": "Person", "name": facts.clinician},
    }
    if facts.phone_display and not facts.phone_is_demo:
        data["telephone"] = facts.phone_display
    return data


def graph(*items: Data) -> Data:
    return {"@context": "https://schema.org", "@graph": list(items)}


def as_html(data: Data) -> str:
    """A data block: browsers don't run it, so the content security policy has nothing to say about it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&":  # nothing in a text can end the element
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/ld+json">{text}</script>'
