"""The pages on the practice: the law's notices where they belong, no fact that only the practice can give, and a
privacy policy that says what the code does."""

import re
from datetime import timedelta
from itertools import combinations

from booking import links
from booking.forms import DetailsForm
from clinic.retention import LIMITS, MESSAGE, PROOF, RECORD, REQUEST, YEAR
from content import files

TEXTS = files.read()
PAGES = {page.path: page for page in TEXTS.pages}

# Lines that everybody may call; any other number would be the practice's own.
PUBLIC_NUMBERS = {
    "(800) 633-2322",  # Medical Board of California
    "1-844-405-6185",  # pregnancy registry
    "1-800-222-1222",  # poison control
    "1-833-852-6262",  # maternal mental health
    "800-854-7771",  # Los Angeles County
}


def notices_of(path: str) -> list[str]:
    return re.findall(r"^::notice (\S+)$", PAGES[path].body, re.MULTILINE)


def section(path: str, heading: str) -> str:
    return PAGES[path].body.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_laws_notices_stand_where_people_look_for_them() -> None:
    assert {"medical-board", "open-payments", "good-faith-estimate"} <= set(notices_of("notices"))
    assert "open-payments" in notices_of("about/dr-bacchus")
    assert "good-faith-estimate" in notices_of("fees")
    assert "nondiscrimination" in notices_of("nondiscrimination")
    assert "complain-privacy" in notices_of("privacy/notice-of-privacy-practices")


def test_every_notice_is_shown_somewhere_and_says_when_it_was_checked() -> None:
    assert {key for path in PAGES for key in notices_of(path)} == set(TEXTS.notices)
    assert [key for key, notice in TEXTS.notices.items() if not (notice.checked and notice.legal_basis)] == []


def test_the_exact_words_of_the_law() -> None:
    words = {key: re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", notice.text) for key, notice in TEXTS.notices.items()}
    assert " ".join(words["medical-board"].split()) == (
        "Medical doctors are licensed and regulated by the Medical Board of California. To check up on a license or to"
        " file a complaint go to www.mbc.ca.gov, email: licensecheck@mbc.ca.gov, or call (800) 633-2322."
    )
    assert " ".join(words["open-payments"].split()) == (
        "For informational purposes only, a link to the federal Centers for Medicare and Medicaid Services (CMS) Open"
        " Payments web page is provided here. The federal Physician Payments Sunshine Act requires that detailed"
        " information about payment and other payments of value worth over ten dollars ($10) from manufacturers of"
        " drugs, medical devices, and biologics to physicians and teaching hospitals be made available to the public."
        " openpaymentsdata.cms.gov"
    )


def test_no_page_states_a_price_or_a_number_of_the_practice() -> None:
    for page in TEXTS.pages:
        text = page.all_text()
        assert not re.search(r"\$\s?\d", text), page.path
        numbers = set(re.findall(r"(?:1-)?\(?\b\d{3}\)?[ -]\d{3}-\d{4}", text))
        assert numbers <= PUBLIC_NUMBERS, page.path


def test_each_area_is_told_something_of_its_own() -> None:
    """Places that differ in name only would send people round in circles to reach the one office."""
    places = ("Los Angeles", "Beverly Hills", "Santa Monica", "Encino", "Pacific Palisades", "Other places nearby")
    for one, other in combinations(places, 2):
        assert likeness(section("areas", one), section("areas", other)) < 0.1, (one, other)


def likeness(one: str, other: str) -> float:
    """How many of their runs of three words two texts share, from 0 to 1."""
    first, second = ({tuple(words[at : at + 3]) for at in range(len(words))} for words in (one.split(), other.split()))
    return len(first & second) / len(first | second)


def test_the_privacy_policy_names_everything_that_the_booking_form_asks() -> None:
    said = {
        "name": "your name",
        "email": "e-mail address",
        "phone": "phone number",
        "adult": "18 or older",
        "standing": "been here before",
        "been": "been here before",
        "contact_by": "how we may contact you",
        "voicemail": "leave a voicemail",
        "messages": "how much our e-mails may say",
        "insurance": "use insurance",
        "needs": "interpreter or other help",
        "ride_name": "who takes you home",
        "ride_phone": "phone number of who takes you home",
    }
    asked = section("privacy", "What do you ask for when I book?")
    assert DetailsForm.base_fields.keys() - said.keys() == {
        "website",
        "submission",
    }  # for programs; and a random number
    assert [name for name, words in said.items() if words not in asked] == []


def test_the_privacy_policy_keeps_to_the_times_of_the_code() -> None:
    policy = " ".join(PAGES["privacy"].body.split())
    assert timedelta(seconds=links.COOKIE_AGE) == timedelta(minutes=30)
    assert "ends after half an hour" in policy
    assert LIMITS.span
    assert LIMITS.span + timedelta(days=1) <= timedelta(days=3)  # removed daily
    assert "deleted within three days" in policy
    assert re.search(r"Effective date: \w+ \d+, 20\d\d", policy)


def test_the_privacy_policy_says_how_long_as_the_code_keeps_it() -> None:
    said = section("privacy", "How long do you keep it?")
    for rule, words in (
        (REQUEST, "never confirmed: 1 year after the time you asked for"),
        (RECORD, "10 years after your last visit"),
        (MESSAGE, "1 year, and not before the visit is over"),
        (PROOF, "who opened your data: 6 years"),
    ):
        [years] = re.findall(r"\d+(?= year)", words)
        assert rule.span == int(years) * YEAR
        assert words in " ".join(said.replace("*", "").split())
