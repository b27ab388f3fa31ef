from datetime import date
from typing import Any

import pytest

from clinic import checks
from clinic.models import NasalProducts, Practice

# One value for each fact that may be asked for.
KNOWN: dict[str, Any] = dict.fromkeys([*checks.ASKED_FOR, *checks.ASKED_BY_LAW], "x") | {
    "phone": "+13105550100",
    "reply_working_days": 0,
    "nasal_products": NasalProducts.COMPOUNDED,
    "privacy_notice_on": date(2026, 2, 16),
    "free_language_help": True,
}


def said() -> list[str]:
    return [found.msg for found in checks.practice_facts(None)]


@pytest.mark.django_db
def test_what_only_the_practice_can_say_is_listed_until_it_is_there() -> None:
    assert said() == [
        f"Facts that only the practice can give are missing: {', '.join(checks.ASKED_FOR)}.",
        f"The law may ask for these, which are missing: {', '.join(checks.ASKED_BY_LAW)}.",
    ]

    Practice.objects.create(pk=1, **KNOWN, demo_fields=["phone"])
    assert said() == ["Facts that are still examples: phone."]


@pytest.mark.django_db
def test_esketamine_asks_for_its_certification() -> None:
    Practice.objects.create(pk=1, **KNOWN | {"nasal_products": NasalProducts.BOTH})
    assert said() == ["Facts that only the practice can give are missing: rems_certified_on."]


def test_every_fact_that_may_be_missing_is_asked_for() -> None:
    spare = {"id", "accessibility_contact", "demo_fields", "rems_certified_on", "updated_at"}
    on_record = {"name", "clinician", "street", "city", "state", "postal_code"}
    fields = {field.name for field in Practice._meta.concrete_fields}
    assert fields - spare - on_record == {*checks.ASKED_FOR, *checks.ASKED_BY_LAW}


def test_the_links_want_a_key_of_their_own(settings: Any) -> None:
    assert checks.keys_differ(None) == []
    settings.LINK_KEY = settings.SECRET_KEY
    assert [found.id for found in checks.keys_differ(None)] == ["clinic.W001"]


def test_mail_wants_a_time_limit(settings: Any) -> None:
    assert checks.mail_has_a_time_limit(None) == []
    settings.EMAIL_TIMEOUT = None
    assert [found.id for found in checks.mail_has_a_time_limit(None)] == ["clinic.E001"]
