"""What both `content` and `booking` rest on: the practice's own facts, and the counter behind the limits."""

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class NasalProducts(models.TextChoices):
    UNKNOWN = "unknown", _("not yet stated")
    ESKETAMINE = "esketamine", _("esketamine (Spravato)")
    COMPOUNDED = "compounded", _("compounded ketamine spray")
    BOTH = "both", _("both")


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
    reply_working_days = models.PositiveSmallIntegerField(
        _("we answer requests within (working days)"), null=True, blank=True
    )
    nasal_products = models.CharField(
        _("nasal medicine offered"), max_length=12, choices=NasalProducts, default=NasalProducts.UNKNOWN
    )
    hours_text = models.CharField(_("office hours, in words"), max_length=200, blank=True, default="")
    parking_text = models.TextField(_("parking, entrance and pick-up point"), blank=True, default="")
    fees_text = models.TextField(_("fees and insurance"), blank=True, default="")
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
