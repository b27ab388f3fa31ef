from booking.models.appointment import Appointment, AppointmentEvent
from booking.models.message import Heartbeat, Kind, Message
from booking.models.patient import ContactBy, Insurance, Need, Patient, Standing
from booking.models.schedule import NO_OVERLAP, Hold, Resource, VisitType, WeeklyHours
from booking.models.states import FINAL, HOLDING, MOVES, OPEN, Actor, Status, Verb, allowed, in_time

__all__ = [
    "FINAL", "HOLDING", "MOVES", "NO_OVERLAP", "OPEN",
    "Actor", "Appointment", "AppointmentEvent", "ContactBy", "Heartbeat", "Hold", "Insurance", "Kind", "Message",
    "Need", "Patient", "Resource", "Standing", "Status", "Verb", "VisitType", "WeeklyHours", "allowed", "in_time",
]  # fmt: skip
