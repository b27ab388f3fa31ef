"""Earlier times: who asks for one, what has become free, and to whom it is offered. Other times are offered alike."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from booking.models.appointment import Appointment, AppointmentEvent
from booking.models.resource import Resource
from booking.models.states import OPEN, Actor
from booking.models.visit_type import VisitType
from booking.slots import Span


class EarlierRequestQuerySet(models.QuerySet["EarlierRequest"]):
    def waiting(self, now: datetime) -> "EarlierRequestQuerySet":
        """In line: those who still ask, for a visit that is still to come, in order of asking.

        Whose visit staff have never acted on comes after all others: anybody may have asked for it.
        """
        still = self.filter(ended_at=None, appointment__status__in=OPEN, appointment__starts_at__gt=now)
        by_staff = AppointmentEvent.objects.filter(appointment=OuterRef("appointment"), by=Actor.STAFF)
        return still.annotate(is_known=Exists(by_staff)).order_by("-is_known", "asked_at", "pk")


class EarlierRequest(models.Model):
    """A patient would take anything sooner than the time they have."""

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="earlier_requests")
    asked_at = models.DateTimeField(_("asked"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = EarlierRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("wish for an earlier time")
        verbose_name_plural = _("wishes for an earlier time")
        constraints = [
            models.UniqueConstraint(fields=["appointment"], condition=Q(ended_at=None), name="earlier_asked_once")
        ]
        indexes = [models.Index(fields=["asked_at"], name="earlier_waiting", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.appointment}"


class OfferQuerySet(models.QuerySet["Offer"]):
    def earlier(self) -> "OfferQuerySet":
        """Freed times, offered to those who wait for one."""
        return self.filter(batch=None)

    def by_staff(self) -> "OfferQuerySet":
        """Other times, offered by staff instead of the one that a visit has."""
        return self.exclude(batch=None)

    def held(self, now: datetime) -> "OfferQuerySet":
        """What has run out is over, also before the next sweep has ended it."""
        return self.filter(state=Offer.State.OPEN, expires_at__gt=now)


class Offer(models.Model):
    """A time that is held for one patient until `expires_at`. Its holds carry it; taking it moves the visit there.

    A freed time is offered alone, to somebody who waits. Other times are offered by staff in a batch: one of them is
    taken or none, and they run out together.

    `WITHDRAWN` is what the patient has not answered and never let run out: it counts as if it had never been offered.
    """

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN = "taken", _("taken")
        REFUSED = "refused", _("refused")
        EXPIRED = "expired", _("ran out")
        WITHDRAWN = "withdrawn", _("withdrawn")

    appointment = models.ForeignKey(Appointment, on_delete=models.CASCADE, related_name="offers")
    # The first, second… set of times that staff have offered for the visit. None for a freed time.
    batch = models.PositiveSmallIntegerField(_("set of times"), null=True)
    starts_at = models.DateTimeField(_("offered time"))
    offered_at = models.DateTimeField(_("offered"))
    expires_at = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer of a time")
        verbose_name_plural = _("offers of a time")
        constraints = [
            models.UniqueConstraint(
                fields=["appointment"], condition=Q(state="open", batch__isnull=True), name="offer_one_open"
            ),
            # What was withdrawn, may be offered once more; and staff may offer what they like.
            models.UniqueConstraint(
                fields=["appointment", "starts_at"],
                condition=~Q(state="withdrawn") & Q(batch__isnull=True),
                name="offer_never_twice",
            ),
            models.UniqueConstraint(
                fields=["appointment", "batch", "starts_at"],
                condition=Q(batch__isnull=False),
                name="offer_once_in_batch",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("offered_at")), name="offer_runs_out_later"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="offer_ended_when_closed",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="offer_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.appointment} {self.starts_at:%Y-%m-%d %H:%M}"


class FreedTime(models.Model):
    """Somebody or something has become free for a period, and those who wait have not all been asked about it.

    Taken out once nobody is left whom it would serve.
    """

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    freed_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True)  # kept, because somebody who would take it has another offer open
    # This day has one visit of this kind fewer, which matters to a daily limit. None where it has as many as before.
    visit_type = models.ForeignKey(VisitType, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="freed_ends_after_start")]

    def __str__(self) -> str:
        return f"{self.resource} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)
