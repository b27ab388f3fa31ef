"""The address at which a clinician's calendar program asks for their times."""

from booking.models import Resource
from booking.transactions import in_transaction


def renew_calendar(*, clinician: Resource, seen: int) -> bool:
    """Makes the first address, or one in place of it, which is then closed.

    `seen` is the version that the page had. False where somebody else has made another since.
    """

    def attempt() -> bool:
        found = Resource.objects.filter(pk=clinician.pk, kind=Resource.Kind.CLINICIAN, calendar_version=seen)
        return found.update(calendar_version=seen + 1) == 1

    return in_transaction(attempt, tells=False)
