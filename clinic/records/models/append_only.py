"""Rows that are added and never changed, held by the database itself, whoever asks."""

from typing import Any

import pgtrigger
from django.db import connection

# Set to “on” for one transaction: by the job that removes what is over its time, and by nothing else.
REMOVING = "records.removing"
# Set to “on” in a test database, whose tables are emptied between tests.
MAY_EMPTY = "records.may_empty"


class AppendOnly(pgtrigger.Trigger):
    """Refuses every change of a row, and its removal outside the job that removes what is due."""

    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    func = f"""
        IF TG_OP = 'DELETE' AND current_setting('{REMOVING}', true) = 'on' THEN RETURN OLD; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    """


class NeverEmptied(pgtrigger.Trigger):
    """TRUNCATE passes by what looks at rows, so it is refused for itself."""

    when = pgtrigger.Before
    level = pgtrigger.Statement
    operation = pgtrigger.Truncate
    func = f"""
        IF current_setting('{MAY_EMPTY}', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    """


def append_only() -> list[Any]:
    """For a model's Meta."""
    return [AppendOnly(name="append_only"), NeverEmptied(name="never_emptied")]


def allow_removing() -> None:
    """Until the end of the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {REMOVING} = 'on'")
