"""The practice's own words for one message, filled in. Where it has none, ours are said."""

from dataclasses import dataclass

from booking import when
from booking.models import Appointment, Kind, MessageText
from booking.wording import filled


@dataclass(frozen=True)
class OwnWords:
    subject: str = ""
    opening: str = ""
    more: str = ""


NONE = OwnWords()


def stored(kind: Kind) -> MessageText | None:
    """Only what may be sent as it stands: rules may have become stricter since it was written."""
    text = MessageText.objects.filter(pk=kind).first()
    return None if text is None or text.refused() else text


def words_for(text: MessageText | None, appointment: Appointment, *, as_usual: bool) -> OwnWords:
    """For a message that says something else than its kind usually does, subject and opening are ours."""
    if text is None:
        return NONE
    moment = appointment.starts_at
    values = {"day": when.day(moment), "time": when.clock_and_zone(moment)}
    subject, opening, more = (filled(one, values) for one in (text.subject, text.opening, text.more))
    return OwnWords(subject, opening, more) if as_usual else OwnWords(more=more)
