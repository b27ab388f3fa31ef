"""A value as it stands in an export's JSON, as people read it: times by the clinic's clock, words for yes and no."""

import re
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from booking import when

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
PHONE = re.compile(r"\+\d{8,15}")


def readable(value: Any) -> str:
    """What is none of these stays as it is."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(readable(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {readable(one)}" for name, one in value.items())
    return _text(str(value))


def _text(value: str) -> str:
    try:
        if MOMENT.fullmatch(value):
            at = datetime.fromisoformat(value)
            return f"{when.day_with_year(at)}, {when.clock_and_zone(at)}"
        if DAY.fullmatch(value):
            return date_format(date.fromisoformat(value), "l, F j, Y")
        if PHONE.fullmatch(value):
            number = parse(value)
            home = number.country_code == 1
            return format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)
    except (ValueError, NumberParseException):
        return value
    return value
