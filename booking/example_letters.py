"""Each message as an invented patient would get it: made by the same code, of a visit that is nowhere stored."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from booking import messages, when
from booking.models import Appointment, Course, DeclineReason, Kind, MessageText, Offer, Patient, Status, VisitType
from booking.still_true import TRUE_WHILE
from clinic.models import Practice

IN_DAYS = timedelta(days=7)
REFERENCE = "4F7K-QM2D"
OF_COURSE = (Kind.COURSE_PLACED, Kind.COURSE_CANCELLED)
ORDER = (Status.CONFIRMED, Status.REQUESTED, Status.DECLINED, Status.CANCELLED)  # the most usual first


def letter(
    kind: Kind, text: MessageText | None, *, practice: Practice, now: datetime, plain: bool = False
) -> messages.Written:
    """With these words of the practice, or ours where there are none."""
    with override(settings.LANGUAGE_CODE):
        shown = context(kind, practice=practice, now=now)
        return messages.written("plain", shown) if plain else messages.written(kind, shown, text)


def standard_opening(kind: Kind, *, practice: Practice, now: datetime) -> str:
    """Our own first sentences."""
    with override(settings.LANGUAGE_CODE):
        return messages.opening(kind, context(kind, practice=practice, now=now))


def context(kind: Kind, *, practice: Practice, now: datetime) -> dict[str, object]:
    """What the templates are given for a real message of that kind."""
    visit = _visit(kind, now=now)
    link = f"{settings.SITE_URL}/v/…"
    visits = [visit, _second(visit)] if kind in OF_COURSE else [visit]
    return {
        **messages.facts(visit, practice=practice, seen=kind != Kind.RECEIVED, now=now),
        "link": link,
        "visits": [(one, link) for one in visits],
        "with_calendar": TRUE_WHILE[kind].calendar is not None,
        **_of_kind(kind, visit, now=now),
    }


def _of_kind(kind: Kind, visit: Appointment, *, now: datetime) -> dict[str, object]:
    match kind:
        case Kind.CHANGED:
            return {"was": visit.starts_at - timedelta(hours=1), "is_news": False}
        case Kind.REMINDER:
            return {
                "preparations": visit.preparations(),
                "bring": visit.visit_type.things_to_bring(),
                "has_preparation": False,
            }
        case Kind.DECLINED:
            return {"because": DeclineReason.TIME}
        case Kind.OTHER_OFFERED:
            days, until = [timedelta(days=number) for number in (1, 2)], now + timedelta(days=2)
            times = [(visit.starts_at + after, visit.ends_at + after) for after in days]
            return {"times": times, "answer_until": until, "look_before": when.soon(until, now=now)}
        case Kind.EARLIER_OFFERED:
            starts, until = visit.starts_at - timedelta(days=2), now + timedelta(hours=4)
            offer = Offer(starts_at=starts, offered_at=now, expires_at=until)
            ends = starts + visit.visit_type.rule().stay
            return {"offer": offer, "offer_ends": ends, "look_before": when.soon(until, now=now)}
        case _:
            return {}


def _visit(kind: Kind, *, now: datetime) -> Appointment:
    """A week ahead at ten."""
    visit_type = _visit_type(kind)
    starts = when.local(now + IN_DAYS).replace(hour=10, minute=0, second=0, microsecond=0)
    return Appointment(
        visit_type=visit_type,
        patient=Patient(name=_("Ana Example")),
        status=_status(kind),
        reference=REFERENCE,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=visit_type.length_minutes),
        created_at=now,
        course=Course(sessions=2) if kind in OF_COURSE else None,
        course_position=1 if kind in OF_COURSE else None,
    )


def _status(kind: Kind) -> Status:
    if kind == Kind.OTHER_OFFERED:  # more often an answer to a request
        return Status.REQUESTED
    return next(status for status in ORDER if status in TRUE_WHILE[kind].statuses)


def _second(visit: Appointment) -> Appointment:
    later = timedelta(days=7)
    return Appointment(
        visit_type=visit.visit_type,
        patient=visit.patient,
        status=visit.status,
        reference="7H2M-KD95",
        starts_at=visit.starts_at + later,
        ends_at=visit.ends_at + later,
        course=visit.course,
        course_position=2,
    )


def _visit_type(kind: Kind) -> VisitType:
    """One that the practice offers, and that such a message can be about; where there is none, an invented one."""
    needs_ride = kind in (Kind.RIDE_UNCONFIRMED, *OF_COURSE)
    offered = VisitType.objects.filter(is_active=True, place=VisitType.Place.OFFICE).order_by("order", "pk")
    found = offered.filter(needs_ride=needs_ride).first()
    return found or VisitType(pk=0, name=_("Visit"), length_minutes=60, clinician_minutes=60, needs_ride=needs_ride)
