from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from booking import when
from booking.admin.reading import PhoneSearchAdmin
from booking.models import Patient


@admin.register(Patient)
class PatientAdmin(PhoneSearchAdmin[Patient]):
    """How to reach people, as they gave it with each request."""

    list_display = ["name", "phone_number", "email", "contact_by", "since"]
    search_fields = ["name", "email", "phone"]
    search_help_text = gettext_lazy("Name, e-mail or phone")
    ordering = ["-created_at", "-pk"]
    list_per_page = 50
    fields = [
        "name", "email", "phone_number", "contact_by", "voicemail_ok", "standing", "insurance",
        "needs_in_words", "since",
    ]  # fmt: skip

    @admin.display(description=gettext_lazy("phone"), ordering="phone")
    def phone_number(self, row: Patient) -> str:
        return str(row.phone.as_national)

    @admin.display(description=gettext_lazy("needs"))
    def needs_in_words(self, row: Patient) -> str:
        return "; ".join(row.needs_display()) or _("none")

    @admin.display(description=gettext_lazy("since"), ordering="created_at")
    def since(self, row: Patient) -> str:
        return when.day_with_year(row.created_at)
