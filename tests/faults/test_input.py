"""What no browser of ours would send: an answer of ours each time, never a 500, and nothing stored."""

from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from booking.models import VisitType
from tests.faults.asking import NOTHING, free_starts, path_of, person, ready, stored
from tests.faults.parts import Site
from tests.faults.visitor import FORM, Answer, Visitor

pytestmark = pytest.mark.faults

FIELDS = [*person(), "needs", "website"]

BAD = {
    "missing": None,
    "empty": b"",
    "spaces": b"   ",
    "long": b"x" * 10_000,
    "long digits": b"1" * 10_000,
    "nul": b"a\x00b",
    "header": b"a\r\nBcc: everyone@example.test",
    "header in an address": b"a@example.test\r\nBcc: b@example.test",
    "line feed": b"ana@example.test\n",
    "lone surrogate": b"\xed\xa0\x80",
    "bidi": "\u202egro.elpmaxe@ana".encode(),
    "line separator": "a\u2028b".encode(),
    "emoji": "🙂🏽‍♀️".encode(),
    "many marks": ("Z" + "\u0301" * 200).encode(),
    "not utf-8": b"\xff\xfe\x80",
    "template": b"{{ 7|add:7 }}{% debug %}",
    "markup": b"<script>alert(1)</script>",
    "sql": b"' OR 1=1; --",
    "unknown choice": b"perhaps",
    "number": b"-1e999",
    "full-width": "ａｎａ＠ｅｘａｍｐｌｅ．ｔｅｓｔ".encode(),
    "deep address": b"a@" + b"b." * 120 + b"test",
    "quoted address": b'"a b"@example.test',
    "odd phone": b"+999999999999999",
    "phone with extension": b"3105550123;ext=99999999999999",
}

MULTIPART = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="name"'
BODIES = {
    "3 MB": (FORM, b"name=" + b"x" * 3_000_000),
    "1,500 fields": (FORM, b"&".join(b"f%d=1" % number for number in range(1500))),
    "one field 1,500 times": (FORM, b"&".join(b"needs=other" for _ in range(1500))),
    "nonsense": (FORM, b"\x00\xff%%%&&&===%u0000%"),
    "nothing": (FORM, b""),
    "no type": ("", b"name=x"),
    "json": ("application/json", b'{"name": "x"}'),
    "utf-7": (FORM + "; charset=utf-7", b"name=+ADw-script+AD4-"),
    "utf-16": (FORM + "; charset=utf-16", "name=x".encode("utf-16")),
    "a charset there is not": (FORM + "; charset=nonsense", b"name=x"),
    "no boundary": ("multipart/form-data", b"nonsense"),
    "an empty boundary": ("multipart/form-data; boundary=", b"nonsense"),
    "a boundary not in ascii": ("multipart/form-data; boundary=\xe9", b"nonsense"),
    "parts without an end": (MULTIPART, b"--x\r\nnonsense"),
    "base64 that is none": (MULTIPART, PART + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n"),
    "a file": (MULTIPART, PART + b'; filename="../../etc/passwd"\r\n\r\n' + b"x" * 100_000 + b"\r\n--x--\r\n"),
}

WEEKS = [
    *("2026-W99", "2026-W00", "0000-W01", "0001-W01", "9999-W52", "9999-W53", "-1-W01", "２０２６-W49", "NaN-WNaN"),
    *("%00", "%FF", "2026-W49%0d%0a", "%ED%A0%80", "2026-W4%C2%B2", "[]", "2026-W49&week=x", "a" * 3000, ""),
]

ADDRESSES = [
    *("/v/%00.x/", "/v/%ED%A0%80/", f"/v/{'a' * 100}/", f"/v/{'a' * 5000}/", "/visit/%00/", "/book/%00/"),
    *("/book/%E2%80%AE/", "/book/first-visit%0a/", "/book/../admin/", "/%ff", f"/?a={'b' * 6000}"),
    *("//evil.example/", "/admin/?next=//evil.example", "/admin/login/?next=https://evil.example"),
    "/intranasal-ketamine-depression?x=%00",
]

UNREADABLE = {400, 413}


@pytest.fixture
def visit_type(site: Site) -> VisitType:
    return ready()


@pytest.fixture
def path(visit_type: VisitType) -> str:
    return path_of(visit_type, free_starts(visit_type)[0])


@pytest.fixture
def visitor(site: Site, path: str) -> Visitor:
    visitor = site.visitor()
    visitor.token(path)
    return visitor


def encoded(visitor: Visitor, *changes: tuple[str, bytes | None]) -> bytes:
    """A whole form, some fields of which are changed or left out."""
    values: dict[str, bytes] = {name: value.encode() for name, value in person().items()}
    values["csrfmiddlewaretoken"] = visitor.cookies["csrf"].encode()
    for name, value in changes:
        values.pop(name, None)
        if value is not None:
            values[name] = value
    return "&".join(f"{name}={quote_plus(value)}" for name, value in values.items()).encode()


def post(visitor: Visitor, path: str, body: bytes, content_type: str = FORM) -> Answer:
    return visitor.ask("POST", path, body, {"Content-Type": content_type})


def is_check(answer: Answer) -> bool:
    return answer.status == 200 and "Send the request" in answer.text


@pytest.mark.parametrize("name", FIELDS)
def test_bad_values_of_one_field(visitor: Visitor, path: str, name: str) -> None:
    """What the form refuses is refused where it counts, too; what it takes can be asked for."""
    count = 0
    for what, value in BAD.items():
        body = encoded(visitor, (name, value))
        answer = post(visitor, path, body)
        assert answer.status in {200, *UNREADABLE}, (what, answer.status)
        assert "988" in answer.text
        if is_check(answer):
            # It is taken as it is shown, and no further request is made with it.
            assert value is None or b"<script>" not in value or b"<script>alert" not in answer.body
            count += 1
            continue
        sent = post(visitor, path + "send/", body)
        assert sent.status in {200, *UNREADABLE}, (what, sent.status)
        if answer.status == 200:
            assert "<title>Error:" in answer.text, what
    assert stored() == NOTHING
    assert count < len(BAD) or name == "submission"  # which is made anew where it is broken


@pytest.mark.parametrize("what", ["emoji", "template", "markup", "sql", "many marks"])
def test_odd_names_are_kept_as_they_are(site: Site, visitor: Visitor, path: str, what: str) -> None:
    value = BAD[what]
    assert value is not None
    answer = post(visitor, path + "send/", encoded(visitor, ("name", value)))
    assert answer.status in (200, 302)
    if answer.status == 302:
        page = visitor.get(answer.location)
        assert page.status == 200
        assert b"<script>alert" not in page.body
    else:
        assert stored() == NOTHING


@pytest.mark.parametrize("last", ["", "send/"])
@pytest.mark.parametrize("what", BODIES)
def test_bodies_that_are_no_form(visitor: Visitor, path: str, last: str, what: str) -> None:
    content_type, body = BODIES[what]
    if content_type.startswith(FORM) and "charset" not in content_type:
        body = b"csrfmiddlewaretoken=" + visitor.cookies["csrf"].encode() + b"&" + body
    try:
        answer = post(visitor, path + last, body, content_type)
    except ConnectionError:
        pass  # the server may close before it has read all of it
    else:
        assert 200 <= answer.status < 500, answer.status
        assert "988" in answer.text
    assert stored() == NOTHING


def odd_starts(visit_type: VisitType) -> Iterator[str]:
    offered = path_of(visit_type, free_starts(visit_type)[0]).split("/")[-2]
    yield f"{offered[:9]}{int(offered[9:13]) + 1:04}Z"  # a minute past a time we offer
    yield from ("20260230T1000Z", "20261301T1000Z", "20260101T2500Z", "00000000T0000Z", "00010101T0000Z")
    yield from ("00010103T0000Z", "99991231T2359Z", "99991230T0000Z", "20200101T1800Z", "20991231T1800Z")
    yield from ("20270314T1000Z", "20271107T0900Z", "now", "20261201T1800", "2026-12-01", "%00", "%FF", "..%2f..")
    yield from (quote("２０２６１２０１T1800Z"), "20261201T1800Z%0d%0aX: y", "9" * 5000)


def test_starts_that_are_not_offered(visitor: Visitor, visit_type: VisitType) -> None:
    wrong = []
    for start in odd_starts(visit_type):
        path = f"/book/{visit_type.slug}/{start}/".replace(" ", "%20")
        answers = [visitor.get(path), post(visitor, path, encoded(visitor))]
        answers.append(post(visitor, path + "send/", encoded(visitor)))
        wrong += [(start, answer.status) for answer in answers if answer.status not in (400, 404, 409, 414)]
    assert not wrong
    assert stored() == NOTHING


@pytest.mark.parametrize("week", WEEKS)
def test_weeks_that_are_none(visitor: Visitor, visit_type: VisitType, week: str) -> None:
    answer = visitor.get(f"/book/{visit_type.slug}/?week={quote(week, safe='%&=')}")
    assert answer.status == 200
    assert "Choose a time" in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_odd_addresses(visitor: Visitor, visit_type: VisitType, address: str) -> None:
    answer = visitor.get(address)
    assert answer.status < 500
    assert "evil" not in answer.headers.get("location", "").partition("?")[0]


@pytest.mark.parametrize("value", ["\x7f", "a" * 5000, "x;y=z", "é".encode().decode("latin-1"), '"', "%00", "1:x:y"])
def test_odd_cookies(site: Site, path: str, value: str) -> None:
    visitor = site.visitor()
    for name in ("csrf", "session", "visit-" + "A" * 22, "messages", "django_language"):
        visitor.cookies = {name: value}
        for page in ("/", path, f"/visit/{'A' * 22}/", "/admin/login/"):
            assert visitor.get(page).status < 500, (name, page)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": ""},
        {"Host": "a" * 300},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-For": "x, 1.2.3.4, ::1, \x7f"},
        {"X-Forwarded-Proto": "https"},
        {"Accept-Language": "en-" * 3000},
        {"Content-Type": "x" * 3000},
        {"If-None-Match": '"' + "x" * 3000},
        {"If-Modified-Since": "Thu, 99 Foo 99999 99:99:99 GMT"},
        {"Range": "bytes=-1-"},
        {"Accept-Encoding": "gzip;q=nonsense"},
    ],
)
def test_odd_headers(visitor: Visitor, path: str, headers: dict[str, str]) -> None:
    for page in ("/", "/book/", path):
        answer = visitor.ask("GET", page, headers=headers)
        assert answer.status < 500, page
        assert b"evil.example" not in answer.body


def test_without_the_cookie_the_form_says_what_to_do(site: Site, path: str) -> None:
    answer = site.visitor().ask("POST", path + "send/", b"name=x", {"Content-Type": FORM})
    assert answer.status == 403
    assert "cookie" in answer.text
    assert "988" in answer.text
    assert stored() == NOTHING


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_forms_of_other_sites_are_refused(visitor: Visitor, path: str, origin: str) -> None:
    headers = {"Content-Type": FORM, "Origin": origin}
    assert visitor.ask("POST", path + "send/", encoded(visitor), headers).status == 403
    assert stored() == NOTHING
