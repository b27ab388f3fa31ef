"""How long each thing that is stored is kept, how it goes, and why.

This table is the policy: `clinic.records.removal` carries it out, the privacy page states it, and a test fails on a
field that stands under none of the rules.

The spans marked `to_confirm` are the practice's to confirm with its lawyer before they are relied on.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

DAY = timedelta(days=1)
YEAR = timedelta(days=366)  # rather a day too long than one too short


@dataclass(frozen=True, eq=False)
class Rule:
    what: Promise
    kept: Promise
    erased: Promise
    why: Promise
    span: timedelta | None = None  # None where no clock takes it away
    to_confirm: bool = False


RECORD = Rule(
    what=_("Patients and their visits"),
    kept=_("10 years after the patient’s last visit"),
    erased=_("the whole record at once: visits, courses, what happened, every change of them"),
    # Adults in California: 7 years is the usual least.
    why=_("Medical records have to be kept for years after treatment."),
    span=10 * YEAR,
    to_confirm=True,
)
REQUEST = Rule(
    what=_("Requests that were never confirmed"),
    kept=_("1 year after the time asked for"),
    erased=_("with the patient’s row, where it has nothing else"),
    why=_("To answer questions about the request; it became no treatment."),
    span=YEAR,
    to_confirm=True,
)
MESSAGE = Rule(
    what=_("What was sent to whom"),
    kept=_("1 year after it was written, and not before the visit is over"),
    erased=_("the row; the text itself is never stored"),
    why=_("To see what a patient was told."),
    span=YEAR,
)
FREED = Rule(
    what=_("Times that became free"),
    kept=_("1 day after the time has passed"),
    erased=_("the row"),
    why=_("To offer them to those who wait for an earlier time; no person is named."),
    span=DAY,
)
LIMITS = Rule(
    what=_("Counts against misuse"),
    kept=_("2 days"),
    erased=_("the row"),
    why=_("To limit how often something is tried; the key can’t be turned back into an address."),
    span=2 * DAY,
)
SESSION = Rule(
    what=_("Staff’s sessions"),
    kept=_("until they end, at most a working day"),
    erased=_("the row"),
    why=_("To stay signed in."),
    span=timedelta(),
)
FACTORS = Rule(
    what=_("Staff’s second factors"),
    kept=_("until they are taken away, or the account goes"),
    erased=_("by their owner, or by a superuser for a lost phone"),
    why=_("To know that it is really them who signs in; secrets are encrypted."),
)
STAFF_LOG = Rule(
    what=_("Staff’s recent actions"),
    kept=_("1 year"),
    erased=_("the row"),
    why=_("To find again what one has just done; the record of changes is kept apart from it."),
    span=YEAR,
)
PROOF = Rule(
    what=_("Proof of how data were handled"),
    kept=_("6 years"),
    erased=_("the row"),
    why=_("HIPAA asks for documentation to be kept for six years."),
    span=6 * YEAR,
    to_confirm=True,
)
STAFF = Rule(
    what=_("Staff’s accounts"),
    kept=_("as long as records name them"),
    erased=_("by the manager; an account that records name is only switched off"),
    why=_("To know who did what."),
)
PRACTICE = Rule(
    what=_("The practice’s own settings and texts"),
    kept=_("as long as they are in use"),
    erased=_("by staff"),
    why=_("They are about no patient."),
)
TEXTS = Rule(
    what=_("Saved texts and their reviews"),
    kept=_("as long as the page they are of"),
    erased=_("with the page; one that was ever reviewed can’t be deleted"),
    why=_("To show who stood behind which words, and when; they are about no patient."),
)
MACHINE = Rule(
    what=_("What the program needs to run"),
    kept=_("always"),
    erased=_("never; it is about nobody"),
    why=_("They are about no patient."),
)

RULES = (RECORD, REQUEST, MESSAGE, FREED, LIMITS, SESSION, FACTORS, STAFF_LOG, PROOF, STAFF, PRACTICE, TEXTS, MACHINE)

# Tables that are no model's.
TABLES = {
    "staff_cache": LIMITS,  # counts of tries and used codes; each goes after the time that it holds for
    "django_migrations": MACHINE,
}

# Every field by its model. Visits and patients are under RECORD; what never came to be is under REQUEST as a whole row.
FIELDS: dict[str, dict[str, Rule]] = {}


def _of(label: str, rule: Rule, fields: str) -> None:
    FIELDS.setdefault(label, {}).update(dict.fromkeys(fields.split(), rule))


_of(
    "booking.Patient",
    RECORD,
    "id name email phone contact_by voicemail_ok plain_messages language standing insurance needs created_at"
    " kept_because kept_by kept_since found_by merged_into",
)
_of("booking.Clearance", RECORD, "id patient visit_type by at")
_of(
    "booking.Appointment",
    RECORD,
    "id public_id reference submission_id link_version sequence version visit_type patient status starts_at ends_at"
    " created_at agreed_at told_starts_at in_calendar ride_name ride_phone ride_confirmed_at course course_position",
)
_of(
    "booking.AppointmentEvent",
    RECORD,
    "id appointment verb moved_from moved_to from_status to_status by user at reason",
)
_of("booking.Course", RECORD, "id patient template sessions submission_id placed_by placed_at")
_of("booking.Merge", RECORD, "id stays went by at visits courses clearances records dropped before after")
_of("booking.TakenApart", RECORD, "id merge by at")
_of("booking.EarlierRequest", RECORD, "id appointment asked_at ended_at")
_of("booking.Offer", RECORD, "id appointment batch starts_at offered_at expires_at state ended_at")
_of(
    "booking.Task",
    RECORD,
    "id appointment kind occasion due_on created_at done_at done_by dropped_at dropped_because",
)
_of("booking.Hold", RECORD, "id resource period appointment reason offer")
_of(
    "booking.Message",
    MESSAGE,
    "id appointment kind version occasion message_id state reason attempts created_at ready_at due_at lease_token"
    " lease_until sent_at",
)
_of("booking.FreedTime", FREED, "id resource starts_at ends_at freed_at looked_at visit_type day")
_of(
    "booking.VisitType",
    PRACTICE,
    "id slug name description place open_to suits needs_confirmation length_minutes clinician_minutes needs_chair"
    " needs_ride needs_monitoring_form buffer_before_minutes buffer_after_minutes step_minutes notice_hours"
    " horizon_days cutoff_hours daily_limit join_url bring_text is_demo is_active order",
)
_of("booking.Preparation", PRACTICE, "id visit_type text minutes_before order")
_of(
    "booking.CourseTemplate",
    PRACTICE,
    "id name visit_type review_type review_after_session min_gap_days max_gap_days is_active is_demo",
)
_of("booking.CoursePhase", PRACTICE, "id template order sessions per_week every_weeks every_weeks_most")
_of("booking.Resource", PRACTICE, "id kind name turnover_minutes is_active calendar_version account")
_of("booking.WeeklyHours", PRACTICE, "id clinician weekday opens closes")
_of("booking.DatedHours", PRACTICE, "id clinician day opens closes note")
_of("booking.Closure", PRACTICE, "id period reason by at ended_at")
_of("booking.Closure_resources", PRACTICE, "id closure resource")
_of("booking.Holiday", PRACTICE, "id day name decision decided_by decided_at")
_of("booking.ReminderDay", PRACTICE, "id about days_before")
_of("booking.MessageText", PRACTICE, "kind subject opening more changed_by changed_at")
_of("booking.Heartbeat", MACHINE, "id at")
_of(
    "clinic.Practice",
    PRACTICE,
    "id name clinician street city state postal_code phone email reply_working_days nasal_products hours_text"
    " parking_text access_text transit_text pickup_text ride_home_text license_number license_url npi"
    " board_certification training_text languages_text conflicts_text fictitious_name_permit first_visit_text"
    " rems_certified_on monitoring_text fees_text insurers_text cancellation_text privacy_notice_on privacy_notice_text"
    " accessibility_contact free_language_help demo_fields updated_at",
)
_of("clinic.Throttle", LIMITS, "id key window_start count")
_of("content.Source", PRACTICE, "id loaded updated_at key authors title container year doi url kind note")
_of("content.SafetyStatement", PRACTICE, "id loaded updated_at key title text level")
_of(
    "content.Page",
    PRACTICE,
    "id loaded updated_at path language kind parent nav_order title h1 summary key_facts body must_say published"
    " reviewed_by reviewed_on next_review_on changed_on html toc sources statements related noindex plain_headings"
    " plain_text notices text_hash search",
)
_of("content.Notice", PRACTICE, "id loaded updated_at key title text legal_basis checked_on exempt")
_of("content.Redirect", PRACTICE, "id old_path page created_at")
_of("content.Revision", TEXTS, "id page values state origin saved_by saved_by_name saved_at")
_of(
    "content.Review",
    TEXTS,
    "id page text_hash reviewer role decision notes reviewed_on next_review_on recorded_by recorded_at",
)
_of("records.Removal", PROOF, "id at what count")
_of("records.Erasure", PROOF, "id at by reason records visits messages changes others")
_of("records.Reading", PROOF, "id at user page route patients visits")
_of("admin.LogEntry", STAFF_LOG, "id action_time user content_type object_id object_repr action_flag change_message")
_of("sessions.Session", SESSION, "session_key session_data expire_date")
_of("usersessions.UserSession", SESSION, "id user created_at ip last_seen_at session_key user_agent data")
_of("mfa.Authenticator", FACTORS, "id user type data created_at last_used_at")
# Not used: staff have no address that a mail would prove.
_of("account.EmailAddress", STAFF, "id user email verified primary")
_of("account.EmailConfirmation", STAFF, "id email_address created sent key")
_of(
    "auth.User",
    STAFF,
    "id password last_login is_superuser username first_name last_name email is_staff is_active date_joined",
)
_of("auth.User_groups", STAFF, "id user group")
_of("auth.User_user_permissions", STAFF, "id user permission")
_of("auth.Group", MACHINE, "id name")
_of("auth.Group_permissions", MACHINE, "id group permission")
_of("auth.Permission", MACHINE, "id name content_type codename")
_of("contenttypes.ContentType", MACHINE, "id app_label model")
# Not used: who and why stand in each change.
_of("pghistory.Context", MACHINE, "id created_at updated_at metadata")


# What the records call tables of others, in the names of changes.
NAMES = {
    "Account": "auth.User",
    "Membership": "auth.User_groups",
    "OwnPermission": "auth.User_user_permissions",
    "RolePermission": "auth.Group_permissions",
    "Factor": "mfa.Authenticator",
}


def rule_of(label: str, field: str) -> Rule | None:
    """The rule of a field; a change that was kept goes by that of the row it is of, if that is a patient's; else by
    that of proof: who has changed the settings, and who could get in when.
    """
    if label in FIELDS:
        return FIELDS[label].get(field)
    app, _dot, name = label.partition(".")
    if app != "records" or not name.endswith("Change"):
        return None
    tracked = name.removesuffix("Change")
    tracked = NAMES.get(tracked, tracked).partition(".")[2] or tracked
    [fields] = [fields for known, fields in FIELDS.items() if known.partition(".")[2] == tracked]
    if field.startswith("pgh_"):
        field = next(iter(fields))  # the key
    rule = fields.get(field)
    return PROOF if rule in (PRACTICE, STAFF, MACHINE, FACTORS) else rule
