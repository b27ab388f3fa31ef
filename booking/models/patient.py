"""Who asks for a visit. What a visitor types makes a new row; it never alters one that is there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


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


class Patient(models.Model):
    """How to reach one person, as given with one request. Only what is needed; no health details."""

    name = models.CharField(_("name"), max_length=120)
    email = models.EmailField(_("e-mail"), max_length=254)
    phone = PhoneNumberField(_("phone"))
    contact_by = models.CharField(_("contact"), max_length=10, choices=ContactBy)
    voicemail_ok = models.BooleanField(_("a voicemail may be left"), default=False)
    standing = models.CharField(_("been here before"), max_length=10, choices=Standing)
    insurance = models.CharField(_("uses insurance"), max_length=10, choices=Insurance)
    needs = ArrayField(models.CharField(max_length=20, choices=Need), verbose_name=_("needs"), default=list, blank=True)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [models.Index(fields=["email"], name="patient_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        return self.name.split()[0] if self.name.split() else self.name

    def needs_display(self) -> list[str]:
        return [str(Need(need).label) for need in self.needs]
