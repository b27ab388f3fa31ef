"""A visitor without a browser: keeps cookies, reads forms, and can send what no browser would."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

FORM = "application/x-www-form-urlencoded"
Fields = list[tuple[str, str | bytes]]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return urlsplit(self.headers.get("location", "")).path

    @property
    def forms(self) -> list["Form"]:
        reader = _Forms()
        reader.feed(self.text)
        return reader.forms


@dataclass
class Form:
    action: str
    hidden: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[str] = field(default_factory=list)  # where each sends the form

    def values(self) -> dict[str, str]:
        return dict(self.hidden)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(of.get("action", "")))
        elif tag == "input" and of.get("type") == "hidden":
            self.forms[-1].hidden.append((of["name"], of.get("value", "")))
        elif tag == "button" and self.forms:
            self.forms[-1].buttons.append(of.get("formaction") or self.forms[-1].action)


class Visitor:
    def __init__(self, port: int, timeout: float = 40) -> None:
        self.port = port
        self.timeout = timeout
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            connection.request(method, path, body, {**(cookies if self.cookies else {}), **(headers or {})})
            response = connection.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
            self._remember(response.headers.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        return answer

    def get(self, path: str) -> Answer:
        return self.ask("GET", path)

    def follow(self, path: str) -> Answer:
        """GET, and on where it leads, within the site."""
        for _ in range(5):
            answer = self.get(path)
            if answer.status not in (301, 302):
                return answer
            path = answer.location
        raise AssertionError(f"{path} leads around in a circle")

    def post(self, path: str, fields: Fields | dict[str, str]) -> Answer:
        """As a browser posts a form of ours; the token comes with the cookie, got first if need be."""
        pairs: Fields = [*(fields.items() if isinstance(fields, dict) else fields)]
        if not any(name == "csrfmiddlewaretoken" for name, _ in pairs):
            pairs.append(("csrfmiddlewaretoken", self.token(path)))
        return self.ask("POST", path, urlencode(pairs).encode(), {"Content-Type": FORM})

    def token(self, path: str) -> str:
        if "csrf" not in self.cookies:
            self.get(path.removesuffix("send/"))
        return self.cookies["csrf"]

    def _remember(self, headers: list[str]) -> None:
        for header in headers:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
