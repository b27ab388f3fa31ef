from django.db import migrations


def seed(apps, schema_editor):
    """Three days and one day ahead; two days ahead where nobody is known who takes the patient home."""
    days = apps.get_model("booking", "ReminderDay")
    for about, days_before in (("visit", 3), ("visit", 1), ("ride", 2)):
        days.objects.get_or_create(about=about, days_before=days_before)


class Migration(migrations.Migration):
    dependencies = [("booking", "0002_full_booking")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
