from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContentConfig(AppConfig):
    name = "content"
    verbose_name = _("Information pages")

    def ready(self) -> None:
        from content import checks  # noqa: F401, PLC0415  registers the checks, once models are loaded
