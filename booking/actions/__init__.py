"""The verbs of booking. Each is one transaction: rows, an event, messages; after the commit a worker is nudged.

A verb on an appointment is told who (`by`) and when (`now`). Each returns what happened, and raises one of the
errors named here or in `booking.transactions`.
"""

from booking.actions.answers import LATE, cancel, complete, confirm, decline, miss
from booking.actions.arrival import arrive, take_back_arrival
from booking.actions.blocks import block_time, block_times, free_time
from booking.actions.by_hand import PatientElsewhere, book_visit
from booking.actions.calendar_address import renew_calendar
from booking.actions.closing import close_rest, close_time, end_closure, lift_closure
from booking.actions.course_end import cancel_rest
from booking.actions.courses import CourseClash, NotCleared, UsedBefore, place_course
from booking.actions.days import decide_holiday
from booking.actions.earlier import (
    OfferGone,
    ask_for_earlier,
    expire_offers,
    offer_freed_times,
    refuse_offer,
    stop_asking,
    take_offer,
)
from booking.actions.keeping import keep_record, stop_keeping
from booking.actions.merging import Shown, merge_records
from booking.actions.other_times import (
    NoTimeToAnswer,
    TimesTaken,
    offer_times,
    refuse_times,
    withdraw_times,
)
from booking.actions.patient import (
    ChangedMeanwhile,
    Contact,
    choose_contact,
    clear_for,
    correct_contact,
    needing_link,
    replace_link,
    send_fresh_link,
    tell_ride,
    withdraw_clearance,
)
from booking.actions.quietly import cancel_as_asked, cancel_quietly
from booking.actions.requests import NO_RIDE, Details, Requested, Ride, request_another, request_appointment
from booking.actions.reschedule import reschedule, rule_for
from booking.actions.rewording import RewordedMeanwhile, Words, reword
from booking.actions.sessions import SessionStands, place_session
from booking.actions.taking_apart import take_apart
from booking.actions.tasks import TaskSettled, ask_for_estimate, correct_insurance, take_back_tick, tick_off
from booking.actions.who import PATIENT, SYSTEM, By, NotAllowed, TooLate, TooManyRequests, staff

__all__ = [
    "LATE", "NO_RIDE", "PATIENT", "SYSTEM",
    "By", "ChangedMeanwhile", "Contact", "CourseClash", "Details", "NoTimeToAnswer", "NotAllowed", "NotCleared",
    "OfferGone", "PatientElsewhere", "Requested", "RewordedMeanwhile", "Ride", "SessionStands", "Shown", "TaskSettled",
    "TimesTaken", "TooLate", "TooManyRequests", "UsedBefore", "Words",
    "arrive", "ask_for_earlier", "ask_for_estimate", "block_time", "block_times", "book_visit", "cancel",
    "cancel_as_asked", "cancel_quietly", "cancel_rest", "choose_contact", "clear_for", "close_rest", "close_time",
    "complete", "confirm", "correct_contact", "correct_insurance", "decide_holiday", "decline", "end_closure",
    "expire_offers", "free_time", "keep_record", "lift_closure", "merge_records", "miss", "needing_link",
    "offer_freed_times", "offer_times", "place_course", "place_session", "refuse_offer", "refuse_times",
    "renew_calendar", "replace_link", "request_another", "request_appointment", "reschedule", "reword", "rule_for",
    "send_fresh_link", "staff", "stop_asking", "stop_keeping", "take_apart", "take_back_arrival", "take_back_tick",
    "take_offer", "tell_ride", "tick_off", "withdraw_clearance", "withdraw_times",
]  # fmt: skip
