from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Coalesce

PATIENTLY = ["SET lock_timeout = 0", "SET statement_timeout = 0"]
IMPATIENTLY = ["RESET lock_timeout", "RESET statement_timeout"]


class Migration(migrations.Migration):
    """Built while the site goes on writing; what an interrupted run has left of it is built anew."""

    atomic = False

    dependencies = [
        ("booking", "0024_tasks_and_closures_kept"),
    ]

    operations = [
        migrations.RunSQL(PATIENTLY, IMPATIENTLY),
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS "task_open_first"', migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="task",
            index=models.Index(models.OrderBy(Coalesce('done_at', 'dropped_at'), descending=True, nulls_first=True), models.OrderBy(models.F('due_on')), models.OrderBy(models.F('id')), name='task_open_first'),
        ),
        migrations.RunSQL(IMPATIENTLY, PATIENTLY),
    ]
