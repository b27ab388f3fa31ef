"""Rows of booking that are a record of themselves: added, never changed, removed only with the record they are of."""

import pgtrigger

from booking.models import AppointmentEvent, Merge, TakenApart
from clinic.records.models.append_only import append_only

GUARDED = (AppointmentEvent, Merge, TakenApart)

for _model in GUARDED:
    pgtrigger.register(*append_only())(_model)
