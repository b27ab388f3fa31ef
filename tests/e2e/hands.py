"""A person at the desk, whose clicks and keys are counted."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page


@dataclass
class Effort:
    """What one piece of work has cost: clicks, and keys where something had to be typed."""

    clicks: int = 0
    keys: int = 0


@dataclass
class Hands:
    """Does on a page what a person does, and counts it under the name of the work at hand."""

    page: Page
    done: dict[str, Effort] = field(default_factory=dict)
    work: str = ""

    def begin(self, work: str) -> None:
        """From the desk, where everything begins and to which one click always leads."""
        self.work = work
        self.done[work] = Effort()
        self.page.goto("/admin/")

    def click(self, target: Locator) -> None:
        self.done[self.work].clicks += 1
        target.click()

    def link(self, name: str, *, of: str = "") -> None:
        """The first link whose name begins so; `of` is who stands behind it for a screen reader."""
        wanted = re.compile(f"^{re.escape(name)}" + (rf"\s*:\s*{re.escape(of)}" if of else ""))
        self.click(self.page.locator("#content").get_by_role("link", name=wanted).first)

    def button(self, name: str) -> None:
        self.click(self.page.locator("#content").get_by_role("button", name=re.compile(f"^{re.escape(name)}")).first)

    def type(self, target: Locator, text: str) -> None:
        """Into a field that has the focus or is reached by Tab, and so without a click."""
        self.done[self.work].keys += len(text)
        target.fill(text)

    def press(self, key: str) -> None:
        self.done[self.work].keys += 1
        self.page.keyboard.press(key)
