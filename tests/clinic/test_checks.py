from typing import Any

import pytest

from clinic import checks
from clinic.models import NasalProducts, Practice


@pytest.mark.django_db
def test_what_only_the_practice_can_say_is_listed_until_it_is_there() -> None:
    assert [found.msg for found in checks.practice_facts(None)] == [
        (
            "Facts that only the practice can give are missing: phone, email, reply_working_days, hours_text,"
            " parking_text, fees_text, nasal_products."
        )
    ]

    Practice.objects.create(
        pk=1,
        phone="+13105550100",
        email="office@example.test",
        reply_working_days=1,
        hours_text="x",
        parking_text="x",
        fees_text="x",
        nasal_products=NasalProducts.ESKETAMINE,
        demo_fields=["phone"],
    )
    assert [found.msg for found in checks.practice_facts(None)] == ["Facts that are still examples: phone."]


def test_the_links_want_a_key_of_their_own(settings: Any) -> None:
    assert checks.keys_differ(None) == []
    settings.LINK_KEY = settings.SECRET_KEY
    assert [found.id for found in checks.keys_differ(None)] == ["clinic.W001"]


def test_mail_wants_a_time_limit(settings: Any) -> None:
    assert checks.mail_has_a_time_limit(None) == []
    settings.EMAIL_TIMEOUT = None
    assert [found.id for found in checks.mail_has_a_time_limit(None)] == ["clinic.E001"]
