from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StaffConfig(AppConfig):
    name = "clinic.staff"
    label = "staff"
    verbose_name = _("Staff")

    def ready(self) -> None:
        from clinic.staff import checks  # noqa: F401, PLC0415  registering checks needs the models
