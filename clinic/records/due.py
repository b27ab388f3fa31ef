"""What is over its time by `clinic.retention`, as queries. What staff keep is never among it."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.sessions.models import Session
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from booking.models import Appointment, AppointmentEvent, Course, FreedTime, Message, Patient, Status
from clinic.models import Throttle
from clinic.records.models import Erasure, Reading, Removal
from clinic.retention import FREED, LIMITS, MESSAGE, PROOF, RECORD, REQUEST, STAFF_LOG, Rule

AGREED = (Status.CONFIRMED, Status.COMPLETED, Status.NO_SHOW)
SETTLED = (Message.State.SENT, Message.State.SUPPRESSED, Message.State.FAILED)


def before(rule: Rule, now: datetime) -> datetime:
    if rule.span is None:
        raise ValueError("no clock takes this away")
    return now - rule.span


def was_agreed() -> Q:
    """Of a visit: it stands, or once stood, in a state that both sides had agreed to."""
    agreed = AppointmentEvent.objects.filter(appointment=OuterRef("pk"), to_status__in=AGREED)
    return Q(status__in=AGREED) | Q(Exists(agreed))


def requests(now: datetime) -> QuerySet[Appointment]:
    """Asked for and never agreed to, a year after the time that was asked for."""
    found = Appointment.objects.exclude(was_agreed()).filter(patient__kept_since=None)
    return found.filter(ends_at__lt=before(REQUEST, now), created_at__lt=before(REQUEST, now))


def visits(now: datetime) -> QuerySet[Appointment]:
    """All agreed visits of those whose last visit, or request for one, is ten years past."""
    newer = Appointment.objects.filter(patient=OuterRef("patient")).exclude(
        ends_at__lt=before(RECORD, now), created_at__lt=before(RECORD, now)
    )
    return Appointment.objects.filter(was_agreed(), ~Exists(newer), patient__kept_since=None)


def patients(now: datetime) -> QuerySet[Patient]:
    """Who has no visit left. Nobody is entered without one; so no row is taken from under a booking.

    A record that is a part of another has none of its own, and goes with that one.
    """
    of_theirs = {"patient": OuterRef("pk")}
    without = Patient.objects.filter(
        ~Exists(Appointment.objects.filter(**of_theirs)), ~Exists(Course.objects.filter(**of_theirs))
    )
    return without.filter(kept_since=None, merged_into=None, created_at__lt=before(REQUEST, now))


def messages(now: datetime) -> QuerySet[Message]:
    limit = before(MESSAGE, now)
    settled = Message.objects.filter(state__in=SETTLED, created_at__lt=limit, appointment__ends_at__lt=limit)
    return settled.filter(appointment__patient__kept_since=None)


def freed_times(now: datetime) -> QuerySet[FreedTime]:
    return FreedTime.objects.filter(ends_at__lt=before(FREED, now))


def counts(now: datetime) -> QuerySet[Throttle]:
    return Throttle.objects.filter(window_start__lt=before(LIMITS, now))


def sessions(now: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lt=now)


def signed_in(now: datetime) -> QuerySet[UserSession]:
    """Where staff were signed in, once the session itself has ended."""
    there = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gte=now)
    found: QuerySet[UserSession] = UserSession.objects.filter(~Exists(there))
    return found.filter(last_seen_at__lt=now - settings.STAFF_IDLE)  # one that begins just now may not be stored yet


def staff_log(now: datetime) -> QuerySet[LogEntry]:
    """But what was done to a record that is kept."""
    kept = Patient.objects.filter(kept_since__isnull=False)
    visits = Appointment.objects.filter(patient__in=kept)
    about_kept = Q()
    for model, rows in ((Patient, kept), (Appointment, visits)):
        keys = rows.annotate(key=Cast("pk", CharField())).values("key")
        about_kept |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=keys)
    return LogEntry.objects.filter(action_time__lt=before(STAFF_LOG, now)).exclude(about_kept)


def readings(now: datetime) -> QuerySet[Reading]:
    """But those of a record that is kept, also where one of its visits stood under another at the time."""
    kept = ArraySubquery(Patient.objects.filter(kept_since__isnull=False).values("pk"))
    visits = ArraySubquery(Appointment.objects.filter(patient__kept_since__isnull=False).values("pk"))
    of_kept = Q(patients__overlap=kept) | Q(visits__overlap=visits)
    return Reading.objects.filter(at__lt=before(PROOF, now)).exclude(of_kept)


def removals(now: datetime) -> QuerySet[Removal]:
    return Removal.objects.filter(at__lt=before(PROOF, now))


def erasures(now: datetime) -> QuerySet[Erasure]:
    return Erasure.objects.filter(at__lt=before(PROOF, now))
