from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations

PATIENTLY = ["SET lock_timeout = 0", "SET statement_timeout = 0"]
IMPATIENTLY = ["RESET lock_timeout", "RESET statement_timeout"]


class Migration(migrations.Migration):
    """Built while staff go on reading, which writes. Broken off, it can be run again: what was left of it goes first."""

    atomic = False

    dependencies = [
        ("records", "0011_tasks_and_closures_kept"),
    ]

    operations = [
        # It waits for what is being written, and nobody waits for it.
        migrations.RunSQL(PATIENTLY, IMPATIENTLY),
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS "reading_visits"', migrations.RunSQL.noop),
        AddIndexConcurrently(model_name="reading", index=GinIndex(fields=["visits"], name="reading_visits")),
        migrations.RunSQL(IMPATIENTLY, PATIENTLY),
    ]
