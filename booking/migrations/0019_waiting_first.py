from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built while the site goes on writing."""

    atomic = False

    dependencies = [
        ("booking", "0018_reports"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='appointment',
            index=models.Index(models.OrderBy(models.Case(models.When(models.Q(('status', 'requested')), then=1), default=0), descending=True), models.OrderBy(models.Case(models.When(models.Q(('status', 'requested')), then=models.F('created_at'))), nulls_last=True), models.OrderBy(models.F('starts_at'), descending=True), models.OrderBy(models.F('id')), name='appointment_waiting_first'),
        ),
    ]
