from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecordsConfig(AppConfig):
    name = "clinic.records"
    label = "records"  # of its tables and permissions
    verbose_name = _("Records")
