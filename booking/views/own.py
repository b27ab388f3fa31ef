"""What every page of one visit begins with: the appointment that this browser has opened with its link."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from booking import links
from booking.actions import TooManyRequests
from booking.models import Appointment
from booking.transactions import Busy

P = ParamSpec("P")


def own_visit(view: Callable[Concatenate[HttpRequest, Appointment, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Gives the view the appointment instead of its public id, if this browser came by its link lately.

    If not, the page offers to mail a fresh link. Where the database made everybody wait, nothing was stored, and the
    page offers to press again; where it was changed too often in a day, the page says whom to call.
    """

    @wraps(view)
    def opened(request: HttpRequest, public_id: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        appointment = links.opened(request, public_id)
        if appointment is None:
            return closed(request, public_id)
        try:
            return view(request, appointment, *args, **kwargs)
        except Busy:
            return _again(request, appointment)
        except TooManyRequests:
            return render(request, "booking/visit_too_often.html", {"appointment": appointment}, status=429)

    return opened


def closed(request: HttpRequest, public_id: str = "") -> HttpResponse:
    """One page for a wrong link, a cut one and a browser that has not come by a link lately.

    It is the same whether or not there is such a visit.
    """
    return render(request, "booking/link_unknown.html", {"public_id": public_id}, status=404)


def _again(request: HttpRequest, appointment: Appointment) -> HttpResponse:
    """Everything that was posted, ready to be posted again."""
    posted = [(name, value) for name, values in request.POST.lists() for value in values]
    fields = [(name, value) for name, value in posted if name != "csrfmiddlewaretoken"]
    return render(request, "booking/visit_busy.html", {"appointment": appointment, "fields": fields}, status=503)
