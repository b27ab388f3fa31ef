"""What staff see: requests to answer, the visits, who is free when, and the messages."""

from booking.admin.appointment import AppointmentAdmin
from booking.admin.block import HoldAdmin
from booking.admin.course import CourseAdmin, CourseTemplateAdmin
from booking.admin.earlier import EarlierRequestAdmin, OfferAdmin
from booking.admin.holiday import HolidayAdmin
from booking.admin.kinds import VisitTypeAdmin
from booking.admin.message import MessageAdmin
from booking.admin.message_text import MessageTextAdmin
from booking.admin.patient import PatientAdmin
from booking.admin.schedule import ReminderDayAdmin, ResourceAdmin
from booking.admin.tasks import TaskAdmin

__all__ = [
    "AppointmentAdmin", "CourseAdmin", "CourseTemplateAdmin", "EarlierRequestAdmin", "HoldAdmin", "HolidayAdmin",
    "MessageAdmin", "MessageTextAdmin", "OfferAdmin", "PatientAdmin", "ReminderDayAdmin", "ResourceAdmin",
    "TaskAdmin", "VisitTypeAdmin",
]  # fmt: skip
