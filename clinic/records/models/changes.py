"""What every change of a row left behind. Triggers write these rows, so nothing passes them by: not a bulk update, not
the shell, not psql. Each holds the whole row as it was after the change, or before its end; who and why come with it.
"""

from typing import Any

import pghistory
import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from booking.models import (
    Appointment,
    Clearance,
    Closure,
    Course,
    CoursePhase,
    CourseTemplate,
    DatedHours,
    Hold,
    Holiday,
    MessageText,
    Offer,
    Patient,
    Preparation,
    ReminderDay,
    Resource,
    Task,
    VisitType,
    WeeklyHours,
)
from clinic.models import Practice
from clinic.records.models.append_only import append_only
from clinic.records.models.staff import Account, Factor, Membership, OwnPermission, RolePermission
from content.models import Notice, Page, Redirect, Review, SafetyStatement, Source

INSERT, UPDATE, DELETE = "insert", "update", "delete"
FOUND = "found"  # the row was there before its changes were kept
PASSWORD = "password"  # noqa: S105  of an account; neither the old nor the new one is kept

Change = type[models.Model]


def kept(
    tracked: type[models.Model],
    *,
    without: tuple[str, ...] = (),
    if_new: pgtrigger.Condition | None = None,
    if_old: pgtrigger.Condition | None = None,
    besides: tuple[pghistory.Tracker, ...] = (),
) -> Change:
    """The model of the changes of another. `without` are fields of no interest; conditions choose among the rows.

    An update that changes none of the fields kept leaves no row.
    """
    name = str(tracked._meta.object_name)
    changed = pgtrigger.AnyChange(*_names(tracked, without))
    meta: dict[str, Any] = {
        "triggers": append_only(),
        "default_permissions": ("view",),
        "verbose_name": _("change"),
        "verbose_name_plural": _("changes"),
    }
    return pghistory.create_event_model(
        tracked,
        pghistory.InsertEvent(INSERT, condition=if_new, trigger_name="keep_insert"),
        pghistory.UpdateEvent(UPDATE, condition=if_new or changed, trigger_name="keep_update"),
        pghistory.DeleteEvent(DELETE, condition=if_old, trigger_name="keep_delete"),
        *besides,
        exclude=list(without),
        obj_field=pghistory.ObjForeignKey(related_name="changes", related_query_name="+"),
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]  # which its own description allows
        app_label="records",
        model_name=f"{name}Change",
        meta=meta,
        abstract=False,
    )


def _names(tracked: type[models.Model], without: tuple[str, ...]) -> list[str]:
    return [field.name for field in tracked._meta.concrete_fields if field.name not in without]


# Made anew from the text, or by the loading of files.
LOADED = ("loaded", "updated_at")
RENDERED = (*Page.MADE_FIELDS, "search", *LOADED)

PatientChange = kept(Patient, without=("found_by",))  # made of the others
# What a message has told changes whenever one goes.
AppointmentChange = kept(Appointment, without=("told_starts_at", "in_calendar"))
ClearanceChange = kept(Clearance)
CourseChange = kept(Course)
OfferChange = kept(Offer)
TaskChange = kept(Task)
# Only what staff block: what a visit or an offer holds follows from the visit and the offer.
BLOCK = {"appointment__isnull": True, "offer__isnull": True}
HoldChange = kept(
    Hold,
    if_new=pgtrigger.Q(**{f"new__{name}": value for name, value in BLOCK.items()}),
    if_old=pgtrigger.Q(**{f"old__{name}": value for name, value in BLOCK.items()}),
)
ClosureChange = kept(Closure)  # of whom it is, is settled as it is made
HolidayChange = kept(Holiday)
ResourceChange = kept(Resource)
WeeklyHoursChange = kept(WeeklyHours)
DatedHoursChange = kept(DatedHours)
VisitTypeChange = kept(VisitType)
PreparationChange = kept(Preparation)
CourseTemplateChange = kept(CourseTemplate)
CoursePhaseChange = kept(CoursePhase)
ReminderDayChange = kept(ReminderDay)
# By whom and when stands in each change anyway.
MessageTextChange = kept(MessageText, without=("changed_by", "changed_at"))
PracticeChange = kept(Practice, without=("updated_at",))
PageChange = kept(Page, without=RENDERED)
SafetyStatementChange = kept(SafetyStatement, without=LOADED)
NoticeChange = kept(Notice, without=LOADED)
SourceChange = kept(Source, without=LOADED)
# Saved texts are rows that are only added; they are a record of themselves.
ReviewChange = kept(Review)
RedirectChange = kept(Redirect)
# Who works here, what they may do, and with what they prove who they are; nothing that would open anything.
_NEW_PASSWORD = pghistory.UpdateEvent(PASSWORD, condition=pgtrigger.AnyChange("password"), trigger_name="keep_password")
AccountChange = kept(Account, without=("password", "last_login"), besides=(_NEW_PASSWORD,))
MembershipChange = kept(Membership)
OwnPermissionChange = kept(OwnPermission)
RolePermissionChange = kept(RolePermission)
FactorChange = kept(Factor, without=("data", "last_used_at"))

CHANGES: dict[type[models.Model], Change] = {
    change.pgh_tracked_model: change  # type: ignore[attr-defined]  # set by pghistory
    for change in (
        PatientChange, AppointmentChange, ClearanceChange, CourseChange, OfferChange, TaskChange, HoldChange,
        ClosureChange, HolidayChange,
        ResourceChange, WeeklyHoursChange, DatedHoursChange, VisitTypeChange, PreparationChange, CourseTemplateChange,
        CoursePhaseChange, ReminderDayChange, MessageTextChange, PracticeChange, PageChange, SafetyStatementChange,
        NoticeChange, SourceChange, ReviewChange, RedirectChange, AccountChange, MembershipChange, OwnPermissionChange,
        RolePermissionChange, FactorChange,
    )
}  # fmt: skip
