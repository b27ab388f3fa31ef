"""What every text has in common that comes from a file and may then be edited by staff."""

from datetime import date
from typing import Any, ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

key_validator = RegexValidator(r"^[a-z0-9-]+\Z", _("Small letters, digits and hyphens."))


class LoadedText(models.Model):
    """What comes from a file and may then be edited by staff. What was loaded is kept, to tell the two apart."""

    TEXT_FIELDS: ClassVar[tuple[str, ...]] = ()

    # By name, so that a field that comes later makes no text look edited.
    loaded = models.JSONField(_("as last loaded"), default=dict, editable=False)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        abstract = True

    def text_values(self) -> dict[str, Any]:
        """As `loaded` keeps them, which is JSON."""
        values = {field: getattr(self, field) for field in self.TEXT_FIELDS}
        return {field: value.isoformat() if isinstance(value, date) else value for field, value in values.items()}

    def clean(self) -> None:
        """Text from a form comes with other line ends; left so, every save would look like an edit."""
        for field in self.TEXT_FIELDS:
            if isinstance(value := getattr(self, field), str):
                setattr(self, field, value.replace("\r\n", "\n").replace("\r", "\n").strip())

    def differs(self) -> bool:
        """Whether anything but the date differs from what is stored."""
        stored = type(self)._default_manager.filter(pk=self.pk).first()
        names = [field.attname for field in self._meta.concrete_fields if field.name != "updated_at"]
        return stored is None or any(getattr(stored, name) != getattr(self, name) for name in names)

    def is_edited(self) -> bool:
        """Whether staff changed the text since it was loaded, or wrote it themselves."""
        values = self.text_values()
        return not self.loaded or any(values.get(name) != value for name, value in self.loaded.items())
