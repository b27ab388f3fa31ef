"""What a person reads on a page."""

import html
import re
from typing import Any

from django.contrib.messages import get_messages


def flashes(response: Any) -> list[tuple[str, str]]:
    """Level and text of the messages that wait for the next page."""
    found = get_messages(response.wsgi_request)
    return [(message.level_tag, _plain(str(message))) for message in found]


def text(response: Any) -> str:
    return _plain(response.content.decode())


def between(response: Any, start: str, end: str) -> str:
    """The text from one heading up to another."""
    whole = text(response)
    return whole[whole.index(start) + len(start) : whole.index(end, whole.index(start))].strip()


def links(response: Any, holding: str) -> list[str]:
    """The addresses of links that hold these letters, in order."""
    return [url for url in re.findall(r'href="([^"]+)"', response.content.decode()) if holding in url]


def cells(response: Any) -> list[list[str]]:
    """The rows of the admin's list."""
    table = re.search(r'<table id="result_list">.*?</table>', response.content.decode(), re.S)
    body = table[0].partition("<tbody>")[2] if table else ""
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.S)
    return [[_plain(cell) for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)] for row in rows]


def _plain(markup: str) -> str:
    without_tags = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", markup, flags=re.S)
    return " ".join(html.unescape(without_tags).split())
