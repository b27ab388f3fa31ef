"""What every page must keep to, as a browser sees it."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request

AXE = Axe()
# Without fetching the style sheets anew, which the policy on scripts and styles rightly complains about.
OPTIONS = {"resultTypes": ["violations"], "iframes": False, "preload": False}


@dataclass
class Watch:
    """Notes what one browser does besides showing our pages."""

    page: Page
    origin: str
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        context = self.page.context
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.faults.append(str(error.error)))

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.elsewhere.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
            self.complaints.append(message.text)

    def assert_quiet(self) -> None:
        """No request to anybody else, nothing refused by the policy, no script that failed."""
        noted = [*self.elsewhere, *self.complaints, *self.faults]
        assert not noted, "\n".join(noted)


def accessibility_problems(page: Page) -> list[str]:
    """What axe finds on the page, which must have scripts on."""
    found = AXE.run(page, options=OPTIONS).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {_where(rule)}" for rule in found]


def _where(rule: dict[str, Any]) -> str:
    return "; ".join(f"{node['target']} {node['failureSummary']}" for node in rule["nodes"][:3])


def heading_problems(page: Page) -> list[str]:
    """One first-level heading, first; no level left out on the way down. The footer begins anew."""
    levels: list[tuple[int, str]] = page.evaluate(
        """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
            .map(one => [Number(one.tagName[1]), one.textContent.trim()])"""
    )
    found = [] if [level for level, _ in levels].count(1) == 1 and levels[0][0] == 1 else ["not one h1, first"]
    steps = pairwise(levels)
    return found + [f"h{level} “{words}” after h{above}" for (above, _), (level, words) in steps if level > above + 1]


def settle(page: Page) -> None:
    """Colors on their way to others are at their end."""
    page.evaluate("() => new Promise(requestAnimationFrame)")
    page.evaluate("() => document.getAnimations().forEach(one => one.finish())")


def is_too_wide(page: Page) -> bool:
    """Whether the page scrolls sideways."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"))


def too_wide_parts(page: Page) -> list[str]:
    """The elements that stick out, to name them in a failure."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main *, header *, footer *, aside *")]
            .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1)
            .slice(0, 5).map(one => one.outerHTML.slice(0, 120))"""
    )
    return found


def assert_crisis_notice(page: Page) -> None:
    """On the page, and in sight without scrolling."""
    for number in ("988", "911"):
        link = page.locator(f'aside.crisis a[href="tel:{number}"]')
        assert link.is_visible()
        box = link.bounding_box()
        viewport = page.viewport_size
        assert box
        assert viewport
        assert box["y"] + box["height"] <= viewport["height"]


def cookies(page: Page) -> list[str]:
    return sorted(str(cookie.get("name")) for cookie in page.context.cookies())
