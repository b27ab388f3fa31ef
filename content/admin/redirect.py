from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from content.admin.words import PlainChoices
from content.models import Redirect


@admin.register(Redirect)
class RedirectAdmin(PlainChoices):
    list_display = ["old_path", "page", "created_at"]
    list_select_related = ["page"]
    search_fields = ["old_path", "page__path"]
    fieldsets = [
        (
            None,
            {
                "fields": ["old_path", "page"],
                "description": _(
                    "Whoever opens the old address is led to the page, wherever it stands then. When a page gets"
                    " another path, its old address is added here by itself."
                ),
            },
        )
    ]
