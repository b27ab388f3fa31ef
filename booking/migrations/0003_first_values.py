from django.db import migrations
from django.db.models import F


def seed(apps, schema_editor):
    """Three days and one day ahead; two days ahead where nobody is known who takes the patient home."""
    days = apps.get_model("booking", "ReminderDay").objects
    for about, days_before in (("visit", 3), ("visit", 1), ("ride", 2)):
        days.get_or_create(about=about, days_before=days_before)


def fill(apps, schema_editor):
    """What was written waited from then on; what was sent as confirmed stands in a calendar."""
    apps.get_model("booking", "Message").objects.update(ready_at=F("created_at"))
    visits = apps.get_model("booking", "Appointment").objects
    visits.filter(messages__kind="confirmed", messages__state="sent").update(in_calendar=True)


class Migration(migrations.Migration):
    dependencies = [("booking", "0002_full_booking")]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
