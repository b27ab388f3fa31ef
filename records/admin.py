"""The records as staff read them. Nothing here can be changed."""

from django.contrib import admin
from django.utils.translation import gettext_lazy

from booking import when
from booking.admin.reading import ReadOnlyAdmin
from records.models import Removal


@admin.register(Removal)
class RemovalAdmin(ReadOnlyAdmin[Removal]):
    list_display = ["moment", "what", "count"]
    list_display_links = None
    list_filter = ["what"]
    ordering = ["-at", "-pk"]
    list_per_page = 100
    sortable_by = ()

    @admin.display(description=gettext_lazy("when"))
    def moment(self, row: Removal) -> str:
        return when.whole(row.at)
