from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The indexes are built while the site goes on writing."""

    atomic = False

    dependencies = [
        ("booking", "0009_keep_changes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="appointment",
            options={
                "permissions": [("report_appointment", "Can see the practice’s reports")],
                "verbose_name": "appointment",
                "verbose_name_plural": "appointments",
            },
        ),
    ]
