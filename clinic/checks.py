"""What `check --deploy` says beyond Django's own checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register
from django.db import Error as DatabaseError

from clinic.models import Practice

# What a patient looks for and only the practice can say.
ASKED_FOR = (
    *("phone", "email", "hours_text", "reply_working_days", "languages_text"),
    *("parking_text", "access_text", "transit_text", "pickup_text", "ride_home_text"),
    *("license_number", "license_url", "board_certification", "training_text", "npi", "conflicts_text"),
    *("nasal_products", "first_visit_text", "monitoring_text", "fees_text", "insurers_text", "cancellation_text"),
)
# What the law may ask of the practice: the permit for a name that is not the doctor's own, its notice of privacy
# practices, and help with language. Whether it does is for the practice's lawyer.
ASKED_BY_LAW = ("fictitious_name_permit", "privacy_notice_text", "privacy_notice_on", "free_language_help")


@register(Tags.security, deploy=True)
def mail_has_a_time_limit(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.EMAIL_TIMEOUT:
        return []
    return [Error("EMAIL_TIMEOUT is not set: a silent mail server would hold a worker for ever.", id="clinic.E001")]


@register(Tags.security, deploy=True)
def keys_differ(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if settings.LINK_KEY != settings.SECRET_KEY:
        return []
    return [
        Warning("LINK_KEY is the same as SECRET_KEY: give the patients' links a key of their own.", id="clinic.W001")
    ]


@register("practice", deploy=True)
def practice_facts(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Names what is still missing or still an example. The site runs without: it shows only what is known."""
    try:
        practice = Practice.load()
    except DatabaseError:
        return [Info("The practice's facts were not looked at: the database can't be reached.", id="clinic.I001")]
    found: list[CheckMessage] = []
    asked_for = [*ASKED_FOR, *(["rems_certified_on"] if practice.offers_esketamine else [])]
    if missing := [name for name in asked_for if practice.lacks(name)]:
        found.append(
            Info(f"Facts that only the practice can give are missing: {', '.join(missing)}.", id="clinic.I002")
        )
    if missing := [name for name in ASKED_BY_LAW if practice.lacks(name)]:
        found.append(Info(f"The law may ask for these, which are missing: {', '.join(missing)}.", id="clinic.I004"))
    if practice.demo_fields:
        found.append(Info(f"Facts that are still examples: {', '.join(practice.demo_fields)}.", id="clinic.I003"))
    return found
