from booking.models.appointment import Appointment, AppointmentEvent
from booking.models.closure import Closure
from booking.models.course import Course, CoursePhase, CourseTemplate
from booking.models.declined import DeclineReason
from booking.models.earlier import EarlierRequest, FreedTime, Offer
from booking.models.hold import NO_OVERLAP, Hold
from booking.models.merge import Merge, TakenApart
from booking.models.message import TO_STAFF, Heartbeat, Kind, Message, Reason, ReminderDay
from booking.models.message_text import MessageText
from booking.models.patient import Clearance, ContactBy, Insurance, Need, Patient, Standing
from booking.models.resource import DatedHours, Holiday, Resource, WeeklyHours
from booking.models.states import COUNTING, FINAL, HOLDING, MOVES, NOTED, OPEN, Actor, Status, Verb, allowed, in_time
from booking.models.task import Task
from booking.models.visit_type import Preparation, VisitType

__all__ = [
    "COUNTING", "FINAL", "HOLDING", "MOVES", "NOTED", "NO_OVERLAP", "OPEN", "TO_STAFF",
    "Actor", "Appointment", "AppointmentEvent", "Clearance", "Closure", "ContactBy", "Course", "CoursePhase",
    "CourseTemplate", "DatedHours", "DeclineReason", "EarlierRequest", "FreedTime", "Heartbeat", "Hold", "Holiday",
    "Insurance", "Kind", "Merge", "Message", "MessageText", "Need", "Offer", "Patient", "Preparation", "Reason",
    "ReminderDay", "Resource", "Standing", "Status", "TakenApart", "Task", "Verb", "VisitType", "WeeklyHours",
    "allowed", "in_time",
]  # fmt: skip
