"""Public holidays, as a library knows them, become rows on which staff decide."""

from datetime import date

import holidays

from booking.models import Holiday

YEARS = 3  # this one and the next two: beyond what staff may book


def propose(*, today: date) -> int:
    """Adds the days from today on that are not there yet, to be decided. Returns how many were new.

    What is there stays as it is, decided or not: done twice it is done once.
    """
    known = holidays.country_holidays("US", subdiv="CA", years=range(today.year, today.year + YEARS))
    there = set(Holiday.objects.filter(day__gte=today).values_list("day", flat=True))
    missing = [Holiday(day=day, name=name) for day, name in sorted(known.items()) if day >= today and day not in there]
    Holiday.objects.bulk_create(missing, ignore_conflicts=True)
    return len(missing)


def federal(first: date, last: date) -> frozenset[date]:
    """The federal holidays of those years: no business days, whether or not this office is open on them."""
    return frozenset(holidays.country_holidays("US", years=range(first.year, last.year + 1)))
