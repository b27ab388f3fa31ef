"""What both `content` and `booking` rest on: the practice's own facts, and the counter behind the limits."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise
from phonenumber_field.modelfields import PhoneNumberField


class NasalProducts(models.TextChoices):
    UNKNOWN = "unknown", _("not yet stated")
    ESKETAMINE = "esketamine", _("esketamine (Spravato)")
    COMPOUNDED = "compounded", _("compounded ketamine spray")
    BOTH = "both", _("both")


def _line(name: StrOrPromise, length: int, help_text: StrOrPromise = "") -> "models.CharField[str, str]":
    """A fact in one line, that need not be known."""
    return models.CharField(name, max_length=length, blank=True, default="", db_default="", help_text=help_text)


def _text(name: StrOrPromise, help_text: StrOrPromise) -> "models.TextField[str, str]":
    """A fact in some lines, that need not be known."""
    return models.TextField(name, blank=True, default="", db_default="", help_text=help_text)


class Practice(models.Model):
    """The practice's facts, one row, filled in only by the practice.

    What is not known stays empty and is not shown. `demo_fields` names the fields whose value is an example:
    every page that shows one marks it.
    """

    name = models.CharField(_("name"), max_length=100, default="Psychiatry Unplugged")
    clinician = models.CharField(_("clinician"), max_length=100, default="Soroya Bacchus, MD")
    street = models.CharField(_("street"), max_length=120, default="6801 Park Terrace, Suite 530B")
    city = models.CharField(_("city"), max_length=60, default="Los Angeles")
    state = models.CharField(
        _("state"),
        max_length=2,
        default="CA",
        validators=[RegexValidator(r"^[A-Z]{2}$", _("Two capital letters."))],
    )
    postal_code = models.CharField(_("postal code"), max_length=10, default="90045")
    phone = PhoneNumberField(_("phone"), blank=True, default="")
    email = models.EmailField(_("e-mail for the public"), blank=True, default="")
    hours_text = models.CharField(_("office hours, in words"), max_length=200, blank=True, default="")
    reply_working_days = models.PositiveSmallIntegerField(
        _("we answer requests within (working days)"), null=True, blank=True
    )

    # The way here and home.
    parking_text = _text(_("parking"), _("Where, what it costs, how far it is to the door."))
    access_text = _text(
        _("entrance and access"), _("The entrance, steps, elevator, restroom; what somebody in a wheelchair finds.")
    )
    transit_text = _text(_("bus and train"), _("Lines and stops, and how far it is to walk."))
    pickup_text = _text(_("pick-up point"), _("Where whoever takes a patient home can stop and wait."))
    ride_home_text = _text(
        _("your rule for the ride home"),
        _("Who may take a patient home, and whether a taxi or ride app alone will do."),
    )

    # The doctor.
    license_number = _line(_("medical license number"), 20, _("As the Medical Board of California has it."))
    license_url = models.URLField(
        _("where the license can be checked"),
        blank=True,
        default="",
        db_default="",
        help_text=_("The address of this license at search.dca.ca.gov."),
    )
    npi = models.CharField(
        _("NPI"),
        max_length=10,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"^[0-9]{10}\Z", _("Ten digits."))],
        help_text=_("The National Provider Identifier, ten digits."),
    )
    board_certification = _line(
        _("board certification"),
        200,
        _(
            "With the full name of the board and the specialty. California law allows “board certified” only with "
            "the full name of a board that it recognizes."
        ),
    )
    training_text = _text(_("degrees and training"), _("One to a line: what, where, when."))
    languages_text = _line(_("languages spoken at the office"), 200)
    conflicts_text = _text(
        _("payments and interests"),
        _("What a patient should know of payments from makers of medicines and the like. “None” is an answer, too."),
    )
    fictitious_name_permit = _line(
        _("fictitious-name permit"),
        20,
        _("A practice under another name than the doctor’s own needs one in California."),
    )

    # The medicine.
    nasal_products = models.CharField(
        _("nasal medicine offered"), max_length=12, choices=NasalProducts, default=NasalProducts.UNKNOWN
    )
    first_visit_text = _text(
        _("what happens at a first visit"),
        _("Who talks with whom, and whether a treatment can be given that day."),
    )
    rems_certified_on = models.DateField(
        _("certified in the Spravato REMS since"),
        null=True,
        blank=True,
        help_text=_("Only a certified practice may give esketamine."),
    )
    monitoring_text = _text(
        _("how patients are watched after a dose"),
        _("Who watches, with what, how long, and what is done in an emergency."),
    )

    # Money and rules.
    fees_text = _text(_("fees"), _("Exact prices, and what each includes. California law allows no “as low as”."))
    insurers_text = _text(
        _("insurance"), _("Plans you bill; whether you take Medicare and Medi-Cal; what a patient pays first.")
    )
    cancellation_text = _text(
        _("cancellation rules"), _("Until when without a charge, and what is charged after that.")
    )

    # Rights.
    privacy_notice_on = models.DateField(_("notice of privacy practices in effect since"), null=True, blank=True)
    privacy_notice_text = _text(
        _("notice of privacy practices"),
        _("The whole of your own notice under HIPAA. It is shown once its date stands above."),
    )
    accessibility_contact = _line(
        _("contact for accessibility"),
        200,
        _("Whom to tell when somebody can’t use this site or the office; empty for the office itself."),
    )
    free_language_help = models.BooleanField(
        _("help with language is free here"),
        default=False,
        db_default=False,
        help_text=_("Ticked, a page promises it in fifteen languages. So tick it only once it is arranged."),
    )
    demo_fields = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("fields that hold example values"),
        default=list,
        blank=True,
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("facts about the practice")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="practice_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls) -> Self:
        """The one row, or an unsaved one with what is on record."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def phone_display(self) -> str:
        return self.phone.as_national if self.phone else ""

    @property
    def phone_is_demo(self) -> bool:
        return "phone" in self.demo_fields

    @property
    def reply_is_demo(self) -> bool:
        return "reply_working_days" in self.demo_fields

    @property
    def offers_esketamine(self) -> bool:
        return self.nasal_products in (NasalProducts.ESKETAMINE, NasalProducts.BOTH)

    def lacks(self, field: str) -> bool:
        """Whether the practice has not yet stated this fact. Zero is a statement."""
        value = getattr(self, field)
        return value is None or value is False or value in ("", NasalProducts.UNKNOWN)

    def has_demo_values(self) -> bool:
        return bool(self.demo_fields)


class Throttle(models.Model):
    """How often something was done in a window of time, counted by `clinic.throttle`.

    The key is a keyed hash: no address is kept.
    """

    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="throttle_key_window")]
        indexes = [models.Index(fields=["window_start"], name="throttle_window")]

    def __str__(self) -> str:
        return f"{self.key[:8]}… {self.count}"
