"""Who asks for a visit. What a visitor types makes a new row; it never alters one that is there."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from booking.models.visit_type import VisitType
from booking.text import MARKS
from clinic import seen

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ContactBy(models.TextChoices):
    EMAIL = "email", _("By e-mail")
    PHONE = "phone", _("By phone")
    EITHER = "either", _("Either is fine")


class Insurance(models.TextChoices):
    YES = "yes", _("Yes")
    NO = "no", _("No, I will pay myself")
    UNSURE = "unsure", _("Not sure")


class Standing(models.TextChoices):
    NEW = "new", _("No, I am new")
    RETURNING = "returning", _("Yes")
    UNSURE = "unsure", _("Not sure")


class Need(models.TextChoices):
    INTERPRETER = "interpreter", _("An interpreter")
    STEP_FREE = "step_free", _("A way in without steps")
    HEARING = "hearing", _("Help with hearing")
    VISION = "vision", _("Help with seeing or reading")
    OTHER = "other", _("Something else: please ask me")


def _bare(*fields: str) -> Lower:
    """`booking.text.bare` in Postgres, which needs no extension for it."""
    text: models.TextField[str, str] = models.TextField()
    whole = Concat(*(part for field in fields for part in (Value(" "), field)), output_field=text)
    apart = Func(whole, function="normalize", template="%(function)s(%(expressions)s, NFD)", output_field=text)
    return Lower(Func(apart, Value(MARKS), Value(""), Value("g"), function="regexp_replace", output_field=text))


class PatientQuerySet(models.QuerySet["Patient"]):
    def standing(self) -> "PatientQuerySet":
        """Without those that are a part of another record."""
        return self.filter(merged_into=None)

    def one_person(self, key: int) -> "PatientQuerySet":
        """The record and all that are a part of it."""
        return self.filter(Q(pk=key) | Q(merged_into=key)).order_by("pk")


class Patient(models.Model):
    """One person as the practice knows them. Only what is needed to reach them; no health details.

    A visitor's request always makes a new row, so that nobody learns whether somebody else is on record. Visits booked
    through a patient's own link, and courses, belong to the row they came from.
    """

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = PhoneNumberField(_("phone"))
    contact_by = models.CharField(_("contact"), max_length=10, choices=ContactBy)
    voicemail_ok = models.BooleanField(_("a voicemail may be left"), default=False)
    # Messages then say that there is news and give the link; day, time and place stay on the patient's page.
    plain_messages = models.BooleanField(_("plain messages only"), default=False, db_default=False)
    language = models.CharField(_("language"), max_length=10, default="en", db_default="en", editable=False)
    standing = models.CharField(_("been here before"), max_length=10, choices=Standing)
    insurance = models.CharField(_("uses insurance"), max_length=10, choices=Insurance)
    needs = ArrayField(models.CharField(max_length=20, choices=Need), verbose_name=_("needs"), default=list, blank=True)
    created_at = models.DateTimeField(_("since"))
    # What a search looks through; Postgres keeps it in step.
    found_by = models.GeneratedField(
        expression=_bare("name", "email", "phone"), output_field=models.TextField(), db_persist=True
    )
    # While it is kept, nothing of it is removed, however old. Set and ended by `booking.actions` alone.
    kept_because = models.CharField(_("kept because"), max_length=200, blank=True, default="", db_default="")
    kept_by: "models.ForeignKey[User | None, User | None]" = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kept by"),
    )
    kept_since = models.DateTimeField(_("kept since"), null=True, blank=True)
    # The record that this one is a part of since somebody put them together: always one that stands itself.
    merged_into: "models.ForeignKey[Patient | None, Patient | None]" = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, editable=False, related_name="merged", verbose_name=_("part of")
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        permissions = [
            ("keep_patient", _("Can keep a patient’s record beyond its time")),
            ("merge_patient", _("Can put together two records of one person, and take them apart")),
            ("export_patient", _("Can export all that is held about a patient")),
            ("erase_patient", _("Can erase all that is held about a patient")),
        ]
        indexes = [models.Index(fields=["email"], name="patient_email")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_since__isnull=True, kept_by__isnull=True, kept_because="")
                | (Q(kept_since__isnull=False, kept_by__isnull=False) & ~Q(kept_because="")),
                name="patient_kept_whole",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("pk")), name="patient_not_part_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Self:
        row = super().from_db(db, field_names, values)
        seen.patient(row.pk)
        return row

    @property
    def first_name(self) -> str:
        """To greet by; empty for what mail programs would make a link of, like “example.com”."""
        first = (self.name.split() or [""])[0]
        return "" if "." in first.rstrip(".") else first

    @property
    def is_kept(self) -> bool:
        """Whether staff have said that nothing of this record may be removed."""
        return self.kept_since is not None

    def needs_display(self) -> list[str]:
        return [str(Need(need).label) for need in self.needs]


class Clearance(models.Model):
    """Staff have cleared a patient for a kind of visit that not everybody may book."""

    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="clearances")
    visit_type = models.ForeignKey(
        VisitType, on_delete=models.CASCADE, related_name="clearances", verbose_name=_("kind of visit")
    )
    by: "models.ForeignKey[User, User]" = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who")
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("clearance")
        verbose_name_plural = _("clearances")
        constraints = [models.UniqueConstraint(fields=["patient", "visit_type"], name="clearance_once")]

    def __str__(self) -> str:
        return f"{self.patient}: {self.visit_type}"
