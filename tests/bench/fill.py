"""A practice as it would look after years: visits, patients, holds, events, messages and readings, by bulk statements.

Nothing of it is by chance: the same numbers make the same rows. What is asked for, confirmed, moved or missed stands in
the shares that a practice might have.
"""

from datetime import datetime
from io import StringIO
from typing import Any

from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from booking.models import Resource, WeeklyHours

CLINICIANS, CHAIRS = 6, 4
A_DAY = CLINICIANS * 8  # visits
AHEAD = 40  # working days that are booked

# Each working day from 9 to 4, each clinician: so many that no two hold the same person at once.
SLOTS = """
CREATE TEMPORARY TABLE slot AS
WITH days AS (
    SELECT day::date, row_number() OVER (ORDER BY day DESC) AS back
    FROM generate_series(%(today)s::date - interval '14 years', %(today)s::date + interval '100 days', '1 day') AS day
    WHERE extract(isodow FROM day) < 6
      AND day <= %(today)s::date + interval '1 day' * (%(ahead)s * 7 / 5)
), people AS (
    SELECT id AS clinician, row_number() OVER (ORDER BY id) - 1 AS place FROM booking_resource WHERE kind = 'clinician'
), chairs AS (
    SELECT id AS chair, row_number() OVER (ORDER BY id) - 1 AS place FROM booking_resource WHERE kind = 'chair'
), kinds AS (
    SELECT id AS kind, needs_chair, row_number() OVER (PARTITION BY needs_chair ORDER BY id) - 1 AS place,
           count(*) OVER (PARTITION BY needs_chair) AS kinds
    FROM booking_visittype
)
SELECT n, n * 7919 %% 100 AS dice,
       translate(lpad((n / 10000)::text, 4, '0') || '-' || lpad((n %% 10000)::text, 4, '0'), '01', 'XY') AS reference,
       clinician, chair, kind, starts_at,
       least(starts_at, %(now)s) - interval '1 day' * (2 + n %% 23) - interval '1 minute' * (n %% 471) AS asked_at
FROM (
    SELECT row_number() OVER (ORDER BY back, hour, place) AS n, clinician, place,
           (day + make_time(hour, 0, 0)) AT TIME ZONE 'America/Los_Angeles' AS starts_at
    FROM days CROSS JOIN generate_series(9, 16) AS hour CROSS JOIN people
    ORDER BY n LIMIT %(visits)s
) AS places
LEFT JOIN chairs ON chairs.place = places.place AND (n / 6) %% 2 = 0
JOIN kinds ON needs_chair = (chair IS NOT NULL) AND kinds.place = (n / 12) %% kinds
"""

PATIENTS = """
INSERT INTO booking_patient (name, email, phone, contact_by, voicemail_ok, plain_messages, language, standing,
                             insurance, needs, created_at, kept_because)
SELECT (ARRAY['Ana', 'Zoë', 'José', 'Bo', 'Chloé', 'Đặng', 'Mei', 'Noor', 'Siân', 'Tomás', 'Ürsula'])[1 + n %% 11]
       || ' ' || (ARRAY['Díaz', 'Núñez', 'O’Neill', 'Lind', 'Smith', 'García', 'Nguyễn', 'Müller', 'Roth', 'Ito',
                 'Kowalczyk', 'Åberg', 'Brown'])[1 + n %% 13] || chr(97 + n %% 26) || chr(97 + n / 26 %% 26),
       'person' || n || '@example.test', '+1' || 2130000000 + n * 97 %% 9999999, 'either', n %% 2 = 0, n %% 9 = 0, 'en',
       (ARRAY['new', 'returning', 'unsure'])[1 + n %% 3], (ARRAY['yes', 'no', 'unsure'])[1 + n %% 3],
       CASE WHEN n %% 20 = 0 THEN ARRAY['interpreter'] ELSE '{}' END, %(now)s - interval '1 hour' * n, ''
FROM generate_series(1, %(patients)s) AS n
"""

VISITS = """
INSERT INTO booking_appointment (public_id, reference, submission_id, link_version, sequence, version, visit_type_id,
                                 patient_id, status, starts_at, ends_at, created_at, agreed_at, told_starts_at,
                                 in_calendar, ride_name, ride_phone, ride_confirmed_at)
SELECT left(md5('public' || n), 22), reference, gen_random_uuid(), 1, 0, 1, kind,
       (SELECT min(id) FROM booking_patient) + n * 31 %% %(patients)s,
       CASE WHEN dice >= 96 THEN 'declined'
            WHEN starts_at >= %(now)s AND asked_at > %(now)s - interval '3 days' THEN 'requested'
            WHEN starts_at >= %(now)s THEN 'confirmed'
            WHEN dice < 80 THEN 'completed' WHEN dice < 86 THEN 'no_show' ELSE 'cancelled' END,
       starts_at, starts_at + interval '45 minutes', asked_at, asked_at,
       starts_at, false, '', '', CASE WHEN dice < 60 THEN asked_at END
FROM slot ORDER BY n DESC
"""

HOLDS = """
INSERT INTO booking_hold (resource_id, period, appointment_id, reason)
SELECT resource, tstzrange(slot.starts_at, slot.starts_at + interval '50 minutes'), visit.id, ''
FROM slot JOIN booking_appointment AS visit USING (reference)
CROSS JOIN LATERAL (VALUES (clinician), (chair)) AS held (resource)
WHERE resource IS NOT NULL AND status IN ('requested', 'confirmed', 'completed', 'no_show')
"""

EVENTS = """
INSERT INTO booking_appointmentevent (appointment_id, verb, from_status, to_status, by, user_id, at)
SELECT visit.id, verb, origin, target, by, CASE WHEN by = 'staff' THEN %(user)s END, at
FROM booking_appointment AS visit
CROSS JOIN LATERAL (
    VALUES (1, CASE WHEN id %% 10 < 8 THEN 'request' ELSE 'book' END, '', 'requested',
            CASE WHEN id %% 10 < 8 THEN 'patient' ELSE 'staff' END, created_at),
           (2, CASE WHEN status = 'declined' THEN 'decline' ELSE 'confirm' END, 'requested',
            CASE WHEN status = 'declined' THEN 'declined' ELSE 'confirmed' END, 'staff',
            created_at + interval '1 minute' * (id * 37 %% 2000)),
           (3, CASE status WHEN 'no_show' THEN 'miss' WHEN 'cancelled' THEN 'cancel' ELSE 'complete' END, 'confirmed',
            status, CASE WHEN status = 'cancelled' THEN 'patient' ELSE 'staff' END, starts_at + interval '1 hour')
) AS happened (place, verb, origin, target, by, at)
WHERE place = 1 OR (place = 2 AND status <> 'requested' AND id %% 10 < 8)
   OR (place = 3 AND status IN ('completed', 'no_show', 'cancelled'))
ORDER BY visit.id, place
"""

MESSAGES = """
INSERT INTO booking_message (appointment_id, kind, version, occasion, message_id, state, reason, attempts, created_at,
                             ready_at, due_at, sent_at)
SELECT id, kind, 1, '', gen_random_uuid(), state, CASE WHEN state = 'failed' THEN 'SMTPDataError 554' ELSE '' END, 1,
       at, at, at, CASE WHEN state = 'sent' THEN at END
FROM booking_appointment
CROSS JOIN LATERAL (
    VALUES ('received', created_at), ('confirmed', agreed_at), ('reminder', starts_at - interval '2 days')
) AS told (kind, at)
CROSS JOIN LATERAL (
    SELECT CASE WHEN id %% 9000 = 0 AND kind = 'received' THEN 'failed' ELSE 'sent' END AS state
) AS gone
WHERE at < %(now)s
"""

READINGS = """
INSERT INTO records_reading (at, user_id, page, route, patients, visits)
SELECT %(now)s - interval '1 minute' * n * 13, %(user)s, (ARRAY['desk', 'list', 'search', 'record'])[1 + n %% 4],
       'admin:booking_appointment_changelist',
       ARRAY(SELECT (SELECT min(id) FROM booking_patient) + (n * 53 + k) %% %(patients)s
             FROM generate_series(1, 1 + n %% 50) AS k),
       '{}'
FROM generate_series(1, %(visits)s / 2) AS n
"""
STATEMENTS = (SLOTS, PATIENTS, VISITS, HOLDS, EVENTS, MESSAGES, READINGS)


def fill(*, visits: int, patients: int, now: datetime | None = None) -> User:
    """Into an empty database that is migrated. Gives a manager to look at it with."""
    for command in ("load_demo", "load_content", "load_holidays", "load_roles"):
        call_command(command, stdout=StringIO())
    _people()
    user = User.objects.create_user("bench", password=None, is_staff=True)
    user.groups.set(Group.objects.filter(name="Manager"))
    now = now or timezone.now()
    values: dict[str, Any] = {
        "now": now,
        "today": timezone.localdate(now),
        "ahead": AHEAD,
        "visits": visits,
        "patients": patients,
        "user": user.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Without the triggers, which would keep each row once more: it is the pages that are measured, not the filling.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("DROP TABLE slot")
        cursor.execute("ANALYZE")
    return user


def _people() -> None:
    """More clinicians and chairs, with the first one's hours."""
    first = Resource.objects.filter(kind=Resource.Kind.CLINICIAN).order_by("pk")[0]
    for kind, name, wanted in (
        (Resource.Kind.CLINICIAN, "Dr. {}", CLINICIANS),
        (Resource.Kind.CHAIR, "Chair {}", CHAIRS),
    ):
        for number in range(Resource.objects.filter(kind=kind).count() + 1, wanted + 1):
            one = Resource.objects.create(kind=kind, name=name.format(number))
            if kind == Resource.Kind.CLINICIAN:
                hours = [(item.weekday, item.opens, item.closes) for item in first.hours.all()]
                WeeklyHours.objects.bulk_create(
                    WeeklyHours(clinician=one, weekday=day, opens=opens, closes=closes) for day, opens, closes in hours
                )
