"""Every link between our own pages, followed."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from django.test import Client

pytestmark = pytest.mark.usefixtures("loaded")

STARTS = ["/", "/site-map/", "/nothing-here/"]
ELSEWHERE = ("http://", "https://", "mailto:", "tel:", "sms:")


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag == "form":
            self.links.append(given.get("action") or "")
        if given.get("id"):
            self.ids.append(given["id"] or "")
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.links += [f"#{one}" for one in (given.get(name) or "").split()]


def read(client: Client, path: str) -> Reader | None:
    response = client.get(path)
    if response.status_code != 200 and path not in STARTS:
        return None
    reader = Reader()
    reader.feed(response.content.decode())
    return reader


def test_every_link_leads_somewhere(client: Client) -> None:
    """Pages, their anchors and what their labels name; each id stands once; nothing is linked without an address."""
    pages: dict[str, Reader | None] = {}
    waiting, problems = list(STARTS), []
    wanted: list[tuple[str, str, str]] = []
    while waiting:
        path = waiting.pop()
        if path in pages:
            continue
        page = pages[path] = read(client, path)
        if page is None:
            continue
        problems += [f"{path}: id {one} twice" for one in {one for one in page.ids if page.ids.count(one) > 1}]
        for link in page.links:
            if link.startswith(ELSEWHERE):
                continue
            address, anchor = urldefrag(urljoin(path, link))
            target = urlsplit(address).path
            wanted.append((path, target, unquote(anchor)))
            if not link:
                problems.append(f"{path}: a link without an address")
            if not target.startswith("/book/") or target == "/book/":
                waiting.append(target)
    assert len(pages) > 30
    problems += [
        f"{path} → {target}: no such page" for path, target, _ in wanted if target in pages and not pages[target]
    ]
    problems += [
        f"{path} → {target}#{anchor}: no such place"
        for path, target, anchor in wanted
        if anchor and (found := pages.get(target)) and anchor not in found.ids
    ]
    assert sorted(set(problems)) == []


def test_links_elsewhere_are_whole(client: Client) -> None:
    links = {link for path in ("/sources/", "/crisis/", "/notices/") for link in (read(client, path) or Reader()).links}
    outside = [link for link in links if link.startswith(ELSEWHERE)]
    assert len(outside) > 20
    assert [
        link
        for link in outside
        if not re.fullmatch(r"(https://[a-z0-9.-]+\.[a-z]+(/\S*)?|(tel|sms):\+?\d+|mailto:\S+@\S+)", link)
    ] == []
