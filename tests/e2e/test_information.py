"""The information pages in use: small, foldable, findable, printable; all without scripts."""

import gzip
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

pytestmark = pytest.mark.e2e

MOST_BYTES, MOST_REQUESTS = 60_000, 6


@pytest.mark.parametrize("path", ["/", "/nasal-ketamine/how-well-it-works/", "/search/?q=cost"])
def test_the_first_view_is_small(page: Page, path: str) -> None:
    """As it goes over the wire: the proxy packs the page, the site its style sheets."""
    responses: list[Response] = []

    def note(response: Response) -> None:
        responses.append(response)

    page.on("response", note)
    page.goto(path, wait_until="networkidle")
    packed = {"document", "stylesheet"}
    sizes = {
        one.url: len(gzip.compress(one.body()) if one.request.resource_type in packed else one.body())
        for one in responses
    }
    assert len(responses) <= MOST_REQUESTS
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_contents_fold_on_a_phone_and_stand_beside_the_text_on_a_desk(page: Page) -> None:
    page.goto("/nasal-ketamine/side-effects/")
    folded, beside = page.locator(".toc.folded"), page.locator(".toc.beside")
    expect(beside).to_be_hidden()
    link = folded.get_by_role("link").nth(1)
    expect(link).to_be_hidden()
    folded.get_by_text("On this page").click()
    link.click()
    assert "#" in page.url
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(folded).to_be_hidden()
    expect(beside.get_by_role("link").first).to_be_visible()
    page.mouse.wheel(0, 3000)
    expect(beside.get_by_role("link").first).to_be_in_viewport()


def test_a_number_leads_to_its_source_and_back(page: Page) -> None:
    page.goto("/nasal-ketamine/how-well-it-works/")
    page.locator("sup a").first.click()
    assert page.url.endswith("#source-1")
    expect(page.locator("#source-1")).to_be_in_viewport()
    page.locator("#source-1 .back").first.click()
    expect(page.locator("#cite-1-1")).to_be_in_viewport()


def test_searching_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Search").first.click()
    box = page.get_by_role("main").get_by_label("Search this site")
    box.fill("hi blood presure")
    box.press("Enter")
    results = page.get_by_role("main").get_by_role("list").get_by_role("heading")
    expect(results.first).to_be_visible()
    results.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/search/" not in page.url


@pytest.mark.parametrize(("scheme", "width", "shown"), [("light", 360, "tall"), ("dark", 1280, "wide")])
def test_a_drawing_has_one_arrangement_at_a_time(open_browser: Any, scheme: Any, width: int, shown: str) -> None:
    page: Page = open_browser(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto("/nasal-ketamine/what-happens/")
    drawings = page.locator("figure.drawing svg")
    visible = [one.get_attribute("class") for one in drawings.all() if one.is_visible()]
    assert visible == [shown] * (drawings.count() // 2)
    assert visible
    for text in page.locator(f"svg.{shown} text").all():
        words, drawing = text.bounding_box(), page.locator(f"svg.{shown}").first.bounding_box()
        assert words
        assert drawing
        assert words["height"] > 12  # legible
        assert words["x"] >= drawing["x"] - 1
        assert words["x"] + words["width"] <= drawing["x"] + drawing["width"] + 1


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_the_sheet_to_bring_along_prints_on_two_pages(page: Page, paper: str) -> None:
    page.goto("/nasal-ketamine/prepare/")
    printed = page.pdf(format=paper)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2


def test_on_paper_there_are_the_numbers_for_help_and_the_addresses_of_sources(page: Page) -> None:
    page.goto("/nasal-ketamine/how-well-it-works/")
    page.emulate_media(media="print")
    for number in ("988", "911"):
        expect(page.locator(f'.crisis a[href="tel:{number}"]')).to_be_visible()
    for gone in (
        ".main-nav",
        ".reach",
        ".toc.folded",
        ".toc.beside",
        ".foot nav",
        ".search",
        ".read-on",
        ".next",
        ".back",
    ):
        expect(page.locator(gone).first).to_be_hidden()
    address = page.locator("#source-1 a").first.evaluate("one => getComputedStyle(one, '::after').content")
    assert "https://doi.org/" in address
    expect(page.locator(".review .print-only")).to_contain_text("/nasal-ketamine/how-well-it-works/")
