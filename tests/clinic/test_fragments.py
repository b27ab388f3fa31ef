"""What pages show of the practice's facts: what is known with its mark, what is not in kind words."""

import re
from datetime import date
from typing import Any

import pytest
from django.template.loader import render_to_string

from clinic.models import NasalProducts, Practice
from content.live import PRACTICE

MARK = "demo value"
LINES = {
    "access": "access_text",
    "accessibility": "accessibility_contact",
    "cancellation": "cancellation_text",
    "conflicts": "conflicts_text",
    "email": "email",
    "fees": "fees_text",
    "first-visit": "first_visit_text",
    "hours": "hours_text",
    "insurance": "insurers_text",
    "languages": "languages_text",
    "license": "license_number",
    "parking": "parking_text",
    "pickup": "pickup_text",
    "ride": "ride_home_text",
    "transit": "transit_text",
}


def shown(key: str, **facts: Any) -> str:
    html = render_to_string(f"content/practice/{key}.html", {"practice": Practice(pk=1, **facts)})
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize("key", sorted(PRACTICE))
def test_what_is_not_known_leaves_a_whole_sentence_and_no_mark(key: str) -> None:
    said = shown(key)
    assert said
    assert MARK not in said
    assert not re.search(r"None|False|unknown|: *$", said)


@pytest.mark.parametrize(("key", "field"), LINES.items())
def test_what_is_known_is_shown_and_an_example_is_marked(key: str, field: str) -> None:
    assert "Told & <so>" in shown(key, **{field: "Told & <so>"}).replace("&amp;", "&").replace("&lt;", "<").replace(
        "&gt;", ">"
    )
    assert MARK not in shown(key, **{field: "Told"})
    assert shown(key, **{field: "Told"}, demo_fields=[field]).count(MARK) == 1


@pytest.mark.parametrize(
    ("products", "since", "said"),
    [
        (NasalProducts.UNKNOWN, None, "Ask us whether we are certified"),
        (NasalProducts.ESKETAMINE, None, "Ask us whether we are certified"),
        (NasalProducts.ESKETAMINE, date(2026, 1, 2), "since January 2, 2026"),
        (NasalProducts.BOTH, date(2026, 1, 2), "since January 2, 2026"),
        (NasalProducts.COMPOUNDED, date(2026, 1, 2), "does not cover the spray"),
        (NasalProducts.UNKNOWN, date(2026, 1, 2), "Ask us whether we are certified"),
    ],
)
def test_a_certification_is_claimed_only_for_the_medicine_it_is_for(
    products: str, since: date | None, said: str
) -> None:
    assert said in shown("certification", nasal_products=products, rems_certified_on=since)


def test_the_notice_of_privacy_practices_wants_its_text_and_its_date() -> None:
    missing = "not on this page yet"
    assert missing in shown("privacy-notice", privacy_notice_text="Ours.")
    assert missing in shown("privacy-notice", privacy_notice_on=date(2026, 2, 16))
    whole = shown("privacy-notice", privacy_notice_text="Ours.", privacy_notice_on=date(2026, 2, 16))
    assert "In effect since February 16, 2026. Ours." in whole
    assert missing not in whole


def test_help_with_language_is_promised_only_once_the_practice_keeps_it() -> None:
    assert "ATENCIÓN" not in shown("taglines", phone="+13105550100")
    said = shown("taglines", phone="+13105550100", free_language_help=True)
    assert said.count("(310) 555-0100") == 17  # once in English, and in fifteen languages, one in two scripts
    assert "ATENCIÓN" in shown("taglines", free_language_help=True)


def test_each_language_is_named_to_the_screen_reader() -> None:
    html = render_to_string("content/practice/taglines.html", {"practice": Practice(pk=1, free_language_help=True)})
    codes = re.findall(r'<div lang="([^"]+)"( dir="rtl")?>', html)
    assert len(codes) == len(set(codes)) == 16
    assert [code for code, rtl in codes if rtl] == ["fa", "ar"]
