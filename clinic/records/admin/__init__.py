"""The records as staff read them. Nothing here can be changed."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from booking import when
from booking.admin.reading import ReadOnlyAdmin
from booking.models import Appointment, Patient
from clinic.records import words
from clinic.records.admin.patient import WholeRecordAdmin
from clinic.records.models import Erasure, Reading, Removal
from clinic.records.together import readings_of

# The same pages, with what only the records can do.
admin.site.unregister(Patient)
admin.site.register(Patient, WholeRecordAdmin)

NAMED = 3  # in a row of the list; the page of a reading names all


class PatientFilter(admin.SimpleListFilter):
    """For a link from a patient's page, and to take it off again. Whom to look for is typed into the search."""

    title = gettext_lazy("patient")
    parameter_name = "patient"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = Patient.objects.filter(pk=self._key()).first()
        return [(str(found.pk), found.name)] if found else []

    def has_output(self) -> bool:
        return self._key() > 0

    def queryset(self, request: HttpRequest, queryset: QuerySet[Reading]) -> QuerySet[Reading]:
        if not self._key():
            return queryset
        # Of a record, also what was read of those that are a part of it.
        whole = Patient.objects.one_person(self._key()).values_list("pk", flat=True)
        return queryset.filter(readings_of({self._key(), *whole}))

    def _key(self) -> int:
        given = str(self.used_parameters.get(self.parameter_name, ""))
        return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


class ReadingList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """With the names of the first patients of each row, asked for once."""
        super().get_results(request)
        rows: list[Any] = list(self.result_list)
        names = Patient.objects.in_bulk({key for row in rows for key in row.patients[:NAMED]})
        for row in rows:
            row.named = [(key, names.get(key)) for key in row.patients[:NAMED]]
        self.result_list = rows


@admin.register(Reading)
class ReadingAdmin(ReadOnlyAdmin[Reading]):
    list_display = ["moment", "who", "page", "whose"]
    list_display_links = ["moment"]
    list_filter = [PatientFilter, ("at", admin.DateFieldListFilter), "page", "user"]
    search_fields = ["pk"]  # so that the field is there; see get_search_results
    search_help_text = gettext_lazy("Name, e-mail or phone of a patient, or the reference of a visit")
    list_select_related = ["user"]
    date_hierarchy = "at"
    ordering = ["-at", "-pk"]
    list_per_page = 50
    sortable_by = ()
    fields = ["moment", "who", "page", "route", "patients_named", "visits_named"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ReadingList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Reading], search_term: str
    ) -> tuple[QuerySet[Reading], bool]:
        """Whose data were read: what is typed stands in their own rows, not in these."""
        if not search_term.strip():
            return queryset, False
        term = search_term.strip()
        theirs = Q(name__icontains=term) | Q(email__icontains=term) | Q(appointments__reference__iexact=term)
        digits = "".join(letter for letter in term if letter.isdecimal())
        if len(digits) > 3:
            theirs |= Q(phone__contains=digits)
        keys = list(Patient.objects.filter(theirs).values_list("pk", flat=True).distinct()[:1000])
        return queryset.filter(readings_of(keys)), False

    @admin.display(description=gettext_lazy("when (Pacific time)"))
    def moment(self, row: Reading) -> str:
        return f"{when.day_with_year(row.at)}, {when.clock(row.at)}"

    @admin.display(description=gettext_lazy("who"))
    def who(self, row: Reading) -> str:
        return words.user(row.user) if row.user else _("nobody signed in")

    @admin.display(description=gettext_lazy("whose data"))
    def whose(self, row: Any) -> SafeString:
        more = len(row.patients) - NAMED
        named = _linked(row.named)
        if more <= 0:
            return named
        told = ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more}
        return format_html("{} {}", named, told)

    @admin.display(description=gettext_lazy("patients"))
    def patients_named(self, row: Reading) -> SafeString:
        names = Patient.objects.in_bulk(row.patients)
        return _linked([(key, names.get(key)) for key in row.patients])

    @admin.display(description=gettext_lazy("visits"))
    def visits_named(self, row: Reading) -> str:
        references = Appointment.objects.filter(pk__in=row.visits).order_by("pk").values_list("reference", flat=True)
        gone = len(row.visits) - len(references)
        return "; ".join([*references, *([_("%(count)s no longer there") % {"count": gone}] if gone else [])])


def _linked(patients: list[tuple[int, Patient | None]]) -> SafeString:
    """By name, to what was read of this patient; by number where the record is no longer there."""
    base = reverse("admin:records_reading_changelist")
    return format_html_join(
        "; ",
        '<a href="{}?patient={}">{}</a>',
        ((base, key, found.name if found else _("record %(key)s") % {"key": key}) for key, found in patients),
    )


@admin.register(Removal)
class RemovalAdmin(ReadOnlyAdmin[Removal]):
    list_display = ["moment", "what", "count"]
    list_display_links = ["moment"]  # a table without a link can't be reached, and so not scrolled, by the keyboard
    list_filter = ["what"]
    ordering = ["-at", "-pk"]
    list_per_page = 100
    sortable_by = ()

    @admin.display(description=gettext_lazy("when"))
    def moment(self, row: Removal) -> str:
        return when.whole(row.at)


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin[Erasure]):
    list_display = ["moment", "who", "reason", "numbers", "visits", "messages", "changes", "others"]
    list_display_links = ["moment"]
    list_select_related = ["by"]
    ordering = ["-at", "-pk"]
    list_per_page = 100
    sortable_by = ()
    fields = ["moment", "who", "reason", "numbers", "visits", "messages", "changes", "others"]

    @admin.display(description=gettext_lazy("when"))
    def moment(self, row: Erasure) -> str:
        return f"{when.day_with_year(row.at)}, {when.clock(row.at)}"

    @admin.display(description=gettext_lazy("who"))
    def who(self, row: Erasure) -> str:
        return words.user(row.by)

    @admin.display(description=gettext_lazy("numbers of the records"))
    def numbers(self, row: Erasure) -> str:
        return ", ".join(str(key) for key in row.records)
