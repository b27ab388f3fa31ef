"""Finding people as staff hear of them: words in any order, without accents, numbers however they are written."""

import re
import unicodedata
from functools import reduce
from operator import and_
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F, Func, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Lower, Replace
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from booking.admin.reading import ReadOnlyAdmin
from booking.models import OPEN, Appointment, Patient

M = TypeVar("M", bound=models.Model)

# What the letters of a name carry, once it is taken apart: accents; and the apostrophes that nobody types alike.
MARKS = "[\u0300-\u036f'\u2018\u2019]"
WITHIN_NUMBERS = re.compile(r"[\s().+/-]")
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
    rows = rows.alias(bare_name=bare_in_rows(F(f"{whose}name")))
    fits: Q = reduce(and_, (_fits(word, whose) for word in words))
    if whose:
        rows = rows.alias(letters=_letters())
    else:
        parts = Patient.objects.exclude(merged_into=None).alias(bare_name=bare_in_rows(F("name"))).filter(fits)
        fits |= Q(pk__in=parts.values("merged_into"))
    return rows.filter(fits)


def _fits(word: str, whose: str) -> Q:
    fits = Q(bare_name__contains=bare(word)) | Q(**{f"{whose}email__icontains": word})
    plain = WITHIN_NUMBERS.sub("", word)
    if plain.isascii() and plain.isdecimal():
        fits |= Q(**{f"{whose}phone__contains": plain})
    if not plain:
        return fits
    if whose:
        return fits | Q(letters__icontains=plain)
    return fits | Q(
        pk__in=Appointment.objects.alias(letters=_letters()).filter(letters__icontains=plain).values("patient")
    )


def bare(text: str) -> str:
    """The letters alone, small."""
    return re.sub(MARKS, "", unicodedata.normalize("NFD", text)).lower()


def bare_in_rows(name: F) -> Func:
    """The same in Postgres, which needs no extension for it."""
    apart = Func(name, function="normalize", template="%(function)s(%(expressions)s, NFD)")
    return Lower(Func(apart, Value(MARKS), Value(""), Value("g"), function="regexp_replace"))


def _letters() -> Replace:
    """A reference without its hyphen."""
    return Replace("reference", Value("-"))


class FindingAdmin(ReadOnlyAdmin[M]):
    """A list that is searched in this way. Django shows the box where there are `search_fields`."""

    whose = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        return found(queryset, search_term, whose=self.whose), False


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
