"""The verbs of booking. Each is one transaction: rows, an event, messages; after the commit a worker is nudged.

A verb on an appointment is told who (`by`) and when (`now`). Each returns what happened, and raises one of the
errors named here or in `booking.transactions`.
"""

from booking.actions.answers import LATE, cancel, complete, confirm, decline, miss
from booking.actions.blocks import block_time, free_time
from booking.actions.patient import (
    choose_contact,
    clear_for,
    replace_link,
    send_fresh_link,
    tell_ride,
    withdraw_clearance,
)
from booking.actions.requests import NO_RIDE, Details, Requested, Ride, request_another, request_appointment
from booking.actions.reschedule import reschedule, rule_for
from booking.actions.who import PATIENT, SYSTEM, By, NotAllowed, TooLate, TooManyRequests, staff

__all__ = [
    "LATE", "NO_RIDE", "PATIENT", "SYSTEM",
    "By", "Details", "NotAllowed", "Requested", "Ride", "TooLate", "TooManyRequests",
    "block_time", "cancel", "choose_contact", "clear_for", "complete", "confirm", "decline", "free_time", "miss",
    "replace_link", "request_another", "request_appointment", "reschedule", "rule_for", "send_fresh_link", "staff",
    "tell_ride", "withdraw_clearance",
]  # fmt: skip
