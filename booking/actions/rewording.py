"""The practice's own words for a message. They hold for what has not gone yet: it is rendered when it is sent."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from booking.actions.who import By
from booking.models import Kind, MessageText
from booking.transactions import in_transaction


@dataclass(frozen=True)
class Words:
    """What is empty is said in the site's own words."""

    subject: str = ""
    opening: str = ""
    more: str = ""


class RewordedMeanwhile(Exception):
    """Somebody else has saved other words since the page was made. Nothing was changed."""

    def __init__(self, text: MessageText | None) -> None:
        super().__init__()
        self.text = text


def reword(*, kind: Kind, words: Words, seen: datetime | None, by: By, now: datetime) -> MessageText:
    """`seen` is when the words on the page were last changed: None where nobody had."""

    def attempt() -> MessageText:
        text = MessageText.objects.select_for_update(of=("self",)).filter(pk=kind).first()
        if seen != (text.changed_at if text else None):
            raise RewordedMeanwhile(text)
        is_new, text = text is None, text or MessageText(kind=kind)
        text.subject, text.opening, text.more = words.subject, words.opening, words.more
        text.changed_by, text.changed_at = by.user, now
        text.save(force_insert=is_new)
        return text

    try:
        return in_transaction(attempt, tells=False)
    except IntegrityError as error:
        text = MessageText.objects.filter(pk=kind).first()
        if text is None:
            raise
        raise RewordedMeanwhile(text) from error
