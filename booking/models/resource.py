"""Who and what can be had: clinicians and chairs, and when they are there."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import ExtractIsoWeekDay
from django.utils.translation import gettext_lazy as _

from booking.slots import Chair, DatedOpening, Opening

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ResourceQuerySet(models.QuerySet["Resource"]):
    def active(self) -> "ResourceQuerySet":
        return self.filter(is_active=True)

    def chairs(self) -> "ResourceQuerySet":
        return self.filter(kind=Resource.Kind.CHAIR)

    def locked(self) -> "ResourceQuerySet":
        """Locks the rows in primary-key order, so that two who lock several never wait for each other."""
        return self.order_by("pk").select_for_update(no_key=True)


class Resource(models.Model):
    """Somebody or something that only one visit at a time can have."""

    class Kind(models.TextChoices):
        CLINICIAN = "clinician", _("clinician")
        CHAIR = "chair", _("treatment chair")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    name = models.CharField(_("name"), max_length=80, unique=True)
    turnover_minutes = models.PositiveSmallIntegerField(
        _("turnover (minutes)"),
        default=0,
        validators=[MaxValueValidator(240)],
        help_text=_("Time to make a chair ready for the next person."),
    )
    is_active = models.BooleanField(_("in use"), default=True)
    # What belongs to a clinician alone, as the address of their calendar, opens to this account and to managers.
    account: "models.OneToOneField[User | None, User | None]" = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        limit_choices_to={"is_staff": True},
        verbose_name=_("signs in as"),
    )
    # Of the address at which a calendar program may ask for a clinician's times; 0 before there is one. Raised, the
    # address before it is closed.
    calendar_version = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        verbose_name = _("clinician or chair")
        verbose_name_plural = _("clinicians and chairs")
        permissions = [("feed_resource", _("Can see and renew the calendar address of a clinician"))]

    def __str__(self) -> str:
        return self.name

    def as_chair(self) -> Chair:
        return Chair(self.pk, timedelta(minutes=self.turnover_minutes))


class WeeklyHours(models.Model):
    """A span of the week in which a clinician sees people, in the clinic's zone. A day may have several."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    clinician = models.ForeignKey(
        Resource,
        on_delete=models.CASCADE,
        related_name="hours",
        limit_choices_to={"kind": Resource.Kind.CLINICIAN},
        verbose_name=_("clinician"),
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("weekly hours")
        verbose_name_plural = _("weekly hours")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="hours_close_after_open",
                violation_error_message=_("The closing time must be after the opening time."),
            ),
            models.UniqueConstraint(
                fields=["clinician", "weekday", "opens"],
                name="hours_once",
                violation_error_message=_("These hours are already there."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def as_opening(self) -> Opening:
        return Opening(self.clinician_id, self.weekday, self.opens, self.closes)


class DatedHours(models.Model):
    """Other hours on one date. Where there is a row for a clinician and a day, the weekly hours don't count.

    A row without times is a day off; with several spans there are several rows.
    """

    clinician = models.ForeignKey(
        Resource,
        on_delete=models.CASCADE,
        related_name="dated_hours",
        limit_choices_to={"kind": Resource.Kind.CLINICIAN},
        verbose_name=_("clinician"),
    )
    day = models.DateField(_("date"))
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)
    note = models.CharField(_("note for the staff"), max_length=80, blank=True, default="")

    class Meta:
        verbose_name = _("hours on one date")
        verbose_name_plural = _("hours on certain dates")
        constraints = [
            models.CheckConstraint(
                # A comparison with NULL alone would let half a row through.
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False, closes__gt=F("opens")),
                name="dated_hours_close_after_open",
                violation_error_message=_("Give both times, the closing one later; or none for a day off."),
            ),
            models.UniqueConstraint(
                fields=["clinician", "day", "opens"],
                name="dated_hours_once",
                nulls_distinct=False,
                violation_error_message=_("These hours are already there."),
            ),
        ]
        indexes = [models.Index(fields=["day"], name="dated_hours_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.opens:%H:%M}–{self.closes:%H:%M}" if self.opens and self.closes else f"{self.day} –"

    def as_dated_opening(self) -> DatedOpening:
        return DatedOpening(self.clinician_id, self.day, self.opens, self.closes)


class HolidayQuerySet(models.QuerySet["Holiday"]):
    def closing(self) -> "HolidayQuerySet":
        """Days on which nothing is offered: those that staff have closed, and those nobody has decided yet."""
        return self.exclude(decision=Holiday.Decision.OPEN)

    def closed(self) -> "HolidayQuerySet":
        """Days on which staff have said that the office is closed."""
        return self.filter(decision=Holiday.Decision.CLOSED)

    def proposed(self) -> "HolidayQuerySet":
        """Without those days on which nobody has hours: nothing is offered on them anyway, and nobody need decide.

        Where no hours are known yet, every day may be a working day.
        """
        weekly = WeeklyHours.objects.filter(clinician__is_active=True)
        dated = DatedHours.objects.filter(clinician__is_active=True, opens__isnull=False)
        of_that_weekday = weekly.filter(weekday=ExtractIsoWeekDay(OuterRef("day")) - 1)
        of_that_date = dated.filter(day=OuterRef("day"))
        is_decided = ~Q(decision=Holiday.Decision.UNDECIDED)
        return self.filter(is_decided | Exists(of_that_weekday) | Exists(of_that_date) | ~Exists(weekly))

    def to_decide(self) -> "HolidayQuerySet":
        return self.proposed().filter(decision=Holiday.Decision.UNDECIDED)


class Holiday(models.Model):
    """A public holiday, as a library knows it. Staff say of each whether the office is closed.

    Until they have, nothing is offered on it: a visit that must be called off hurts, a day offered late does not.
    """

    class Decision(models.TextChoices):
        UNDECIDED = "undecided", _("to be decided; not offered")
        CLOSED = "closed", _("closed")
        OPEN = "open", _("open as usual")

    day = models.DateField(_("date"), unique=True)
    name = models.CharField(_("holiday"), max_length=120)
    decision = models.CharField(_("office"), max_length=10, choices=Decision, default=Decision.UNDECIDED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = HolidayQuerySet.as_manager()

    class Meta:
        verbose_name = _("public holiday")
        verbose_name_plural = _("public holidays")

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
