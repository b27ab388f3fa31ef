from booking.models.appointment import Appointment, AppointmentEvent
from booking.models.course import Course, CoursePhase, CourseTemplate
from booking.models.earlier import EarlierRequest, FreedTime, Offer
from booking.models.hold import NO_OVERLAP, Hold
from booking.models.merge import Merge, TakenApart
from booking.models.message import TO_STAFF, Heartbeat, Kind, Message, Reason, ReminderDay
from booking.models.patient import Clearance, ContactBy, Insurance, Need, Patient, Standing
from booking.models.resource import DatedHours, Holiday, Resource, WeeklyHours
from booking.models.states import COUNTING, FINAL, HOLDING, MOVES, OPEN, Actor, Status, Verb, allowed, in_time
from booking.models.visit_type import Preparation, VisitType

__all__ = [
    "COUNTING", "FINAL", "HOLDING", "MOVES", "NO_OVERLAP", "OPEN", "TO_STAFF",
    "Actor", "Appointment", "AppointmentEvent", "Clearance", "ContactBy", "Course", "CoursePhase", "CourseTemplate",
    "DatedHours", "EarlierRequest", "FreedTime", "Heartbeat", "Hold", "Holiday", "Insurance", "Kind", "Merge",
    "Message", "Need", "Offer", "Patient", "Preparation", "Reason", "ReminderDay", "Resource", "Standing", "Status",
    "TakenApart", "Verb", "VisitType", "WeeklyHours", "allowed", "in_time",
]  # fmt: skip
