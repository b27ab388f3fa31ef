from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


PATIENTLY = ["SET lock_timeout = 0", "SET statement_timeout = 0"]
IMPATIENTLY = ["RESET lock_timeout", "RESET statement_timeout"]


class Migration(migrations.Migration):
    """Built while the site goes on writing; what an interrupted run has left of it is built anew."""

    atomic = False

    dependencies = [
        ("booking", "0018_reports"),
    ]

    operations = [
        migrations.RunSQL(PATIENTLY, IMPATIENTLY),
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS "appointment_waiting_first"', migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name='appointment',
            index=models.Index(models.OrderBy(models.Case(models.When(models.Q(('status', 'requested')), then=1), default=0), descending=True), models.OrderBy(models.Case(models.When(models.Q(('status', 'requested')), then=models.F('created_at'))), nulls_last=True), models.OrderBy(models.F('starts_at'), descending=True), models.OrderBy(models.F('id')), name='appointment_waiting_first'),
        ),
        migrations.RunSQL(IMPATIENTLY, PATIENTLY),
    ]
