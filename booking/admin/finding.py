"""Finding people as staff hear of them: words in any order, without accents, numbers however they are written."""

import re
from functools import reduce
from operator import and_
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.reading import ReadOnlyAdmin
from booking.models import OPEN, Appointment, Patient
from booking.models.appointment import REFERENCE_ALPHABET
from booking.text import bare

M = TypeVar("M", bound=models.Model)

WITHIN_NUMBERS = re.compile(r"[\s().+/-]")
REFERENCE_LETTERS = frozenset(REFERENCE_ALPHABET)
WHOLE = 8  # letters of a reference, which its index finds
MOST_WORDS = 8
FOUND = 30  # people shown of a search; more words narrow it down


def found(rows: QuerySet[M], text: str, *, whose: str = "") -> QuerySet[M]:
    """Those of the rows that every word of the text fits: a part of name, e-mail, phone or a visit's reference.

    A record is found by what a part of it holds, too. `whose` leads from a visit to its patient, as “patient__”; empty
    where the rows are patients.
    """
    words = text.replace("\0", "").split()[:MOST_WORDS]
    if not words:
        return rows
    fits: Q = reduce(and_, (_fits(word, whose) for word in words))
    if not whose:
        parts = Patient.objects.exclude(merged_into=None).filter(fits)
        fits |= Q(pk__in=parts.values("merged_into"))
    return rows.filter(fits)


def _fits(word: str, whose: str) -> Q:
    """Patients are looked through first, for there are fewer of them than of visits."""
    plain = WITHIN_NUMBERS.sub("", word)
    theirs = Q(found_by__contains=bare(word))
    if plain.isascii() and plain.isdecimal():
        theirs |= Q(found_by__contains=plain)
    visits = _referred_to(plain.upper())
    if whose:
        whole = Patient.objects.filter(theirs).values(record=Coalesce("merged_into", "pk"))  # which has the visits
        people = Q(**{f"{whose}pk__in": whole})
        return people if visits is None else people | Q(pk__in=visits.values("pk"))
    return theirs if visits is None else theirs | Q(pk__in=visits.values("patient"))


def _referred_to(letters: str) -> QuerySet[Appointment] | None:
    """Visits with these letters in their reference, the hyphen left out. None where no reference can hold them.

    There are no vowels in one, so that most names are not even looked for.
    """
    if not letters or len(letters) > WHOLE or not REFERENCE_LETTERS.issuperset(letters):
        return None
    if len(letters) == WHOLE:
        return Appointment.objects.filter(reference=f"{letters[:4]}-{letters[4:]}")
    return Appointment.objects.alias(letters=Replace("reference", Value("-"))).filter(letters__contains=letters)


class FindingAdmin(ReadOnlyAdmin[M]):
    """A list that is searched in this way. Django shows the box where there are `search_fields`."""

    whose = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        return found(queryset, search_term, whose=self.whose), False


class FoundByVisitAdmin(FindingAdmin[M]):
    """Rows that hang on visits are found as these are: `to_visit` leads from a row to what is `of_visit` there."""

    to_visit, of_visit = "appointment", "pk"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        if not search_term.strip():
            return queryset, False
        visits = found(Appointment.objects.all(), search_term, whose="patient__")
        return queryset.filter(**{f"{self.to_visit}__in": visits.values(self.of_visit)}), False


def find_page(request: HttpRequest, context: dict[str, object]) -> HttpResponse:
    """Who is on record under what was said on the phone, with the visits that are to come."""
    if not request.user.has_perm("booking.view_patient") and not request.user.has_perm("booking.change_patient"):
        raise PermissionDenied
    text = request.GET.get("q", "").replace("\0", "").strip()
    to_come = Appointment.objects.filter(status__in=OPEN, starts_at__gt=timezone.now()).order_by("starts_at", "pk")
    standing = Patient.objects.standing().order_by("-created_at", "-pk")
    people = found(standing, text) if text else Patient.objects.none()
    visits = Prefetch("appointments", to_come.select_related("visit_type", "course"), "to_come")
    context |= {
        "title": _("Find a patient"),
        "query": text,
        "people": list(people.prefetch_related(visits)[: FOUND + 1]),
        "most": FOUND,
    }
    return render(request, "admin/booking/by_hand/find.html", context)
