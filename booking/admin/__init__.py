"""What staff see: requests to answer, the visits, who is free when, and the messages."""

from booking.admin.appointment import AppointmentAdmin
from booking.admin.block import HoldAdmin
from booking.admin.message import MessageAdmin
from booking.admin.patient import PatientAdmin
from booking.admin.schedule import ResourceAdmin, VisitTypeAdmin

__all__ = [
    "AppointmentAdmin", "HoldAdmin", "MessageAdmin", "PatientAdmin", "ResourceAdmin", "VisitTypeAdmin",
]  # fmt: skip
