"""Messages to be sent. A row is written in the transaction of what it tells, and rendered only when it is sent."""

import uuid
from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment


class Kind(models.TextChoices):
    RECEIVED = "received", _("request received")
    CONFIRMED = "confirmed", _("appointment confirmed")
    DECLINED = "declined", _("request declined")
    CANCELLED_BY_PATIENT = "cancelled_by_patient", _("cancelled, as the patient asked")
    CANCELLED_BY_PRACTICE = "cancelled_by_practice", _("cancelled by the practice")
    CHANGED = "changed", _("appointment moved")
    REMINDER = "reminder", _("reminder")
    RIDE_UNCONFIRMED = "ride_unconfirmed", _("ride home not yet confirmed")
    EARLIER_OFFERED = "earlier_offered", _("earlier time offered")
    OTHER_OFFERED = "other_offered", _("other times offered")
    COURSE_PLACED = "course_placed", _("course placed")
    COURSE_CANCELLED = "course_cancelled", _("rest of a course cancelled")
    FRESH_LINK = "fresh_link", _("fresh link")
    STAFF_NEW_REQUEST = "staff_new_request", _("staff: new request")
    STAFF_UNANSWERED = "staff_unanswered", _("staff: request unanswered for too long")
    STAFF_CANCELLED = "staff_cancelled", _("staff: patient cancelled late")
    STAFF_NONE_SUITS = "staff_none_suits", _("staff: none of the times offered suits")

    @property
    def is_to_patient(self) -> bool:
        return self not in TO_STAFF


TO_STAFF = frozenset({Kind.STAFF_NEW_REQUEST, Kind.STAFF_UNANSWERED, Kind.STAFF_CANCELLED, Kind.STAFF_NONE_SUITS})


class Reason(models.TextChoices):
    """Why a message is not sent, as a code in the row and a sentence for staff.

    After a try that failed, the row holds the error's type and the mail server's number instead: “SMTPDataError 554”.
    """

    IS_REQUESTED = "is_requested", _("The visit was only asked for by then.")
    IS_CONFIRMED = "is_confirmed", _("The visit was confirmed by then.")
    IS_DECLINED = "is_declined", _("The request was declined by then.")
    IS_CANCELLED = "is_cancelled", _("The visit was cancelled by then.")
    IS_COMPLETED = "is_completed", _("The visit had taken place by then.")
    IS_NO_SHOW = "is_no_show", _("The patient had not come to the visit.")
    NEWER = "newer", _("Something newer has happened, which has a message of its own.")
    NEVER_TOLD = "never_told", _("The patient had not yet been told of this visit.")
    KNOWN = "known", _("The patient knew this time already.")
    BEGUN = "begun", _("The visit had begun, or would have before a decent hour for a message.")
    NEARER = "nearer", _("A reminder nearer to the visit took its place.")
    RIDE_SURE = "ride_sure", _("The ride home was confirmed by then.")
    OFFER_OVER = "offer_over", _("The offer was no longer open.")
    OFFERED = "offered", _("Times were offered to the patient by then.")
    COURSE_OVER = "course_over", _("No visit of the course was still open.")
    TOO_MANY = "too_many", _("Too many messages on one day to an address that nobody had looked at. You may send it.")
    UNTOLD = "untold", _("Staff chose to send no message. Who did is in the visit’s history. You may send it.")
    RESTORED = "restored", _("Restored from a backup, in which it waited. It has perhaps gone before.")
    STOPPED = "stopped", _("The program that sends mail stopped at each try.")


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> "MessageQuerySet":
        """Due now by the database's clock: waiting, or claimed by a worker whose lease has run out."""
        S = Message.State  # noqa: N806
        return self.filter(Q(state=S.QUEUED, due_at__lte=Now()) | Q(state=S.SENDING, lease_until__lt=Now())).order_by(
            "due_at", "pk"
        )

    def overdue(self) -> "MessageQuerySet":
        """What should have gone by now, also where it has been put off after a try that did not succeed."""
        return self.filter(state__in=[Message.State.QUEUED, Message.State.SENDING], ready_at__lte=Now())

    def with_wait(self) -> "MessageQuerySet":
        """Each with `is_to_come`: whether it waits for its time, by the database's clock, so that none is late."""
        return self.annotate(is_to_come=Q(state=Message.State.QUEUED, ready_at__gt=Now()))

    def failed(self) -> "MessageQuerySet":
        return self.filter(state=Message.State.FAILED)

    def claim_one(self, lease: timedelta) -> "Message | None":
        """Takes the next due message for this process alone, until the lease runs out.

        `SKIP LOCKED`: workers side by side never wait for each other and never get the same row.
        """
        with transaction.atomic():
            message = self.due().select_for_update(skip_locked=True, of=("self",)).first()
            if message is None:
                return None
            message.lease_token = uuid.uuid4()
            self.filter(pk=message.pk).update(
                state=Message.State.SENDING,
                reason="",  # stays empty where the worker stops before it can say why
                attempts=models.F("attempts") + 1,
                lease_token=message.lease_token,
                lease_until=Now() + lease,
            )
        message.refresh_from_db()
        return message


class Message(models.Model):
    """One message of one kind about one version of an appointment: unique, so never twice."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        SUPPRESSED = "suppressed", _("not sent")

    appointment = models.ForeignKey(
        Appointment, on_delete=models.CASCADE, related_name="messages", verbose_name=_("appointment")
    )
    kind = models.CharField(_("what"), max_length=30, choices=Kind)
    version = models.PositiveIntegerField()  # of the appointment, when the message was written
    # Tells apart what may be said more than once about one version: which reminder (“3d”), which offer (its key),
    # which set of other times (its number), which fresh link. What staff send once more is a copy: “3d~2”.
    occasion = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    message_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)  # the same on every attempt
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    reason = models.CharField(_("why"), max_length=120, blank=True, default="")  # a `Reason` or an error
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    created_at = models.DateTimeField(_("written"))
    # From when on it should be gone. A try that fails puts off `due_at` and leaves this.
    ready_at = models.DateTimeField(db_default=Now(), editable=False)
    due_at = models.DateTimeField(_("due"))
    lease_token = models.UUIDField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment", "kind", "version", "occasion"], name="message_once_per_occasion"
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False) | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="message_sent_at_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="message_lease_while_sending",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="message_newest"),
            models.Index(fields=["id"], name="message_failed", condition=Q(state="failed")),
            models.Index(fields=["due_at"], name="message_due", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"

    @property
    def is_to_staff(self) -> bool:
        return not Kind(self.kind).is_to_patient

    @property
    def is_copy(self) -> bool:
        """Whether staff have sent it once more after it had gone."""
        return "~" in self.occasion

    @property
    def first_occasion(self) -> str:
        return self.occasion.partition("~")[0]

    def settle(self, state: str, *, reason: str = "", **changes: Any) -> bool:
        """Ends this process's claim. False where another worker has taken the row over meanwhile."""
        mine = Message.objects.filter(pk=self.pk, state=self.State.SENDING, lease_token=self.lease_token)
        changed = mine.update(state=state, reason=reason, lease_token=None, lease_until=None, **changes)
        return changed == 1

    def requeue(self) -> bool:
        """Staff ask for it to be tried again. False where it has gone or is on its way."""
        resting = Message.objects.filter(pk=self.pk, state__in=[self.State.FAILED, self.State.SUPPRESSED])
        return resting.update(state=self.State.QUEUED, reason="", attempts=0, due_at=Now(), ready_at=Now()) == 1


class Heartbeat(models.Model):
    """When the worker last went through the outbox. One row."""

    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="heartbeat_one_row")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class ReminderDay(models.Model):
    """How many days ahead patients are reminded, as data."""

    class About(models.TextChoices):
        VISIT = "visit", _("the visit")
        RIDE = "ride", _("the ride home, where it is not yet confirmed")

    about = models.CharField(_("about"), max_length=10, choices=About, default=About.VISIT)
    days_before = models.PositiveSmallIntegerField(
        _("days before"),
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("Sent at the visit’s clock time on that day, never at night."),
    )

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["about", "-days_before"]
        constraints = [
            models.UniqueConstraint(fields=["about", "days_before"], name="reminder_day_once"),
            models.CheckConstraint(condition=Q(days_before__range=(1, 30)), name="reminder_days_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.get_about_display()}, {self.days_before}"
