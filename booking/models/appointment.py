"""One visit, from the request on, and the append-only record of what happened to it."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from booking.models.declined import DeclineReason
from booking.models.patient import Patient
from booking.models.states import OPEN, Actor, Status, Verb, allowed
from booking.models.visit_type import VisitType
from clinic import seen

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from booking.models.course import Course

# No letters or digits that are taken for one another, read aloud or written down.
REFERENCE_ALPHABET = "23456789CDFGHJKMNPQRTVWXY"


def new_public_id() -> str:
    """128 random bits as 22 characters that are safe in an address."""
    return secrets.token_urlsafe(16)


def new_reference() -> str:
    """Eight characters that a person can read out on the phone, like 4F7K-QM2D."""
    letters = "".join(secrets.choice(REFERENCE_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


_IS_WAITING = Q(status=Status.REQUESTED)
# Kept as an index, so that the first page of the list is read and not sorted out of all the rest.
WAITING_FIRST = (
    models.Case(models.When(_IS_WAITING, then=1), default=0).desc(),
    models.Case(models.When(_IS_WAITING, then=F("created_at"))).asc(nulls_last=True),
    F("starts_at").desc(),
    F("id").asc(),
)


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def waiting(self) -> "AppointmentQuerySet":
        """Requests that staff have not answered."""
        return self.filter(status=Status.REQUESTED)

    def waiting_first(self) -> "AppointmentQuerySet":
        """For the front desk: unanswered requests, oldest first, then the rest by time, latest first."""
        return self.order_by(*WAITING_FIRST)

    def with_arrival(self) -> "AppointmentQuerySet":
        """Each with `arrived_at`: when the patient came, as staff have noted it and neither taken back nor moved."""
        verbs = [Verb.ARRIVE, Verb.NOT_HERE, Verb.RESCHEDULE]
        last = AppointmentEvent.objects.filter(appointment=models.OuterRef("pk"), verb__in=verbs).order_by("-pk")
        came = models.Case(models.When(verb=Verb.ARRIVE, then=F("at")))
        return self.annotate(arrived_at=models.Subquery(last.annotate(came=came).values("came")[:1]))


class Appointment(models.Model):
    """A visit asked for or agreed. Its state changes only through `booking.actions`."""

    public_id = models.CharField(max_length=22, unique=True, default=new_public_id, editable=False)
    reference = models.CharField(_("reference"), max_length=9, unique=True, default=new_reference, editable=False)
    # Made when the form is shown; the same form sent twice is one request.
    submission_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    link_version = models.PositiveIntegerField(default=1, editable=False)  # raised to revoke the patient's link
    sequence = models.PositiveIntegerField(default=0, editable=False)  # of the calendar entry (RFC 5545)
    version = models.PositiveIntegerField(default=1, editable=False)  # raised by every change that is told

    visit_type = models.ForeignKey(
        VisitType, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("kind of visit")
    )
    patient = models.ForeignKey(
        Patient, on_delete=models.PROTECT, related_name="appointments", verbose_name=_("patient")
    )
    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.REQUESTED)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))  # as the patient is told: without buffers
    created_at = models.DateTimeField(_("asked for"))
    # When it was last confirmed, placed or moved: a reminder that was due before that is not sent.
    agreed_at = models.DateTimeField(null=True, editable=False)
    # The start that the last message which told one has told. None before that, and while one is on its way.
    told_starts_at = models.DateTimeField(null=True, editable=False)
    # Whether a calendar file with it has gone out: then a cancellation takes it out again.
    in_calendar = models.BooleanField(default=False, db_default=False, editable=False)

    ride_name = models.CharField(_("who takes them home"), max_length=120, blank=True, default="", db_default="")
    ride_phone = PhoneNumberField(_("phone of who takes them home"), blank=True, default="", db_default="")
    ride_confirmed_at = models.DateTimeField(_("ride confirmed"), null=True)

    course: "models.ForeignKey[Course | None, Course | None]" = models.ForeignKey(
        "booking.Course", on_delete=models.PROTECT, null=True, related_name="appointments", verbose_name=_("course")
    )
    course_position = models.PositiveSmallIntegerField(_("session"), null=True)  # None for a review visit

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        permissions = [("report_appointment", _("Can see the practice’s reports"))]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="appointment_ends_after_start"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="appointment_status_known"),
            models.CheckConstraint(
                condition=Q(course_position__isnull=True) | Q(course__isnull=False),
                name="appointment_session_of_course",
            ),
            # One that was missed or cancelled keeps its number; it can be placed again under the same.
            models.UniqueConstraint(
                fields=["course", "course_position"],
                condition=Q(status__in=["requested", "confirmed", "completed"]),
                name="appointment_session_stands_once",
            ),
        ]
        indexes = [
            models.Index(fields=["starts_at"], name="appointment_starts"),
            models.Index(fields=["created_at"], name="appointment_waiting", condition=Q(status="requested")),
            models.Index(*WAITING_FIRST, name="appointment_waiting_first"),
        ]

    def __str__(self) -> str:
        return self.reference

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        seen.visit(row.pk, row.__dict__.get("patient_id"))  # absent where the query left it out
        return row

    @property
    def can_cancel(self) -> bool:
        return allowed(Verb.CANCEL, self.status)

    @property
    def change_until(self) -> datetime:
        """Until when the patient may move or cancel it alone. A request may be taken back until its start."""
        if self.status == Status.REQUESTED:
            return self.starts_at
        return self.visit_type.change_until(self.starts_at)

    def can_be_changed_by_patient(self, now: datetime) -> bool:
        return self.status in OPEN and now < self.change_until

    @property
    def session(self) -> str:
        """“Session 3 of 8” for a visit of a course, else empty. Reads the course: select it with the row."""
        if self.course is None or self.course_position is None:
            return ""
        return gettext("Session %(number)s of %(all)s") % {"number": self.course_position, "all": self.course.sessions}

    @property
    def join_url(self) -> str:
        """Where to join it by video, once it is agreed. Empty where it is at the office or no address is known."""
        is_agreed = self.status == Status.CONFIRMED
        return self.visit_type.join_url if is_agreed and self.visit_type.place == VisitType.Place.VIDEO else ""

    def declined_because(self) -> DeclineReason:
        """Why it was declined. Where nobody has said why, patients were told that the time can’t be had."""
        said = self.events.filter(verb=Verb.DECLINE).order_by("-pk").values_list("reason", flat=True).first()
        return DeclineReason(said or DeclineReason.TIME)

    def preparations(self) -> list[str]:
        """What to do before it, at clock times."""
        return [preparation.for_start(self.starts_at) for preparation in self.visit_type.preparations.all()]

    @property
    def needs_ride_confirmed(self) -> bool:
        return self.visit_type.needs_ride and self.status in OPEN and self.ride_confirmed_at is None

    @property
    def calendar_uid(self) -> str:
        """The same through every change, and unique in the world."""
        return f"{self.public_id}@appointments.invalid"


class AppointmentEvent(models.Model):
    """What happened to an appointment, when and by whom. Rows are added, never changed."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(_("what"), max_length=10, choices=Verb)
    moved_from = models.DateTimeField(_("moved from"), null=True)
    moved_to = models.DateTimeField(_("moved to"), null=True)
    from_status = models.CharField(_("from"), max_length=10, choices=Status, blank=True, default="")
    to_status = models.CharField(_("to"), max_length=10, choices=Status)
    by = models.CharField(_("by"), max_length=10, choices=Actor)
    user: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))
    # Of a request that was declined; empty where that was before there were reasons.
    reason = models.CharField(_("why"), max_length=10, choices=DeclineReason, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("history")
        constraints = [
            models.CheckConstraint(
                condition=Q(by=Actor.STAFF, user__isnull=False)
                | Q(by__in=[Actor.PATIENT, Actor.SYSTEM], user__isnull=True),
                name="event_staff_has_user",
            ),
        ]
        # What patients have changed by themselves stands on the desk.
        indexes = [models.Index(fields=["-at"], name="event_by_patient", condition=Q(by=Actor.PATIENT))]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.at:%Y-%m-%d %H:%M}"
